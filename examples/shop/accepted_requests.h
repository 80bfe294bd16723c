// SPDX-License-Identifier: Apache-2.0
//
// Requests that are answered before they are done: each is stored together with the command that has it done, so that
// an accepted one is done for certain, or refused. An order has one such request of a service.
//
//   co_await database.transaction([&](sql::Transaction& tx) -> Task<> {
//     co_await accept_request(tx, *participant, command);             // the service's own handler does it
//   });
//   auto request = co_await find_request<ShipOrder>(database, order_id);
#pragma once

#include <optional>
#include <string>
#include <utility>

#include "examples/shop/participant.h"

#include "skerry/base/json.h"

namespace shop {

/// The table of the requests, for the service's migrations.
extern const char* const kAcceptedRequestsSchema;

template <class Command>
struct AcceptedRequest {
  Command command;
  /// Of the refusal, where it was refused when it came to be done.
  std::optional<std::string> reason = {};
  std::optional<std::string> message = {};

  const char* status() const { return reason ? "refused" : "accepted"; }
};

namespace internal {
struct RequestRow {
  skerry::sql::Blob command;
  std::optional<std::string> reason;
  std::optional<std::string> message;
};
BOOST_DESCRIBE_STRUCT(RequestRow, (), (command, reason, message))

skerry::Task<std::optional<RequestRow>> find_request(skerry::sql::Executor& executor, std::string order_id);
/// True for the first request of the order.
skerry::Task<bool> store_request(skerry::sql::Transaction& tx, std::string order_id, std::string command);
skerry::Task<> check_same_request(skerry::sql::Executor& executor, std::string order_id, std::string command);
skerry::Task<> refuse_request(skerry::sql::Transaction& tx, std::string order_id, StepRefused refused);
}  // namespace internal

/// The executor outlives the task.
template <class Command>
skerry::Task<std::optional<AcceptedRequest<Command>>> find_request(skerry::sql::Executor& executor,
                                                                   std::string order_id) {
  std::optional<internal::RequestRow> row = co_await internal::find_request(executor, std::move(order_id));
  if (!row) co_return std::nullopt;
  AcceptedRequest<Command> request{.command = {}, .reason = std::move(row->reason), .message = std::move(row->message)};
  if (!request.command.ParseFromString(row->command.bytes)) {
    co_return skerry::Error::data_loss("a stored request is no {}", request.command.GetTypeName());
  }
  co_return request;
}

/// Stores the request and has it done once `tx` commits; nothing more where the same one was accepted before. The
/// command has no step. Errors: ALREADY_EXISTS where another request was accepted for the order; UNAVAILABLE where the
/// service has no event broker.
template <class Command>
skerry::Task<AcceptedRequest<Command>> accept_request(skerry::sql::Transaction& tx, Participant& participant,
                                                      Command command) {
  const bool first = co_await internal::store_request(tx, command.order_id(), command.SerializeAsString());
  if (first) co_await participant.command_itself(tx, command);
  co_return AcceptedRequest<Command>{.command = std::move(command)};
}

/// For what does such a command at once. ALREADY_EXISTS where another request was accepted for the order.
template <class Command>
skerry::Task<> check_same_request(skerry::sql::Transaction& tx, const Command& command) {
  return internal::check_same_request(tx, command.order_id(), command.SerializeAsString());
}

/// CommandHandler::refused of such commands: keeps why.
template <class Command>
skerry::Task<> refuse_request(skerry::sql::Transaction& tx, const Command& command, StepRefused refused) {
  return internal::refuse_request(tx, command.order_id(), std::move(refused));
}

}  // namespace shop
