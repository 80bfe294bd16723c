// SPDX-License-Identifier: Apache-2.0
#include "examples/shop/payment/payments.h"

#include <gtest/gtest.h>

#include "examples/shop/test_shop.h"

#include "skerry/async/timeout.h"
#include "skerry/grpc/local.h"

namespace shop {
namespace {

using namespace std::chrono_literals;
using skerry::Result;
using skerry::Task;
namespace http = skerry::http;

struct OpenPayments {
  std::shared_ptr<Payments> payments;
  /// Calls it as a remote caller would.
  std::shared_ptr<PaymentService> client;
  skerry::Live<ServiceConfig> config{ServiceConfig()};
};

class PaymentsTest : public ShopTest {
 protected:
  Task<OpenPayments> open_payments() {
    auto store = std::make_shared<PaymentStore>();
    co_await store->open(folder() / "payment.db", data("accounts.jsonl"));
    OpenPayments open;
    open.payments = std::make_shared<Payments>(store, open.config);
    open.client = skerry::grpc::local_client<PaymentService>(open.payments);
    co_return open;
  }
  static ChargeRequest charge_request(std::string order_id, std::string user_id, std::int64_t amount_cents) {
    ChargeRequest request;
    request.set_order_id(std::move(order_id));
    request.set_user_id(std::move(user_id));
    request.set_amount_cents(amount_cents);
    return request;
  }
  static PaymentRequest payment_request(std::string order_id) {
    PaymentRequest request;
    request.set_order_id(std::move(order_id));
    return request;
  }
  static Task<std::int64_t> balance(OpenPayments open, std::string user_id) {
    AccountRequest request;
    request.set_user_id(std::move(user_id));
    const Account account = co_await open.client->GetAccount(request);
    co_return account.balance_cents();
  }
};

TEST_F(PaymentsTest, a_payment_goes_from_charged_to_refunded) {
  run([this]() -> Task<> {
    const OpenPayments open = co_await open_payments();
    const std::int64_t before = co_await balance(open, "u1");
    const Payment charged = co_await open.client->Charge(charge_request("o1", "u1", 1390));
    EXPECT_EQ(charged.state(), PAYMENT_STATE_CHARGED);
    EXPECT_EQ(charged.amount_cents(), 1390);
    const std::int64_t between = co_await balance(open, "u1");
    EXPECT_EQ(between, before - 1390);
    const Payment refunded = co_await open.client->Refund(payment_request("o1"));
    EXPECT_EQ(refunded.state(), PAYMENT_STATE_REFUNDED);
    const Payment found = co_await open.client->GetPayment(payment_request("o1"));
    EXPECT_EQ(found.SerializeAsString(), refunded.SerializeAsString());
    const std::int64_t after = co_await balance(open, "u1");
    EXPECT_EQ(after, before);
  });
}

TEST_F(PaymentsTest, a_declined_payment_reaches_the_caller_with_its_reason) {
  run([this]() -> Task<> {
    const OpenPayments open = co_await open_payments();
    // Users from u551 to u575 have next to nothing in the data file.
    const Result<Payment> declined = co_await open.client->Charge(charge_request("o1", "u551", 1000)).result();
    EXPECT_FALSE(declined);
    if (declined) co_return;
    EXPECT_EQ(http_status(declined.error().code()), 409);
    EXPECT_EQ(declined.error().detail("reason"), "PAYMENT_DECLINED");
  });
}

TEST_F(PaymentsTest, wrong_requests_name_the_field) {
  run([this]() -> Task<> {
    const OpenPayments open = co_await open_payments();
    const std::string no_order = co_await failure_of(open.client->Charge(charge_request("", "u1", 1)));
    EXPECT_EQ(no_order, "INVALID_ARGUMENT: order_id: expected 1 to 128 bytes");
    const std::string no_user = co_await failure_of(open.client->Charge(charge_request("o1", "", 1)));
    EXPECT_EQ(no_user, "INVALID_ARGUMENT: user_id: expected 1 to 128 bytes");
    const std::string negative = co_await failure_of(open.client->Charge(charge_request("o1", "u1", -1)));
    EXPECT_EQ(negative, "INVALID_ARGUMENT: amount_cents: expected 0 to 1000000000000000");
    const std::string no_refund = co_await failure_of(open.client->Refund(payment_request("")));
    EXPECT_EQ(no_refund, "INVALID_ARGUMENT: order_id: expected 1 to 128 bytes");
    const std::string unknown = co_await failure_of(open.client->GetPayment(payment_request("o9")));
    EXPECT_EQ(unknown, "NOT_FOUND: order o9 has no payment");
  });
}

TEST_F(PaymentsTest, payments_and_accounts_are_found_by_http) {
  run([this]() -> Task<> {
    const OpenPayments open = co_await open_payments();
    co_await open.client->Charge(charge_request("o1", "u1", 1390));
    http::Response payment = co_await open.payments->get_payment(http_request("GET", "/", "", {{"order_id", "o1"}}));
    const std::string payment_body = co_await body_of(std::move(payment));
    EXPECT_EQ(payment_body, R"({"order_id":"o1","user_id":"u1","amount_cents":1390,"status":"charged"})");
    const std::int64_t cents = co_await balance(open, "u1");
    http::Response account = co_await open.payments->get_account(http_request("GET", "/", "", {{"user_id", "u1"}}));
    const std::string account_body = co_await body_of(std::move(account));
    EXPECT_EQ(account_body, fmt::format(R"({{"user_id":"u1","balance_cents":{}}})", cents));
    const std::string unknown =
        co_await failure_of(open.payments->get_account(http_request("GET", "/", "", {{"user_id", "nobody"}})));
    EXPECT_EQ(unknown, "NOT_FOUND: user nobody has no account");
  });
}

TEST_F(PaymentsTest, the_processing_time_can_be_changed_and_is_spent_before_the_account_is_touched) {
  run([this]() -> Task<> {
    const OpenPayments open = co_await open_payments();
    const std::int64_t before = co_await balance(open, "u1");
    open.config.set({.processing_time_ms = kMaxProcessingTimeMs});
    const Result<Payment> given_up =
        co_await skerry::with_timeout(20ms, open.client->Charge(charge_request("o1", "u1", 100))).result();
    EXPECT_FALSE(given_up);
    const std::int64_t untouched = co_await balance(open, "u1");
    EXPECT_EQ(untouched, before);
    open.config.set({.processing_time_ms = 1});
    co_await open.client->Charge(charge_request("o1", "u1", 100));
    const std::int64_t after = co_await balance(open, "u1");
    EXPECT_EQ(after, before - 100);
  });
}

TEST(ServiceConfig, a_processing_time_out_of_range_is_refused) {
  EXPECT_TRUE(skerry::parse_json<ServiceConfig>(R"({"processing_time_ms":60000})"));
  for (const char* wrong : {R"({"processing_time_ms":-1})", R"({"processing_time_ms":60001})"}) {
    const Result<ServiceConfig> parsed = skerry::parse_json<ServiceConfig>(wrong);
    ASSERT_FALSE(parsed);
    EXPECT_EQ(parsed.error().message(), "processing_time_ms: expected 0 to 60000");
  }
}

}  // namespace
}  // namespace shop
