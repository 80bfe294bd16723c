// SPDX-License-Identifier: Apache-2.0
//
// Inbound: a body on its way in, between the connection that receives it and the task that reads it. Both sides of both
// protocols use it. It outlives the connection when somebody still holds the body. Internal to http/.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "skerry/async/task.h"
#include "skerry/http/body.h"
#include "skerry/http/signal.h"

namespace skerry::http::internal {

/// The connection's side: told what the reader does.
class InboundSource {
 public:
  /// The reader has taken that many bytes; more may come.
  virtual void on_consumed(std::size_t bytes) = 0;
  /// The reader waits and there is nothing.
  virtual void on_wanted() = 0;
  /// The reader bounds the body itself.
  virtual void on_limits_lifted() {}
  /// Nobody will read the rest.
  virtual void on_abandoned() = 0;

 protected:
  ~InboundSource() = default;
};

class Inbound {
 public:
  explicit Inbound(InboundSource* source) : source_(source) {}
  Inbound(const Inbound&) = delete;
  Inbound& operator=(const Inbound&) = delete;

  // The connection's side.

  void push(std::string_view data);
  void end(Headers trailers);
  /// What was received before stays readable; then the reader fails with this. The first end or failure counts.
  void fail(Error error);
  /// The connection is gone or done with the body: it is told nothing any more.
  void detach(Error error);
  std::size_t buffered_bytes() const { return data_.size(); }
  bool is_over() const { return ended_ || error_; }
  bool has_waiter() const { return arrived_.has_waiter(); }
  /// All that came in one piece; empties the buffer without telling the source.
  std::string take_buffered() { return std::exchange(data_, std::string()); }

  // The reader's side.

  Task<std::optional<std::string>> read();
  Headers& trailers() { return trailers_; }
  void lift_limits() {
    if (source_ != nullptr) source_->on_limits_lifted();
  }
  void abandon();

 private:
  InboundSource* source_;
  std::string data_;
  Headers trailers_;
  std::optional<Error> error_;
  bool ended_ = false;
  Signal arrived_;
};

/// The reader that a Body holds.
class InboundReader final : public BodyReader {
 public:
  explicit InboundReader(std::shared_ptr<Inbound> inbound) : inbound_(std::move(inbound)) {}
  ~InboundReader() override { inbound_->abandon(); }
  Task<std::optional<std::string>> read() override { return inbound_->read(); }
  Headers& trailers() override { return inbound_->trailers(); }
  void lift_limits() override { inbound_->lift_limits(); }

 private:
  std::shared_ptr<Inbound> inbound_;
};

}  // namespace skerry::http::internal
