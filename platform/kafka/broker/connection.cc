// SPDX-License-Identifier: Apache-2.0
#include "platform/kafka/broker/connection.h"

#include <algorithm>
#include <utility>

#include "skerry/async/timeout.h"
#include "skerry/telemetry/log.h"

namespace skerry::platform::kafka {
namespace {

using protocol::ApiKey;

/// Small answers are sent together up to about this size.
constexpr std::size_t kGatherBytes = 64 * 1024;

// "::ffff:1.2.3.4" is an IPv4 client of a listener on all addresses.
std::string plain_ip(const net::Address& address) {
  const std::string ip = address.ip();
  constexpr std::string_view kMapped = "::ffff:";
  return ip.starts_with(kMapped) ? ip.substr(kMapped.size()) : ip;
}

}  // namespace

Connection::Connection(Broker& broker, std::unique_ptr<net::Stream> stream)
    : broker_(broker),
      stream_(std::move(stream)),
      client_host_(plain_ip(stream_->peer_address())),
      local_{.host = plain_ip(stream_->local_address()), .port = stream_->local_address().port()},
      frames_(*stream_) {}

Task<> Connection::run(Event& draining) {
  const Result<> ended = co_await with_scope([&](Scope& scope) -> Task<> {
                           scope.go([this] { return write_replies(); });
                           co_await read_until(draining, scope);
                           while (is_writing_ || replies_.size() > count_parked()) {
                             sent_.reset();
                             co_await sent_.wait();
                           }
                           scope.cancel();
                         }).result();
  if (!ended && ended.error().code() != Code::kCancelled)
    skerry::log::debug("a connection was closed", {{"client", client_host_}, {"reason", ended.error().to_string()}});
}

// ---- requests

Task<> Connection::read_until(Event& draining, Scope& scope) {
  Result<> ended = co_await with_scope([&](Scope& reading) -> Task<> {
                     reading.go([this, &scope] { return read_requests(scope); });
                     co_await draining.wait();
                     const auto guard = co_await beginning_.lock();
                     reading.cancel();
                   }).result();
  if (!ended && ended.error().code() != Code::kCancelled) co_await std::move(ended);
}

Task<> Connection::read_requests(Scope& scope) {
  while (std::optional<std::string> frame = co_await next_frame()) {
    co_await wait_for_room(frame->size());
    const auto guard = co_await beginning_.lock();
    co_await begin_one(scope, std::move(*frame));
  }
  // The client has gone: nobody waits for what is under way.
  scope.cancel();
}

Task<std::optional<std::string>> Connection::next_frame() {
  for (;;) {
    Result<std::optional<std::string>> frame = co_await with_timeout(kIdleLimit, frames_.next()).result();
    const bool waits_for_us = !frame && frame.error().code() == Code::kDeadlineExceeded && !replies_.empty();
    if (!waits_for_us || frames_.is_within_frame()) co_return co_await std::move(frame);
  }
}

Task<> Connection::wait_for_room(std::size_t bytes) {
  while (!replies_.empty() &&
         (replies_.size() >= kMaxOutstandingRequests || outstanding_bytes_ + bytes > kMaxOutstandingBytes)) {
    sent_.reset();
    co_await sent_.wait();
  }
}

Caller Connection::caller_of(const protocol::RequestHead& head) const {
  return {.version = head.version, .client_id = head.client_id, .client_host = client_host_, .local = local_};
}

Task<> Connection::begin_one(Scope& scope, std::string frame) {
  auto reply = std::make_shared<Reply>();
  reply->since = std::chrono::steady_clock::now();
  reply->request_bytes = frame.size();
  std::unique_ptr<Incoming> incoming = co_await Incoming::read(std::move(frame));
  reply->api = protocol::find_api(incoming->head.key);
  const auto is = [&](ApiKey key) { return reply->api != nullptr && reply->api->key == key; };
  reply->is_fetch = is(ApiKey::kFetch);
  reply->is_parked = is(ApiKey::kFetch) || is(ApiKey::kJoinGroup) || is(ApiKey::kSyncGroup);
  while (reply->is_fetch && outstanding_fetches_ > 0) {
    sent_.reset();
    co_await sent_.wait();
  }
  replies_.push_back(reply);
  outstanding_bytes_ += reply->request_bytes;
  if (reply->is_fetch) ++outstanding_fetches_;
  Caller caller = caller_of(incoming->head);
  Begun begun = co_await begin_request(broker_, std::move(caller), std::move(incoming));
  if (begun.rest) {
    scope.go([this, reply](Task<std::string> rest) { return complete_later(reply, std::move(rest)); },
             *std::move(begun.rest));
  } else {
    complete(*reply, std::move(begun.response));
  }
}

Task<> Connection::complete_later(std::shared_ptr<Reply> reply, Task<std::string> rest) {
  complete(*reply, co_await std::move(rest));
}

void Connection::complete(Reply& reply, std::string frame) {
  reply.frame = std::move(frame);
  reply.is_complete = true;
  reply.is_parked = false;
  broker_.metrics.request_answered(*reply.api, std::chrono::steady_clock::now() - reply.since);
  complete_.set();
}

// ---- responses

Task<> Connection::write_replies() {
  for (;;) {
    std::string bytes = take_ready();
    if (bytes.empty()) {
      is_writing_ = false;
      sent_.set();
      complete_.reset();
      co_await complete_.wait();
      continue;
    }
    is_writing_ = true;
    for (std::string_view rest = bytes; !rest.empty(); rest.remove_prefix(std::min(rest.size(), kWritePieceBytes)))
      co_await with_timeout(kWriteLimit, net::write_all(*stream_, rest.substr(0, kWritePieceBytes)));
    sent_.set();
  }
}

std::string Connection::take_ready() {
  std::string bytes;
  while (!replies_.empty() && replies_.front()->is_complete) {
    Reply& reply = *replies_.front();
    if (!bytes.empty() && bytes.size() + reply.frame.size() > kGatherBytes) break;
    if (bytes.empty()) {
      bytes = std::move(reply.frame);
    } else {
      bytes += reply.frame;
    }
    outstanding_bytes_ -= reply.request_bytes;
    if (reply.is_fetch) --outstanding_fetches_;
    replies_.pop_front();
  }
  return bytes;
}

std::size_t Connection::count_parked() const {
  return static_cast<std::size_t>(std::ranges::count_if(replies_, [](const auto& reply) { return reply->is_parked; }));
}

}  // namespace skerry::platform::kafka
