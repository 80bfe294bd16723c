// SPDX-License-Identifier: Apache-2.0
#include "skerry/http/connection.h"

#include <algorithm>
#include <array>
#include <optional>

#include "skerry/async/sleep.h"
#include "skerry/async/spawn.h"

namespace skerry::http::internal {
namespace {

/// Reads without a wait, after which others have their turn.
constexpr int kMaxReadsPerTurn = 8;
/// The memory for output that a connection keeps while it has nothing to write.
constexpr std::size_t kMaxOutputKept = 64 * 1024;

/// One buffer for all connections of a thread: between a read and its on_bytes nothing else runs.
std::span<char> read_buffer() {
  thread_local const std::unique_ptr<char[]> buffer = std::make_unique<char[]>(Connection::kReadBytes);
  return {buffer.get(), Connection::kReadBytes};
}

}  // namespace

Connection::Connection(std::unique_ptr<net::Stream> stream, std::chrono::milliseconds write_timeout)
    : stream_(std::move(stream)),
      worker_(*Worker::current()),
      write_timeout_(write_timeout),
      flush_item_(std::make_unique<FlushItem>()) {
  flush_item_->connection = this;
  flush_item_->run = [](skerry::internal::WorkItem* item) {
    auto* flush_item = static_cast<FlushItem*>(item);
    if (flush_item->connection == nullptr) {
      const std::unique_ptr<FlushItem> left_over(flush_item);
      return;
    }
    flush_item->connection->flush_scheduled_ = false;
    flush_item->connection->flush();
  };
  timer_.connection = this;
  timer_.expired = [](skerry::internal::TimerNode* node) { static_cast<Timer*>(node)->connection->timer_expired(); };
}

Connection::~Connection() {
  worker_.cancel(timer_);
  if (!flush_scheduled_) return;
  flush_item_->connection = nullptr;
  // The worker's queue has it, and it frees itself there.
  (void)flush_item_.release();
}

void Connection::set_protocol(std::unique_ptr<ConnectionProtocol> protocol) {
  former_protocol_ = std::exchange(protocol_, std::move(protocol));
}

Task<> Connection::run() {
  skerry::internal::ScopeState group;
  group_ = &group;
  schedule_flush();
  try {
    (void)co_await skerry::internal::at_boundary(read_until_end());
  } catch (...) {
    // A panic in a protocol's state machine ends its connection, and no other.
  }
  over_ = true;
  protocol_->on_closed();
  group.node().cancel(skerry::internal::CancelState::kCancelled);
  co_await group.join();
  group.leave();
}

Task<> Connection::read_until_end() {
  int reads = 0;
  while (!over_) {
    if (peer_closed_ || (!lingering_ && !protocol_->wants_bytes())) {
      co_await gate_.wait("connection");
      continue;
    }
    const std::span<char> buffer = read_buffer();
    const net::IoResult result = stream_->try_read(buffer);
    if (result.state == net::IoResult::State::kWouldBlock) {
      reads = 0;
      co_await stream_->readable();
      continue;
    }
    if (!handle_read(result, buffer.first(result.size))) co_return;
    if (++reads % kMaxReadsPerTurn == 0) co_await yield();
  }
}

bool Connection::handle_read(const net::IoResult& result, std::span<const char> bytes) {
  switch (result.state) {
    case net::IoResult::State::kDone:
      if (!closing_) protocol_->on_bytes({bytes.data(), bytes.size()});
      return true;
    case net::IoResult::State::kEnd:
      peer_closed_ = true;
      // What waits to be written still goes out: the peer may have closed one direction only.
      return !lingering_ && (closing_ || !protocol_->on_peer_closed());
    default:
      return false;
  }
}

void Connection::schedule_flush() {
  if (flush_scheduled_ || blocked_ || over_) return;
  flush_scheduled_ = true;
  worker_.at_end_of_turn(*flush_item_);
}

void Connection::flush() {
  // Not running yet: `run` flushes when it begins.
  if (group_ == nullptr) return;
  std::size_t turn_bytes = 0;
  while (!over_ && !blocked_) {
    bool more = false;
    if (unwritten_bytes() == 0) {
      out_.clear();
      written_ = 0;
      more = protocol_->produce(out_);
      if (out_.empty()) return finish_writing();
    }
    const iovec part{out_.data() + written_, unwritten_bytes()};
    const net::IoResult result = stream_->try_write({&part, 1});
    if (result.state == net::IoResult::State::kWouldBlock) return write_blocked();
    if (result.state != net::IoResult::State::kDone) return close_now();
    written_ += result.size;
    turn_bytes += result.size;
    if (unwritten_bytes() == 0 && !more) protocol_->on_written();
    if (turn_bytes > kMaxTurnBytes) return schedule_flush();
  }
}

void Connection::finish_writing() {
  // A burst must not keep its memory for as long as the connection lives.
  if (out_.capacity() > kMaxOutputKept) std::string().swap(out_);
  if (!closing_ || lingering_) return;
  if (peer_closed_) {
    over_ = true;
    gate_.notify();
    return;
  }
  stream_->shutdown_write();
  lingering_ = true;
  set_deadline(std::chrono::steady_clock::now() + kLingerTime);
  gate_.notify();
}

void Connection::write_blocked() {
  blocked_ = true;
  write_deadline_ = std::chrono::steady_clock::now() + write_timeout_;
  schedule_timer();
  spawn("http write", [](skerry::internal::SpawnEnd<void>) {}, [this] { return await_writable(); });
}

Task<> Connection::await_writable() {
  co_await stream_->writable();
  blocked_ = false;
  write_deadline_ = kNever;
  flush();
}

void Connection::close_after_flush() {
  if (closing_) return;
  closing_ = true;
  schedule_flush();
}

void Connection::close_now() {
  if (over_) return;
  over_ = true;
  closing_ = true;
  if (group_ != nullptr) group_->node().cancel(skerry::internal::CancelState::kCancelled);
}

void Connection::set_deadline(TimePoint when) {
  deadline_ = when;
  schedule_timer();
}

// The timer is moved only to an earlier time. A later deadline is found out when the timer goes off: most deadlines are
// put off again and again and never pass.
void Connection::schedule_timer() {
  const TimePoint due = std::min(deadline_, write_deadline_);
  if (due >= timer_due_) return;
  worker_.cancel(timer_);
  timer_due_ = due;
  worker_.schedule(timer_, due);
}

void Connection::timer_expired() {
  timer_due_ = kNever;
  if (over_) return;
  const TimePoint now = std::chrono::steady_clock::now();
  if (now >= write_deadline_) return close_now();
  if (now >= deadline_) {
    deadline_ = kNever;
    if (lingering_) return close_now();
    protocol_->on_deadline(now);
  }
  schedule_timer();
}

}  // namespace skerry::http::internal
