// SPDX-License-Identifier: Apache-2.0
//
// The rules for what several services of the shop take. Each fails with INVALID_ARGUMENT and the detail "field".
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "skerry/base/result.h"

namespace shop {

/// The longest id of an order or a user, in bytes.
inline constexpr std::size_t kMaxOrderIdBytes = 128;
inline constexpr std::size_t kMaxUserIdBytes = 128;
/// The most that one order may cost.
inline constexpr std::int64_t kMaxAmountCents = 1'000'000'000'000'000;

skerry::Result<> check_order_id(const std::string& order_id);
skerry::Result<> check_user_id(const std::string& user_id);
/// From 0 to kMaxAmountCents.
skerry::Result<> check_amount(std::int64_t amount_cents);

}  // namespace shop
