// SPDX-License-Identifier: Apache-2.0
#include "examples/shop/fields.h"

#include "skerry/base/json.h"

namespace shop {

using skerry::fail;
using skerry::Result;

namespace {

Result<> check_length(const char* field, const std::string& value, std::size_t bytes_max) {
  if (!value.empty() && value.size() <= bytes_max) return {};
  return fail(skerry::invalid_field(field, fmt::format("expected 1 to {} bytes", bytes_max)));
}

}  // namespace

Result<> check_order_id(const std::string& order_id) { return check_length("order_id", order_id, kMaxOrderIdBytes); }

Result<> check_user_id(const std::string& user_id) { return check_length("user_id", user_id, kMaxUserIdBytes); }

Result<> check_amount(std::int64_t amount_cents) {
  if (amount_cents >= 0 && amount_cents <= kMaxAmountCents) return {};
  return fail(skerry::invalid_field("amount_cents", fmt::format("expected 0 to {}", kMaxAmountCents)));
}

}  // namespace shop
