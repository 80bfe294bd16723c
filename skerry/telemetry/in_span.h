// SPDX-License-Identifier: Apache-2.0
//
// in_span: runs a task inside a span of its own that fails when the task does.
//
//   Receipt receipt = co_await in_span("charge card", cards.charge(order));
#pragma once

#include <exception>
#include <optional>
#include <type_traits>
#include <typeinfo>
#include <utility>

#include "skerry/async/panic.h"
#include "skerry/async/task.h"
#include "skerry/telemetry/span.h"

namespace skerry::telemetry {

namespace internal {
/// Records the exception on the span; `origin` says where it was caught.
void record_caught_panic(Span& span, const std::exception_ptr& caught, std::string_view origin);
}  // namespace internal

/// Gives what the task gives. Its error and its panic are recorded on the span and passed on.
template <class T>
Task<T> in_span(SpanName name, Task<T> task, SpanOptions options = {}) {
  Span span = Span::start(std::move(name), std::move(options));
  std::optional<Result<T>> result;
  try {
    result.emplace(co_await task.result());
  } catch (...) {
    internal::record_caught_panic(span, std::current_exception(), span.name());
    throw;  // tidy: allow(throw) the panic goes on
  }
  if (!*result) span.fail(result->error());
  span.end();
  if constexpr (std::is_void_v<T>) {
    co_await std::move(*result);
  } else {
    co_return co_await std::move(*result);
  }
}

}  // namespace skerry::telemetry
