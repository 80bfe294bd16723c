// SPDX-License-Identifier: Apache-2.0
#include "examples/shop/order/order_routes.h"

#include <chrono>
#include <utility>

namespace shop {

using skerry::Task;
namespace http = skerry::http;

namespace {

struct OrderBody {
  std::string order_id;
  std::string user_id;
  std::string status;
  std::int64_t total_cents = 0;
  std::vector<OrderLine> items;
  std::string created_at;
  std::optional<std::string> reason;
};
BOOST_DESCRIBE_STRUCT(OrderBody, (), (order_id, user_id, status, total_cents, items, created_at, reason))

// RFC 3339, in UTC.
std::string time_text(std::chrono::sys_time<std::chrono::milliseconds> time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(time - day);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), clock.hours().count(),
                     clock.minutes().count(), clock.seconds().count(), clock.subseconds().count());
}

http::Response order_response(StoredOrder order, int status) {
  std::optional<std::string> reason;
  if (!order.reason.empty()) reason = std::move(order.reason);
  return http::json(skerry::to_json(OrderBody{.order_id = std::move(order.order_id),
                                              .user_id = std::move(order.user_id),
                                              .status = order_state_name(order.state),
                                              .total_cents = order.total_cents,
                                              .items = std::move(order.items),
                                              .created_at = time_text(order.created_at),
                                              .reason = std::move(reason)}),
                    status);
}

}  // namespace

Task<http::Response> create_order(std::shared_ptr<Orders> orders, http::Request request) {
  const std::string body = co_await request.body.read_all(kMaxOrderBytes);
  NewOrder wanted = co_await skerry::parse_json<NewOrder>(body);
  const std::string key(request.headers.get("idempotency-key").value_or(""));
  StoredOrder order = co_await orders->create(std::move(wanted), key);
  const std::string location = "/api/orders/" + order.order_id;
  http::Response response = order_response(std::move(order), 201);
  co_await response.headers.set("location", location);
  co_return std::move(response);
}

Task<http::Response> get_order(std::shared_ptr<Orders> orders, http::Request request) {
  co_return order_response(co_await orders->get(request.param("id")), 200);
}

Task<http::Response> cancel_order(std::shared_ptr<Orders> orders, http::Request request) {
  co_return order_response(co_await orders->cancel(request.param("id")), 200);
}

}  // namespace shop
