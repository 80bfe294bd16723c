// SPDX-License-Identifier: Apache-2.0
//
// Reply: what became of a step's run or compensation, told by whoever did the work.
//
//   co_await sagas.reply(tx, event.key(), event.paid() ? Reply::done() : Reply::refused(event.reason()));
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "skerry/base/result.h"

namespace skerry::saga {

struct Reply {
  enum class Outcome : std::uint8_t { kDone, kRefused, kFailed };

  Outcome outcome = Outcome::kDone;
  std::string reason = {};

  /// It took effect, or had before.
  static Reply done() { return {}; }
  /// The business says no, for good, and nothing took effect.
  static Reply refused(std::string reason) { return {Outcome::kRefused, std::move(reason)}; }
  /// It did not work now, and nothing took effect: to be tried again.
  static Reply failed(std::string reason) { return {Outcome::kFailed, std::move(reason)}; }

  /// For who answers a call: a refusal as FAILED_PRECONDITION, a failure as UNAVAILABLE.
  Result<> result() const {
    if (outcome == Outcome::kDone) return {};
    return fail(Error(outcome == Outcome::kRefused ? Code::kFailedPrecondition : Code::kUnavailable, reason));
  }

  friend bool operator==(const Reply&, const Reply&) = default;
};

}  // namespace skerry::saga
