// SPDX-License-Identifier: Apache-2.0
#include "skerry/etcd/lock.h"

#include "skerry/etcd/errors.h"

namespace skerry::etcd {
namespace {

// Waits until the key is deleted, beginning after the revision at which it was seen.
Task<> wait_for_deletion(std::shared_ptr<Client> client, std::string key, Revision seen) {
  bool deleted = false;
  Result<> ended =
      co_await client
          ->watch({.keys = KeyRange::single(std::move(key)), .start_revision = seen + 1, .without_puts = true},
                  [&](WatchBatch batch) -> Task<> {
                    deleted = !batch.events.empty();
                    // A watch ends by its handler's error alone.
                    if (deleted) co_await Error::aborted("the key is gone");
                  })
          .result();
  // With its history gone the caller has to look again, as after the deletion.
  if (!deleted && !is_history_lost(ended.error())) co_await std::move(ended);
}

}  // namespace

namespace internal {

Task<LockHeld> acquire_lock(std::shared_ptr<Client> client, LockOptions options, LeaseId lease) {
  const KeyRange queue = KeyRange::prefix(options.name + "/");
  LockHeld held{.key = fmt::format("{}/{:x}", options.name, lease), .lease = lease};
  Txn enter;
  enter.when(create_revision_of(held.key) == 0)
      .then(Operation::put(held.key, options.value, {.lease = lease}))
      .otherwise(Operation::range(held.key));
  TxnResult entered = co_await client->commit(enter);
  held.token = entered.succeeded ? entered.header.revision : entered.range(0).key_values.at(0).create_revision;
  for (;;) {
    // The one that came last before this one: waiting for it alone, a lock that is given back wakes one and not all.
    RangeResult before = co_await client->range(queue, {.limit = 1,
                                                        .sort_order = SortOrder::kDescend,
                                                        .sort_target = SortTarget::kCreateRevision,
                                                        .max_create_revision = held.token - 1});
    if (before.key_values.empty()) break;
    co_await wait_for_deletion(client, before.key_values.front().key, before.header.revision);
  }
  // The wait may have outlasted the lease.
  std::optional<KeyValue> own = co_await client->get(held.key);
  if (!own || own->create_revision != held.token) co_await lease_not_found();
  co_return std::move(held);
}

}  // namespace internal

Task<std::optional<KeyValue>> lock_holder(std::shared_ptr<Client> client, std::string name) {
  RangeResult first = co_await client->range(
      KeyRange::prefix(name + "/"),
      {.limit = 1, .sort_order = SortOrder::kAscend, .sort_target = SortTarget::kCreateRevision});
  if (first.key_values.empty()) co_return std::nullopt;
  co_return std::move(first.key_values.front());
}

}  // namespace skerry::etcd
