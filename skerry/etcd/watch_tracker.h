// SPDX-License-Identifier: Apache-2.0
//
// WatchTracker: the logic of one watch over any number of connections, without I/O: requests out, responses in, batches
// out. It knows the revision from which the watch has to go on, so that after a break every event comes exactly once.
// Internal to etcd/.
#pragma once

#include <optional>

#include "proto/etcd/watch.pb.h"

#include "skerry/base/result.h"
#include "skerry/etcd/watch.h"

namespace skerry::etcd {

class WatchTracker {
 public:
  explicit WatchTracker(const WatchOptions& options);

  /// The first request of a connection. Forgets what was half received on the one before.
  etcdserverpb::WatchRequest begin();

  struct Step {
    /// The server has accepted the watch on this connection.
    bool established = false;
    /// The answering member, or the store, is behind what was seen already: whoever runs the watch has to find out
    /// which
    /// (`check_store`) before anything else is taken from this connection.
    bool behind = false;
    std::optional<WatchBatch> batch;
  };
  /// Takes one response. Fails when the server has canceled the watch: see watch_canceled in errors.h.
  Result<Step> accept(etcdserverpb::WatchResponse response);

  /// What a linearizable read says about the store after `behind`. Fails when the store went back.
  Result<> check_store(const ResponseHeader& header) const;

  /// The revision from which the watch goes on; 0 before the server has accepted one from now on.
  Revision next_revision() const { return next_revision_; }

 private:
  Step accept_created(const etcdserverpb::WatchResponse& response);
  Result<Step> accept_events(etcdserverpb::WatchResponse response);

  etcdserverpb::WatchCreateRequest request_;
  Revision next_revision_;
  std::optional<std::uint64_t> cluster_id_;
  std::vector<Event> fragments_;
};

}  // namespace skerry::etcd
