// SPDX-License-Identifier: Apache-2.0
//
// DirectoryState: which instances there are, as the updates of a mirror tell it, without I/O and without a clock. The
// one rule beyond the updates is the protection against an empty registry: when the registry comes back without its
// data, the instances that it does not know any more stay for a grace period, in which the living ones register anew.
// Internal to discovery/.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "skerry/discovery/instance.h"
#include "skerry/etcd/mirror.h"

namespace skerry::discovery {

/// The most instances that a directory keeps; the registry's surplus is ignored, with a warning.
inline constexpr std::size_t kMaxInstances = 100'000;

class DirectoryState {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  explicit DirectoryState(std::chrono::milliseconds grace) : grace_(grace) {}

  struct Change {
    /// The names of the services whose instances are others than before.
    std::set<std::string> services;
    /// For the log: what was ignored and why.
    std::vector<std::string> warnings;
    /// When `expire` has something to do.
    std::optional<TimePoint> expire_at;
  };
  Change apply(const etcd::MirrorUpdate& update, TimePoint now);
  /// Lets the instances go whose grace period is over.
  Change expire(TimePoint now);

  /// The instances of a service, in the order of their ids.
  std::vector<Instance> instances(const std::string& service) const;
  /// The services that have an instance.
  std::vector<std::string> services() const;

 private:
  struct Entry {
    Instance instance;
    std::optional<TimePoint> stale_until = std::nullopt;
  };
  void put(const std::string& key, const std::string& value, Change& change);
  void erase(const std::string& key, Change& change);

  const std::chrono::milliseconds grace_;
  std::map<std::string, Entry> entries_;
  std::map<std::string, std::set<std::string>> keys_of_;
};

}  // namespace skerry::discovery
