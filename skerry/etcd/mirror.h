// SPDX-License-Identifier: Apache-2.0
//
// mirror: keeps a copy of some keys up to date: lists them once and then follows their changes by watch, never by
// asking again. Where the history between the two is gone (compacted during a long break, or the registry lost its
// data), it lists anew and says so.
//
//   co_await etcd::mirror(client, {.keys = etcd::KeyRange::prefix("/shop/")},
//                         [&](etcd::MirrorUpdate update) -> Task<> { ... });
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "skerry/etcd/client.h"

namespace skerry::etcd {

struct MirrorOptions {
  KeyRange keys;
  /// As WatchOptions::on_connection: success after each list and each time the watch is established again.
  std::function<void(const Result<>&)> on_connection = {};
};

struct MirrorUpdate {
  /// kAll: `key_values` are all there are, and what the receiver has beside them is gone. kChanges: `events` happened.
  enum class Kind : std::uint8_t { kAll, kChanges };
  Kind kind = Kind::kAll;
  /// Of kAll: the registry is not the one that was followed before; it lost data, perhaps all.
  bool after_loss = false;
  Revision revision = 0;
  std::vector<KeyValue> key_values;
  std::vector<Event> events;
};

using MirrorHandler = std::function<Task<>(MirrorUpdate)>;

/// Runs until it is cancelled, the handler fails, or the registry refuses (PERMISSION_DENIED and its like). While the
/// registry cannot be reached it goes on trying. The updates are awaited one after the other.
Task<> mirror(std::shared_ptr<Client> client, MirrorOptions options, MirrorHandler handler);

}  // namespace skerry::etcd
