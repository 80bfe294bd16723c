// SPDX-License-Identifier: Apache-2.0
//
// ErasedHandler: a handler whose message type and signature are behind one function. Internal to events/.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>

#include "skerry/events/publish.h"
#include "skerry/events/subscribe.h"

namespace skerry::events::internal {

/// A handler for a record's bytes. The transaction is null for a handler without one.
struct ErasedHandler {
  std::string type;
  bool transactional = false;
  /// INVALID_ARGUMENT for bytes that are no such message.
  std::function<Task<>(EventContext, sql::Transaction*)> handle;
};

/// The detail of the error for data that is no message of its type.
inline constexpr std::string_view kUndecodableDetail = "undecodable";

template <class T>
Result<T> parse(const CloudEvent& event) {
  T message;
  if (message.ParseFromString(event.data)) return message;
  return fail(Error::invalid_argument("the {} bytes of data are no {}", event.data.size(), event.type)
                  .with_detail(std::string(kUndecodableDetail), "yes"));
}

template <class T, class H>
inline constexpr bool kTransactional = std::is_invocable_r_v<Task<>, H&, T, EventContext, sql::Transaction&>;

// The transaction outlives the task.
template <class T, class H>
Task<> call(std::shared_ptr<H> handler, EventContext context, sql::Transaction* tx) {
  T message = co_await parse<T>(context.event());
  if constexpr (kTransactional<T, H>) {
    co_await (*handler)(std::move(message), context, *tx);
  } else {
    co_await (*handler)(std::move(message), context);
  }
}

template <class T, class H>
ErasedHandler erase(H handler) {
  static_assert(kTransactional<T, H> || std::is_invocable_r_v<Task<>, H&, T, EventContext>,
                "a handler is Task<>(T, EventContext) or Task<>(T, EventContext, sql::Transaction&)");
  return {.type = T().GetTypeName(),
          .transactional = kTransactional<T, H>,
          .handle = [shared = std::make_shared<H>(std::move(handler))](EventContext context, sql::Transaction* tx) {
            return call<T, H>(shared, context, tx);
          }};
}

}  // namespace skerry::events::internal
