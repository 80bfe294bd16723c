// SPDX-License-Identifier: Apache-2.0
//
// A refusal is a service's definite no: the request was understood, and the state of things forbids it. It is
// FAILED_PRECONDITION (409 over HTTP) with the detail "reason", which programs tell refusals apart by.
//
//   co_return refusal(kPaymentDeclined, "the account of user {} does not cover {} cents", user_id, amount_cents);
#pragma once

#include <string>
#include <utility>

#include "skerry/base/error.h"

namespace shop {

inline constexpr const char* kOutOfStock = "OUT_OF_STOCK";
inline constexpr const char* kPaymentDeclined = "PAYMENT_DECLINED";
inline constexpr const char* kAddressNotServed = "ADDRESS_NOT_SERVED";

template <class... Args>
skerry::Error refusal(std::string reason, fmt::format_string<Args...> format, Args&&... args) {
  return skerry::Error::failed_precondition(format, std::forward<Args>(args)...)
      .with_detail("reason", std::move(reason));
}

/// Whether a service has answered no, for good and without having done anything; otherwise what was asked for may have
/// been done, or may still be.
inline bool is_refusal(const skerry::Error& error) {
  using skerry::Code;
  return error.code() == Code::kFailedPrecondition || error.code() == Code::kNotFound ||
         error.code() == Code::kInvalidArgument;
}

}  // namespace shop
