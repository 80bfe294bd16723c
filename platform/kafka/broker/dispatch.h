// SPDX-License-Identifier: Apache-2.0
//
// From the frame of a request to the frame of its response. A connection answers in the order of requests, and work on
// them is done in that order too, up to where a request only waits: for its batches to be durable, for records to come,
// for the members of its group. `begin_request` does the part that has to be done in order and gives the rest as a
// task.
//
//   Begun begun = co_await begin_request(broker, caller, std::move(incoming));
//   std::string frame = begun.rest ? co_await std::move(*begun.rest) : std::move(begun.response);
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "platform/kafka/broker/broker.h"
#include "platform/kafka/protocol/header.h"
#include "skerry/async/task.h"

namespace skerry::platform::kafka {

/// A request's frame, and its head, which refers to it.
struct Incoming {
  std::string frame;
  protocol::RequestHead head;

  /// INVALID_ARGUMENT when the head is malformed.
  static Result<std::unique_ptr<Incoming>> read(std::string frame);
  Incoming() = default;
  Incoming(const Incoming&) = delete;
  Incoming& operator=(const Incoming&) = delete;
};

struct Begun {
  /// The frame of the response, when it is complete; empty: there is none to this request.
  std::string response;
  /// What gives the response otherwise, at any time later.
  std::optional<Task<std::string>> rest;
};

/// Fails when the connection should be closed: a malformed request (INVALID_ARGUMENT), a key or version that is not
/// answered (UNIMPLEMENTED). So does the rest: for a Produce without acknowledgement that was refused, which has no
/// other way to say so. The broker outlives both.
Task<Begun> begin_request(Broker& broker, Caller caller, std::unique_ptr<Incoming> incoming);

}  // namespace skerry::platform::kafka
