// SPDX-License-Identifier: Apache-2.0
//
// Connection: what serving and asking have in common below the protocol: one task that reads, output that is written
// once at the end of a turn, deadlines without a timer for each, and an orderly end. What is spoken on it is a
// ConnectionProtocol: a plain state machine between bytes and messages, which starts tasks where it must wait. Internal
// to http/.
//
// Invariants:
//  1. Everything runs on the worker that the connection was made on.
//  2. Tasks that the connection starts (`spawn`) end before `run` does, on every way out.
//  3. Nothing reads from the stream but `run`, nothing writes to it but `flush`.
#pragma once

#include <chrono>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "skerry/async/scope.h"
#include "skerry/async/task.h"
#include "skerry/async/worker.h"
#include "skerry/http/signal.h"
#include "skerry/net/stream.h"

namespace skerry::http::internal {

class Connection;

/// What a connection speaks: a state machine between bytes and messages. All calls come from the connection.
class ConnectionProtocol {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  virtual ~ConnectionProtocol() = default;
  virtual void on_bytes(std::string_view bytes) = 0;
  /// The peer sends no more. True when that is the end; false to go on writing, until `close_after_flush`.
  virtual bool on_peer_closed() = 0;
  /// Whether bytes are welcome; see Connection::resume_reading.
  virtual bool wants_bytes() const { return true; }
  /// Appends output that is made only when there is room for it. True when there is more.
  virtual bool produce(std::string& output) {
    (void)output;
    return false;
  }
  /// All output was written.
  virtual void on_written() {}
  /// The deadline that was set last has passed.
  virtual void on_deadline(TimePoint now) = 0;
  /// The connection should end when the messages under way are complete.
  virtual void drain() = 0;
  /// The connection is over; called once, before its tasks are cancelled.
  virtual void on_closed() = 0;
};

class Connection final {
 public:
  using TimePoint = ConnectionProtocol::TimePoint;

  /// Bytes read from a connection at once.
  static constexpr std::size_t kReadBytes = 64 * 1024;
  /// Bytes written to a connection in one turn, before others have theirs.
  static constexpr std::size_t kMaxTurnBytes = 1024 * 1024;
  /// How long the end of the connection is waited for once the last byte was sent.
  static constexpr std::chrono::milliseconds kLingerTime{1000};

  /// `write_timeout`: the longest time in which the peer takes nothing.
  Connection(std::unique_ptr<net::Stream> stream, std::chrono::milliseconds write_timeout);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// Sets what is spoken from now on. To be called before `run`, and then at most once, from within on_bytes.
  void set_protocol(std::unique_ptr<ConnectionProtocol> protocol);
  ConnectionProtocol& protocol() { return *protocol_; }

  /// Reads until the connection is over, then ends all tasks that it started. Does not fail. The connection must stay
  /// until the task has ended.
  Task<> run();

  /// What is to be written. Append, then schedule_flush.
  std::string& output() { return out_; }
  /// Bytes that wait to be written.
  std::size_t unwritten_bytes() const { return out_.size() - written_; }
  /// Writes what is there at the end of this turn.
  void schedule_flush();
  /// Writes what is there, says that no more comes, and waits a little for the peer to do the same.
  void close_after_flush();
  /// Ends the connection and its tasks without regard to what is under way.
  void close_now();
  bool is_closing() const { return closing_; }
  void resume_reading() { gate_.notify(); }
  net::Stream& stream() { return *stream_; }

  /// Makes on_deadline be called when this time has passed and no later one was set. kNever: not at all.
  void set_deadline(TimePoint when);
  static constexpr TimePoint kNever = TimePoint::max();

  /// Starts f(args...), which returns a Task<T>, on this worker; `on_end(SpawnEnd<T>)` is called when it has ended. The
  /// fiber is valid until then. Only while `run` runs.
  template <class OnEnd, class F, class... Args>
  skerry::internal::Fiber* spawn(const char* name, OnEnd on_end, F function, Args... args) {
    using T = skerry::internal::TaskValue<F, Args...>;
    auto end = [group = group_, on_end = std::move(on_end)](skerry::internal::SpawnEnd<T> ended) mutable noexcept {
      on_end(std::move(ended));
      group->child_ended();
    };
    group_->child_started();
    using SpawnedFiber = skerry::internal::SpawnedFiber<T, decltype(end), F, Args...>;
    // A fiber owns itself from its start on.
    auto* fiber = std::make_unique<SpawnedFiber>(worker_, &group_->node(), name, std::move(end), std::move(function),
                                                 std::move(args)...)
                      .release();
    if (const skerry::internal::Fiber* spawner = skerry::internal::Fiber::current()) fiber->slots = spawner->slots;
    worker_.start(*fiber);
    return fiber;
  }

 private:
  struct FlushItem : skerry::internal::WorkItem {
    Connection* connection;
  };
  struct Timer : skerry::internal::TimerNode {
    Connection* connection;
  };

  Task<> read_until_end();
  /// False at the end of the connection.
  bool handle_read(const net::IoResult& result, std::span<const char> bytes);
  void flush();
  Task<> await_writable();
  void write_blocked();
  void finish_writing();
  void timer_expired();
  void schedule_timer();

  std::unique_ptr<net::Stream> stream_;
  std::unique_ptr<ConnectionProtocol> protocol_;
  /// The protocol before: it may be the one that is just being called.
  std::unique_ptr<ConnectionProtocol> former_protocol_;
  Worker& worker_;
  const std::chrono::milliseconds write_timeout_;
  skerry::internal::ScopeState* group_ = nullptr;
  Signal gate_;
  std::string out_;
  std::size_t written_ = 0;
  /// While it is scheduled it may have to outlive this object.
  std::unique_ptr<FlushItem> flush_item_;
  bool flush_scheduled_ = false;
  bool blocked_ = false;
  bool closing_ = false;
  bool lingering_ = false;
  bool peer_closed_ = false;
  bool over_ = false;
  Timer timer_;
  TimePoint deadline_ = kNever;
  TimePoint write_deadline_ = kNever;
  TimePoint timer_due_ = kNever;
};

}  // namespace skerry::http::internal
