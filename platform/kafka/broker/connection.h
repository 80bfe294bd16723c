// SPDX-License-Identifier: Apache-2.0
//
// Connection: one client's connection. Requests are begun in their order and answered in their order; a Produce that
// waits for the disk, a Fetch that waits for records and a JoinGroup that waits for others hold up the answers behind
// them, but not the work on them.
//
//   Connection connection(broker, std::move(stream));
//   co_await connection.run(draining);       // until the client closes, or sends what is no request
//
// Everything stays on the worker that accepted the connection.
#pragma once

#include <chrono>
#include <deque>
#include <memory>
#include <string>

#include "platform/kafka/broker/broker.h"
#include "platform/kafka/broker/dispatch.h"
#include "platform/kafka/broker/frame_reader.h"
#include "skerry/async/scope.h"
#include "skerry/async/sync.h"
#include "skerry/net/stream.h"

namespace skerry::platform::kafka {

/// Requests of one connection that are begun and not answered; further ones are not read.
inline constexpr std::size_t kMaxOutstandingRequests = 256;
/// The same in bytes of their frames, over one request of any size.
inline constexpr std::size_t kMaxOutstandingBytes = std::size_t{32} << 20;
/// A connection without a request for this long is closed (Kafka's connections.max.idle.ms).
inline constexpr std::chrono::minutes kIdleLimit{10};
/// A client that has not taken so much of an answer in this long is gone.
inline constexpr std::size_t kWritePieceBytes = std::size_t{1} << 20;
inline constexpr std::chrono::seconds kWriteLimit{60};

class Connection {
 public:
  /// The broker outlives the connection.
  Connection(Broker& broker, std::unique_ptr<net::Stream> stream);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// Serves until the client closes, does not behave, is idle for too long, or `draining` is set: then no more requests
  /// are read, and those that do not wait for something that may never come are answered first. Cancelled, it ends at
  /// once. Once. The event outlives the task.
  Task<> run(Event& draining);

 private:
  /// The place of a response in the order.
  struct Reply {
    std::string frame;
    bool is_complete = false;
    std::size_t request_bytes = 0;
    /// Of a Fetch: another one is not begun before this is answered, as Kafka does, so that a client cannot make the
    /// broker hold many answers of the largest size.
    bool is_fetch = false;
    /// May wait for something that may never come.
    bool is_parked = false;
    const protocol::Api* api = nullptr;
    std::chrono::steady_clock::time_point since;
  };

  Task<> read_until(Event& draining, Scope& scope);
  Task<> read_requests(Scope& scope);
  Task<std::optional<std::string>> next_frame();
  Task<> begin_one(Scope& scope, std::string frame);
  Task<> complete_later(std::shared_ptr<Reply> reply, Task<std::string> rest);
  void complete(Reply& reply, std::string frame);
  Task<> write_replies();
  /// Takes the replies that can be sent from the front, and their bytes.
  std::string take_ready();
  Caller caller_of(const protocol::RequestHead& head) const;
  Task<> wait_for_room(std::size_t bytes);
  std::size_t count_parked() const;

  Broker& broker_;
  const std::unique_ptr<net::Stream> stream_;
  const std::string client_host_;
  const net::HostPort local_;
  FrameReader frames_;
  std::deque<std::shared_ptr<Reply>> replies_;
  std::size_t outstanding_bytes_ = 0;
  std::size_t outstanding_fetches_ = 0;
  bool is_writing_ = false;
  /// Set when a reply is complete, and when some were sent.
  Event complete_;
  Event sent_;
  /// Held while a request is begun, so that draining does not cut it off.
  Mutex beginning_;
};

}  // namespace skerry::platform::kafka
