// SPDX-License-Identifier: Apache-2.0
#include "skerry/etcd/mirror.h"

#include "skerry/async/sleep.h"
#include "skerry/etcd/errors.h"

namespace skerry::etcd {
namespace {

// A list whose pieces were compacted away while they were fetched is begun again, like one that nobody answered.
Task<RangeResult> list_until_answered(std::shared_ptr<Client> client, MirrorOptions options) {
  Backoff backoff(client->options().backoff);
  for (;;) {
    Result<RangeResult> listed = co_await client->list(options.keys).result();
    if (listed) co_return *std::move(listed);
    if (!is_transient(listed.error()) && !is_history_lost(listed.error())) co_await std::move(listed).error();
    if (options.on_connection) options.on_connection(fail(std::move(listed)));
    co_await sleep(backoff.next());
  }
}

}  // namespace

Task<> mirror(std::shared_ptr<Client> client, MirrorOptions options, MirrorHandler handler) {
  bool after_loss = false;
  for (;;) {
    RangeResult listed = co_await list_until_answered(client, options);
    if (options.on_connection) options.on_connection({});
    const Revision revision = listed.header.revision;
    co_await handler({.kind = MirrorUpdate::Kind::kAll,
                      .after_loss = after_loss,
                      .revision = revision,
                      .key_values = std::move(listed.key_values),
                      .events = {}});
    WatchOptions watch{.keys = options.keys, .start_revision = revision + 1, .on_connection = options.on_connection};
    Result<> ended = co_await client
                         ->watch(std::move(watch),
                                 [&](WatchBatch batch) {
                                   return handler({.kind = MirrorUpdate::Kind::kChanges,
                                                   .revision = batch.revision,
                                                   .key_values = {},
                                                   .events = std::move(batch.events)});
                                 })
                         .result();
    if (!is_history_lost(ended.error())) co_await std::move(ended);
    after_loss = !is_compacted(ended.error());
    if (options.on_connection) options.on_connection(ended);
  }
}

}  // namespace skerry::etcd
