// SPDX-License-Identifier: Apache-2.0
//
// Result<T>: a T, or the Error that stands in its way. In a coroutine `co_await result` gives the T or ends the task
// with the error (skerry/async/task.h); in a plain function, return early:
//
//   Result<int> port = parse_port(text);
//   if (!port) return fail(std::move(port));
#pragma once

#include <expected>
#include <utility>

#include "skerry/base/error.h"

namespace skerry {

template <class T = void>
using Result = std::expected<T, Error>;

/// The error of a failed result, in the form that a function with any other Result type can return.
/// Precondition: the result failed.
template <class T>
[[nodiscard]] std::unexpected<Error> fail(Result<T>&& result) {
  return std::unexpected<Error>(std::move(result).error());
}

/// An error in the form that a function returning a Result can return.
[[nodiscard]] inline std::unexpected<Error> fail(Error error) { return std::unexpected<Error>(std::move(error)); }

}  // namespace skerry
