// SPDX-License-Identifier: Apache-2.0
#include "examples/shop/order/events_flow.h"

#include <utility>

#include "events.pb.h"
#include "examples/shop/order/catalogue.h"
#include "examples/shop/order/order_saga.h"

namespace shop {

using skerry::Code;
using skerry::Error;
using skerry::Result;
using skerry::Task;
using skerry::sql::Transaction;
namespace events = skerry::events;
namespace saga = skerry::saga;

namespace {

// Nothing but a message that makes no sense is given up: it stands between an order and its end.
events::RetryPolicy patient() { return {.max_attempts = 1'000'000}; }

}  // namespace

EventsFlow::EventsFlow(std::shared_ptr<OrderStore> store, std::shared_ptr<ServiceEvents> events,
                       EventsFlowOptions options)
    : store_(std::move(store)), events_(std::move(events)), options_(std::move(options)) {}

Task<> EventsFlow::open() {
  sagas_.emplace(store_->database(), saga::RunnerOptions{.keep_ended = kKeepEnded});
  co_await sagas_->create_tables();
  co_await sagas_->add(order_saga(events_->outbox(), options_.topics));
  if (events_->bus() == nullptr) co_return;
  const Topics& topics = options_.topics;
  events_->use_topics({topics.users, topics.products, topics.orders, topics.inventory_commands, topics.inventory,
                       topics.payment_commands, topics.payment, topics.points_commands, topics.points,
                       topics.logistics_commands, topics.logistics});
  keep_catalogue();
  take_answers<StockReserved>(topics.inventory);
  take_answers<StockReleased>(topics.inventory);
  take_answers<PaymentCharged>(topics.payment);
  take_answers<PaymentRefunded>(topics.payment);
  take_answers<PointsGranted>(topics.points);
  take_answers<PointsRevoked>(topics.points);
  take_answers<OrderShipped>(topics.logistics);
  take_answers<ShipmentStopped>(topics.logistics);
  for (const std::string& topic : {topics.inventory, topics.payment, topics.points, topics.logistics}) {
    take_refusals(topic);
  }
}

void EventsFlow::keep_catalogue() {
  const events::SubscribeOptions by_version{.retry = patient(), .ordering = events::Ordering::kBySequence};
  events_->bus()->subscribe<UserChanged>(
      options_.topics.users, options_.group,
      [](UserChanged user, events::EventContext, Transaction& tx) { return save_user(tx, std::move(user)); },
      by_version);
  events_->bus()->subscribe<ProductChanged>(
      options_.topics.products, options_.group,
      [](ProductChanged product, events::EventContext, Transaction& tx) {
        return save_product(tx, std::move(product));
      },
      by_version);
}

template <class Done>
void EventsFlow::take_answers(std::string topic) {
  events_->bus()->subscribe<Done>(std::move(topic), options_.group,
                                  [this](const Done& done, events::EventContext, Transaction& tx) {
                                    return answer(tx, done.step(), saga::Reply::done());
                                  },
                                  {.retry = patient()});
}

void EventsFlow::take_refusals(std::string topic) {
  events_->bus()->subscribe<StepRefused>(std::move(topic), options_.group,
                                         [this](const StepRefused& refused, events::EventContext, Transaction& tx) {
                                           return answer(tx, refused.step(), saga::Reply::refused(refused.reason()));
                                         },
                                         {.retry = patient()});
}

Task<> EventsFlow::answer(Transaction& tx, std::string step, saga::Reply reply) {
  co_await sagas_->reply(tx, std::move(step), std::move(reply));
}

Task<StoredOrder> EventsFlow::place(NewOrder request, std::string idempotency_key) {
  if (events_->bus() == nullptr) {
    co_return Error::unavailable(
        "orders on events need a broker: start `order` with --kafka HOST:PORT (SKERRY_KAFKA), or set its configuration "
        "to {{\"mode\": \"sync\"}}");
  }
  const std::string request_text = fingerprint(request);
  const StoredOrder order = co_await price_order(store_->database(), std::move(request));
  OrderAccepted accepted;
  accepted.set_order_id(order.order_id);
  accepted.set_user_id(order.user_id);
  accepted.set_total_cents(order.total_cents);
  co_await store_->database().transaction([&](Transaction& tx) -> Task<> {
    co_await insert_order(tx, order, idempotency_key, request_text);
    const std::int64_t version = co_await next_version(tx, order.order_id);
    co_await events_->outbox().publish(tx, accepted, order.order_id,
                                       {.topic = options_.topics.orders, .sequence = version});
    co_await sagas_->start(tx, kOrderSaga, order.order_id, order_work(order));
  });
  co_return order;
}

Task<StoredOrder> EventsFlow::cancel(std::string order_id) {
  co_return co_await store_->database().transaction([&](Transaction& tx) -> Task<StoredOrder> {
    const Result<bool> begun = co_await sagas_->cancel(tx, order_id, "cancelled on request").result();
    if (!begun && begun.error().code() != Code::kNotFound) co_return Error(begun.error());
    // The saga may have ended at once.
    co_await tx.execute("update orders set state = ? where order_id = ? and state in (?, ?) and ?",
                        order_state_name(OrderState::kCancelling), order_id, order_state_name(OrderState::kAccepted),
                        order_state_name(OrderState::kCompleted), begun.value_or(false));
    std::optional<StoredOrder> order = co_await find_order(tx, order_id);
    if (!order) co_return Error::not_found("no order {}", order_id);
    if (!begun && order->state != OrderState::kCancelled) {
      co_return Error::failed_precondition("order {} was completed too long ago to be cancelled", order_id);
    }
    co_return *std::move(order);
  });
}

Task<> EventsFlow::run() {
  if (events_->bus() != nullptr) co_await sagas_->run();
}

}  // namespace shop
