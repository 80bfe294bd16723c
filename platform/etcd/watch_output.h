// SPDX-License-Identifier: Apache-2.0
//
// WatchOutput: one thing to tell a watcher, before it is encoded. It shares the versions it refers to, so that a queue
// of them costs little and encoding happens outside the store's lock.
//
//   for (const WatchResponse& response : to_responses(output, header, kMaxWatchResponseBytes)) send(response);
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "proto/etcd/watch.pb.h"

#include "platform/etcd/key_value.h"

namespace skerry::platform::etcd {

using WatchId = std::int64_t;

/// The id in responses that are about no single watcher.
inline constexpr WatchId kNoWatchId = -1;

/// A response that is larger is split for a watcher that allows it: etcd's limit of a request, 1.5 MiB, and 512 KiB for
/// what is around it.
inline constexpr std::size_t kMaxWatchResponseBytes = (std::size_t{1536} + 512) << 10;

struct WatchOutput {
  WatchId watch_id = kNoWatchId;
  Revision header_revision = 0;  // everything of the watcher up to here has been sent, this output included
  bool created = false;
  bool canceled = false;
  Revision compact_revision = 0;
  std::string cancel_reason;
  std::shared_ptr<const std::vector<Event>> events;  // null when there are none
  bool with_previous = false;
  bool may_fragment = false;
};

/// What an event costs in a response, roughly.
std::size_t event_bytes(const Event& event, bool with_previous);

/// The messages for an output: one, or, when it may be fragmented and is larger than `max_bytes`, several of which all
/// but the last say `fragment`. Fills header.revision alone.
std::vector<etcdserverpb::WatchResponse> to_responses(const WatchOutput& output, std::size_t max_bytes);

}  // namespace skerry::platform::etcd
