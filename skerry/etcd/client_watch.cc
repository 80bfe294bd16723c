// SPDX-License-Identifier: Apache-2.0
#include "skerry/async/scope.h"
#include "skerry/etcd/client.h"
#include "skerry/etcd/errors.h"
#include "skerry/etcd/member.h"
#include "skerry/etcd/watch_tracker.h"
#include "skerry/grpc/call.h"
#include "skerry/grpc/pipe.h"

namespace skerry::etcd {

namespace pb = etcdserverpb;

/// What one watch keeps over its connections.
struct Client::WatchRun {
  std::shared_ptr<const WatchOptions> options;
  Channel<std::shared_ptr<WatchBatch>> batches;
  WatchTracker tracker;
  /// Taken from the tracker and not yet handed over, so that a connection that breaks meanwhile loses nothing.
  std::shared_ptr<WatchBatch> pending = nullptr;
  bool was_established = false;

  Task<> hand_over() {
    if (!pending) co_return;
    co_await batches.send(pending);
    pending.reset();
  }
};

Task<> Client::watch(WatchOptions options, WatchHandler handler) {
  Channel<std::shared_ptr<WatchBatch>> batches(kMaxQueuedBatches);
  auto shared = std::make_shared<const WatchOptions>(std::move(options));
  std::optional<Error> end;
  co_await with_scope([&](Scope& scope) -> Task<> {
    scope.go([&]() -> Task<> {
      Result<> ended = co_await read_watch(shared, batches).result();
      end = std::move(ended).error();
      // What was read before the end is handled before it.
      batches.close();
    });
    for (;;) {
      std::optional<std::shared_ptr<WatchBatch>> batch = co_await batches.receive();
      if (!batch) break;
      co_await handler(std::move(**batch));
    }
  });
  co_await std::move(*end);
}

// Connects again and again; ends with an error that does not pass by trying.
Task<> Client::read_watch(std::shared_ptr<const WatchOptions> options, Channel<std::shared_ptr<WatchBatch>> batches) {
  WatchRun run{.options = options, .batches = std::move(batches), .tracker = WatchTracker(*options)};
  Backoff backoff(options_.backoff);
  for (;;) {
    const std::size_t at = current();
    run.was_established = false;
    Result<> ended = co_await read_watch_on(at, run).result();
    if (!is_transient(ended.error())) co_await std::move(ended);
    if (options->on_connection) options->on_connection(ended);
    leave(at);
    if (run.was_established) backoff.reset();
    co_await sleep(backoff.next());
  }
}

// Reads over one connection; never ends well.
Task<> Client::read_watch_on(std::size_t at, WatchRun& run) {
  co_await run.hand_over();
  grpc::Pipe<pb::WatchRequest> requests = grpc::make_pipe<pb::WatchRequest>(1);
  grpc::Pipe<pb::WatchResponse> responses = grpc::make_pipe<pb::WatchResponse>();
  co_await with_scope([&](Scope& scope) -> Task<> {
    scope.go([&]() -> Task<> {
      // A member that has lost its cluster ends the stream, where it would otherwise stay silent. How the call ends
      // comes out of the responses, behind those that were received before.
      co_await grpc::with_metadata({{"hasleader", "true"}},
                                   member(at).watch.Watch_(std::move(requests.receiver), std::move(responses.sender)))
          .result();
    });
    co_await requests.sender.send(run.tracker.begin()).result();
    std::optional<pb::WatchResponse> response =
        co_await with_timeout(options_.attempt_timeout, responses.receiver.receive());
    while (response) {
      WatchTracker::Step step = co_await run.tracker.accept(*std::move(response));
      if (step.behind) {
        RangeResult now = co_await range(run.options->keys, {.limit = 1, .count_only = true});
        co_await run.tracker.check_store(now.header);
      }
      if (step.established) {
        run.was_established = true;
        if (run.options->on_connection) run.options->on_connection({});
      }
      if (step.batch) run.pending = std::make_shared<WatchBatch>(*std::move(step.batch));
      co_await run.hand_over();
      response = co_await responses.receiver.receive();
    }
    co_await Error::unavailable("the member ended the stream of the watch");
  });
}

}  // namespace skerry::etcd
