// SPDX-License-Identifier: Apache-2.0
#include "skerry/otlp/exporter.h"

#include <algorithm>
#include <utility>

#include "skerry/async/channel.h"
#include "skerry/async/go.h"
#include "skerry/async/scope.h"
#include "skerry/async/select.h"
#include "skerry/async/sleep.h"
#include "skerry/async/sync.h"
#include "skerry/async/timeout.h"
#include "skerry/base/check.h"
#include "skerry/base/ids.h"

namespace skerry::otlp {
namespace internal {
namespace {

using telemetry::ExportQueue;
using telemetry::Telemetry;

// The counters of one kind of telemetry.
struct SignalCounters {
  SignalCounters(telemetry::Metrics& metrics, std::string_view signal)
      : sent(metrics.counter("skerry_otlp_sent_total", "Items that the collector took", {{"signal", signal}})),
        dropped(metrics.counter("skerry_otlp_dropped_total", "Items that the collector did not take",
                                {{"signal", signal}})),
        failures(metrics.counter("skerry_otlp_failures_total", "Attempts to send that failed", {{"signal", signal}})) {}
  telemetry::Counter sent;
  telemetry::Counter dropped;
  telemetry::Counter failures;
};

// Counts a batch as dropped unless it is settled first: also when the task is cancelled in the middle.
class BatchFate {
 public:
  BatchFate(SignalCounters& counters, std::size_t items) : counters_(counters), items_(static_cast<double>(items)) {}
  ~BatchFate() { counters_.dropped.add(items_); }
  BatchFate(const BatchFate&) = delete;
  BatchFate& operator=(const BatchFate&) = delete;

  void was_sent(const SendOutcome& outcome) {
    const double rejected = std::clamp(static_cast<double>(outcome.rejected), 0.0, items_);
    counters_.sent.add(items_ - rejected);
    items_ = rejected;
  }

 private:
  SignalCounters& counters_;
  double items_;
};

}  // namespace

class ExporterCore {
 public:
  ExporterCore(Telemetry& telemetry, std::unique_ptr<Transport> transport, ExporterOptions options)
      : telemetry_(telemetry),
        transport_(std::move(transport)),
        options_(options),
        started_(std::chrono::system_clock::now()),
        spans_(telemetry.metrics(), "spans"),
        logs_(telemetry.metrics(), "logs"),
        metrics_(telemetry.metrics(), "metrics") {}

  void open() {
    telemetry_.spans().open();
    if (options_.logs) telemetry_.log_records().open();
  }

  Task<> run() {
    telemetry::AttachTelemetry unobserved(Telemetry::none());
    // The children end by themselves after a stop; the watcher cancels them when that takes too long.
    const Result<> outcome = co_await with_scope([this](Scope& scope) -> Task<> {
                               scope.go([this, &scope]() -> Task<> { return watch_stop(scope); });
                               co_await with_scope([this](Scope& senders) -> Task<> {
                                 start_senders(senders);
                                 co_return;
                               });
                               done_.close();
                             }).result();
    // Cancelled is what an overdue stop looks like from here.
    close_queue(telemetry_.spans(), spans_);
    close_queue(telemetry_.log_records(), logs_);
    finished_.set();
    if (!outcome && outcome.error().code() != Code::kCancelled) co_await outcome.error();
  }

  void request_stop(std::chrono::nanoseconds limit) {
    if (stopping_.exchange(true)) return;
    stop_limit_ = limit;
    stop_.close();
  }
  Event& finished() { return finished_; }

 private:
  bool stopping() const { return stopping_.load(); }

  Task<> watch_stop(Scope& scope) {
    std::optional<bool> ignored;
    const std::size_t first = co_await select(stop_.on_receive(ignored), done_.on_receive(ignored));
    if (first == 1) co_return;
    const std::size_t second = co_await select(done_.on_receive(ignored), after(stop_limit_));
    if (second == 1) scope.cancel();
  }

  void start_senders(Scope& senders) {
    senders.go([this]() -> Task<> {
      return drain(telemetry_.spans(), spans_, [this](auto batch) {
        auto request = std::make_shared<const TraceRequest>(trace_request(telemetry_.resource(), std::move(batch)));
        return [this, request] { return transport_->send_traces(request); };
      });
    });
    if (options_.logs) {
      senders.go([this]() -> Task<> {
        return drain(telemetry_.log_records(), logs_, [this](auto batch) {
          auto request = std::make_shared<const LogsRequest>(logs_request(telemetry_.resource(), std::move(batch)));
          return [this, request] { return transport_->send_logs(request); };
        });
      });
    }
    if (options_.metrics_interval.count() > 0) senders.go([this]() -> Task<> { return send_metrics(); });
  }

  // Sends batches of the queue until a stop, and then what is left. `prepare(batch)` gives the function that sends it.
  template <class T, class Prepare>
  Task<> drain(ExportQueue<T>& queue, SignalCounters& counters, Prepare prepare) {
    const Channel<bool> filled(1);
    const auto wake = [filled] { filled.try_send(true); };
    while (!stopping()) {
      std::optional<bool> ignored;
      queue.wake_at(1, wake);
      co_await select(filled.on_receive(ignored), stop_.on_receive(ignored));
      queue.wake_at(options_.batch_items, wake);
      co_await select(filled.on_receive(ignored), stop_.on_receive(ignored), after(options_.batch_delay));
      queue.wake_at(0, nullptr);
      co_await send_pending(queue, counters, prepare);
    }
    queue.close();
    co_await send_pending(queue, counters, prepare);
  }

  template <class T, class Prepare>
  Task<> send_pending(ExportQueue<T>& queue, SignalCounters& counters, Prepare prepare) {
    for (;;) {
      std::vector<std::unique_ptr<T>> batch = queue.drain(options_.batch_items, options_.batch_bytes);
      if (batch.empty()) co_return;
      const std::size_t items = batch.size();
      auto send = prepare(std::move(batch));
      co_await send_batch(std::move(send), counters, items, options_.max_attempts);
    }
  }

  template <class Send>
  Task<> send_batch(Send send, SignalCounters& counters, std::size_t items, std::size_t max_attempts) {
    BatchFate fate(counters, items);
    std::chrono::nanoseconds backoff = options_.first_backoff;
    for (std::size_t attempt = 1;; ++attempt) {
      const Result<SendOutcome> outcome = co_await with_timeout(options_.timeout, send()).result();
      if (outcome) {
        fate.was_sent(*outcome);
        note_success();
        co_return;
      }
      counters.failures.increment();
      note_failure(outcome.error());
      if (attempt >= max_attempts || !is_retryable(outcome.error())) co_return;
      const auto jittered = backoff / 2 + std::chrono::nanoseconds(random_below(backoff.count() / 2 + 1));
      const std::chrono::nanoseconds asked = retry_after(outcome.error()).value_or(std::chrono::seconds(0));
      co_await sleep(std::max<std::chrono::nanoseconds>(jittered, asked));
      backoff = std::min<std::chrono::nanoseconds>(backoff * 2, options_.max_backoff);
    }
  }

  Task<> send_metrics() {
    for (bool last = false; !last;) {
      std::optional<bool> ignored;
      co_await select(stop_.on_receive(ignored), after(options_.metrics_interval));
      last = stopping();
      const std::vector<telemetry::MetricSnapshot> snapshots = telemetry_.metrics().snapshot();
      auto request = std::make_shared<const MetricsRequest>(
          metrics_request(telemetry_.resource(), snapshots, started_, std::chrono::system_clock::now()));
      auto send = [this, request] { return transport_->send_metrics(request); };
      // The next snapshot holds all that this one does, so a failed one is not sent again.
      co_await send_batch(std::move(send), metrics_, snapshots.size(), 1);
    }
  }

  template <class T>
  static void close_queue(ExportQueue<T>& queue, SignalCounters& counters) {
    queue.close();
    queue.wake_at(0, nullptr);
    counters.dropped.add(static_cast<double>(queue.drain(~std::size_t{0}).size()));
  }

  // One line when the collector is lost and one when it is back, whatever happens in between.
  void note_failure(const Error& error) {
    if (std::exchange(failing_, true)) return;
    telemetry_.logger().write(telemetry::LogLevel::kWarning, "telemetry cannot be exported",
                              {{"error", error.to_string()}});
  }
  void note_success() {
    if (!std::exchange(failing_, false)) return;
    telemetry_.logger().write(telemetry::LogLevel::kInfo, "telemetry is exported again");
  }

  Telemetry& telemetry_;
  const std::unique_ptr<Transport> transport_;
  const ExporterOptions options_;
  const telemetry::WallTime started_;
  SignalCounters spans_;
  SignalCounters logs_;
  SignalCounters metrics_;
  bool failing_ = false;
  std::atomic<bool> stopping_{false};
  std::chrono::nanoseconds stop_limit_{0};
  // Both are only ever closed.
  const Channel<bool> stop_{0};
  const Channel<bool> done_{0};
  Event finished_;
};

}  // namespace internal

Exporter::Exporter(telemetry::Telemetry& telemetry, std::unique_ptr<Transport> transport, ExporterOptions options)
    : core_(std::make_shared<internal::ExporterCore>(telemetry, std::move(transport), options)) {}

Exporter::~Exporter() = default;

void Exporter::start() {
  core_->open();
  go_named(
      "otlp exporter", [](std::shared_ptr<internal::ExporterCore> core) -> Task<> { co_await core->run(); }, core_);
  started_ = true;
}

Task<> Exporter::stop(std::chrono::nanoseconds limit) {
  if (!started_) co_return;
  core_->request_stop(limit);
  co_await core_->finished().wait();
}

}  // namespace skerry::otlp
