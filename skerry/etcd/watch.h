// SPDX-License-Identifier: Apache-2.0
//
// What a watch asks for and what it gives. Client::watch runs one:
//
//   co_await client->watch({.keys = etcd::KeyRange::prefix("/shop/"), .start_revision = revision + 1},
//                          [&](etcd::WatchBatch batch) -> Task<> { co_await apply(batch.events); });
#pragma once

#include <functional>
#include <vector>

#include "skerry/async/task.h"
#include "skerry/etcd/types.h"

namespace skerry::etcd {

/// Batches that wait for the handler before the watch stops reading, so that the server holds back.
inline constexpr std::size_t kMaxQueuedBatches = 64;
/// The most events of one batch; a batch is larger than a message when one transaction or one lease's end changed very
/// many keys. Beyond it the watch fails with RESOURCE_EXHAUSTED.
inline constexpr std::size_t kMaxBatchEvents = 1'000'000;

struct WatchOptions {
  KeyRange keys;
  /// The first revision whose events are wanted; 0 begins with what happens from now on.
  Revision start_revision = 0;
  /// Ask for what was there before each change.
  bool previous = false;
  bool without_puts = false;
  bool without_deletes = false;
  /// Called with success when the watch is established, at first and again after a break, and with the error at each
  /// failure that it tries to get over. May be empty.
  std::function<void(const Result<>&)> on_connection = {};
};

/// The events of one or more whole revisions, in order. Empty: nothing happened up to `revision`.
struct WatchBatch {
  Revision revision = 0;
  std::vector<Event> events;
};

using WatchHandler = std::function<Task<>(WatchBatch)>;

}  // namespace skerry::etcd
