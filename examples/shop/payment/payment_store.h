// SPDX-License-Identifier: Apache-2.0
//
// PaymentStore: accounts and payments, in the service's own database.
//
//   co_await store.database().transaction([&](sql::Transaction& transaction) { return charge(transaction, wanted); });
//
// `charge` and `refund` are the business of the service. They work within a transaction of the caller's, so that what
// calls for them can be recorded with them.
//
// Invariants:
//  1. For every user: the balance and the payments that are not refunded add up to what the account began with.
//  2. An order has one payment; refunded is final.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "skerry/base/json.h"
#include "skerry/sql/database.h"

namespace shop {

/// An account as stored, and as a line of accounts.jsonl.
struct AccountRow {
  std::string user_id;
  std::int64_t balance_cents = 0;
  static constexpr std::array<std::string_view, 2> kRequiredFields{"user_id", "balance_cents"};
};
BOOST_DESCRIBE_STRUCT(AccountRow, (), (user_id, balance_cents))

/// What an order has to pay.
struct WantedPayment {
  std::string order_id;
  std::string user_id;
  std::int64_t amount_cents = 0;
};

struct PaymentRow {
  std::string order_id;
  /// Empty where the refund came first.
  std::string user_id;
  std::int64_t amount_cents = 0;
  bool refunded = false;
};
BOOST_DESCRIBE_STRUCT(PaymentRow, (), (order_id, user_id, amount_cents, refunded))

/// PaymentService.Charge. When it fails it has written nothing.
skerry::Task<PaymentRow> charge(skerry::sql::Transaction& transaction, WantedPayment wanted);
/// PaymentService.Refund.
skerry::Task<PaymentRow> refund(skerry::sql::Transaction& transaction, std::string order_id);

/// Any worker may call it once it is open.
class PaymentStore {
 public:
  /// Opens the database, makes its tables, and fills the accounts from the file when nobody has filled them before.
  skerry::Task<> open(std::filesystem::path database, std::filesystem::path seed);

  skerry::sql::Database& database() { return *database_; }
  skerry::Task<std::optional<PaymentRow>> find(std::string order_id);
  skerry::Task<std::optional<AccountRow>> account(std::string user_id);

 private:
  std::unique_ptr<skerry::sql::Database> database_;
};

}  // namespace shop
