// SPDX-License-Identifier: Apache-2.0
//
// Key: names one piece of work of a saga, the run of a step or a compensation of it. Its text is the idempotency key
// that a step hands to whoever does the work, and what a reply is matched by. All attempts of a piece share its key.
//
//   Key{"o17", "charge"}.text()        "o17/charge"
//   Key{"o17", "charge", 1}.text()     "o17/charge/compensate"
//   Key{"o17", "charge", 2}.text()     "o17/charge/compensate/2"
#pragma once

#include <string>
#include <string_view>

#include "skerry/base/result.h"

namespace skerry::saga {

inline constexpr std::size_t kMaxIdBytes = 200;
inline constexpr std::size_t kMaxStepNameBytes = 64;
/// A step is compensated again when its success became known only after its compensation; this often at most.
inline constexpr int kMaxRounds = 100;

struct Key {
  std::string saga;
  std::string step;
  /// 0 is the run of the step, n its n-th compensation. There is a second one only where the step's success became
  /// known after the first: its key has to differ, or who remembers keys would do nothing.
  int round = 0;

  std::string text() const;
  bool compensates() const { return round > 0; }
  /// Reads text(). Errors: INVALID_ARGUMENT.
  static Result<Key> parse(std::string_view text);

  friend bool operator==(const Key&, const Key&) = default;
};

/// 1 to kMaxIdBytes bytes of UTF-8 without control characters.
bool valid_id(std::string_view id);
/// A lower-case letter, then lower-case letters, digits, `_` and `-`; not "compensate".
bool valid_step_name(std::string_view name);

}  // namespace skerry::saga
