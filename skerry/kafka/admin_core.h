// SPDX-License-Identifier: Apache-2.0
//
// AdminCore: what an Admin shares with the task that serves it, which hands the library's answers to the calls that
// wait for them. Internal to kafka/.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <set>

#include "skerry/async/blocking.h"
#include "skerry/kafka/admin.h"
#include "skerry/kafka/instance.h"
#include "skerry/kafka/pending.h"

struct rd_kafka_AdminOptions_s;

namespace skerry::kafka::internal {

class AdminCore {
 public:
  explicit AdminCore(AdminOptions options) : options_(std::move(options)) {}

  static Task<> start(std::shared_ptr<AdminCore> self);
  static Task<> close(std::shared_ptr<AdminCore> self);
  /// close() without waiting. Any thread.
  void begin_close();
  const AdminOptions& options() const { return options_; }

  /// One call of the library's Admin API; it must be given these options, and this queue for its answer.
  struct Request {
    rd_kafka_s* client;
    const rd_kafka_AdminOptions_s* options;
    rd_kafka_queue_s* queue;
  };
  using Ask = std::function<void(const Request&)>;
  /// Asks, and waits for the answer: an event without a general error. `operation` is an RD_KAFKA_ADMIN_OP_...
  static Task<EventPtr> ask(std::shared_ptr<AdminCore> self, int operation, std::string what, Ask ask);

  /// Calls f(client, timeout in ms), which blocks and gives a Result, on the blocking pool.
  template <class F>
  static auto run_blocking(std::shared_ptr<AdminCore> self, F f)
      -> Task<typename std::invoke_result_t<F&, rd_kafka_s*, int>::value_type> {
    auto instance = co_await self->instance();
    const int timeout_ms = static_cast<int>(self->options_.timeout.count());
    co_return co_await blocking([instance = std::move(instance), timeout_ms, f = std::move(f)]() mutable {
      // Let go of here and not on the worker: this may be the last reference.
      const std::shared_ptr<Instance> used = std::move(instance);
      return f(used->get(), timeout_ms);
    });
  }

 private:
  using Answer = Pending<EventPtr>;

  static Task<> serve(std::shared_ptr<AdminCore> self);
  static Task<> serve_until_closed(std::shared_ptr<AdminCore> self);
  static Task<> end(std::shared_ptr<AdminCore> self);
  Result<std::shared_ptr<Instance>> instance() const;
  Result<> begin(int operation, const Ask& ask, const std::shared_ptr<Answer>& answer);
  void take_answer(EventPtr event);
  bool is_closing() const;

  const AdminOptions options_;
  const std::shared_ptr<Doorbell> doorbell_ = std::make_shared<Doorbell>();
  const std::shared_ptr<ConnectionWatch> watch_ = std::make_shared<ConnectionWatch>();

  mutable std::mutex mutex_;
  std::shared_ptr<Instance> instance_;
  std::set<std::shared_ptr<Answer>> open_;
  bool closing_ = false;
  Event closed_;
};

}  // namespace skerry::kafka::internal
