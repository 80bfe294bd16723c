// SPDX-License-Identifier: Apache-2.0
//
// Changes on their way to the disk, and what becomes of those that go there together.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "platform/kafka/log/active_segment.h"
#include "platform/kafka/log/storage.pb.h"
#include "platform/kafka/log/types.h"
#include "skerry/async/sync.h"
#include "skerry/base/result.h"

namespace skerry::platform::kafka::log {

/// One change on its way. Shared by the task that waits for it, which may be cancelled, and by the plan it is in.
struct Commit {
  std::variant<AppendRequest, storage::Entry> change;
  /// For an entry, Appended says nothing.
  std::optional<Result<Appended>> outcome;
  Event done;
};
using Commits = std::vector<std::shared_ptr<Commit>>;

/// True for a change that others must not be planned together with, since they would have to see it first.
bool is_committed_alone(const Commit& commit);
/// What it counts for in a queue or a commit.
std::size_t bytes_of(const Commit& commit);

struct WritePlan {
  Commits commits;
  std::vector<StoredEntry> entries;
  std::vector<const Commit*> writers;  // of each entry
  /// A new segment is begun first, with this as its first entry.
  std::optional<std::string> checkpoint;
  /// It may use what is held back for such entries when the disk is full.
  bool frees_space = false;
  // Set by write().
  Result<> written;
  std::vector<BatchLocation> locations;
  std::optional<SealedRuns> sealed;
};

}  // namespace skerry::platform::kafka::log
