// SPDX-License-Identifier: Apache-2.0
//
// For tests: batches that look like record batches, a log driven step by step, and a store that runs beside a body.
//
//   run_store(disk, {}, [](LogStore& store) -> Task<> { co_await store.append({"a", 0}, make_batch(3)); });
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "platform/kafka/log/durable_log.h"
#include "platform/kafka/log/log_store.h"
#include "skerry/async/runtime.h"
#include "skerry/async/scope.h"
#include "skerry/async/sleep.h"
#include "skerry/async/timeout.h"
#include "skerry/disk/memory_disk.h"

namespace skerry::platform::kafka::log {

inline Timestamp at(std::int64_t milliseconds) { return Timestamp(std::chrono::milliseconds(milliseconds)); }

/// The bytes of a batch of this content, with room for what the log writes into it.
inline std::string batch_bytes(const std::string& content) { return std::string(kRecordBatchHeadBytes, 'h') + content; }
/// What of a batch the log leaves as it is, behind base offset and leader epoch.
inline std::string content_of(std::string_view batch) { return std::string(batch.substr(kRecordBatchHeadBytes)); }

inline Batch make_batch(std::int32_t records, const std::string& content = "content", std::int64_t time = 1000) {
  return {.last_offset_delta = records - 1, .max_timestamp = at(time), .bytes = batch_bytes(content)};
}

inline Batch producer_batch(ProducerId producer, std::int32_t sequence, std::int32_t records, std::int16_t epoch = 0) {
  Batch batch = make_batch(records, "p" + std::to_string(producer) + " " + std::to_string(sequence));
  batch.producer_id = producer;
  batch.producer_epoch = epoch;
  batch.base_sequence = sequence;
  return batch;
}

inline storage::Entry create_entry(const std::string& name, std::int32_t partitions) {
  storage::Entry entry;
  entry.mutable_create_topic()->set_name(name);
  entry.mutable_create_topic()->set_partitions(partitions);
  return entry;
}

inline std::shared_ptr<Commit> commit_of(std::variant<AppendRequest, storage::Entry> change) {
  auto commit = std::make_shared<Commit>();
  commit->change = std::move(change);
  return commit;
}

/// All three steps.
inline void commit_all(DurableLog& log, const Commits& commits, Timestamp now = at(1000)) {
  WritePlan plan = log.prepare(commits, now);
  log.write(plan);
  log.finish(plan);
}

inline Result<Appended> commit_one(DurableLog& log, std::variant<AppendRequest, storage::Entry> change,
                                   Timestamp now = at(1000)) {
  const auto commit = commit_of(std::move(change));
  commit_all(log, {commit}, now);
  return *commit->outcome;
}

/// One round; true when something was rewritten, whose files the next round removes.
inline bool clean_all(DurableLog& log) {
  CleaningPlan plan = log.plan_cleaning();
  std::ignore = log.clean(plan);
  return log.finish_cleaning(plan);
}

struct StoredBatch {
  Offset base_offset = 0;
  std::int32_t records = 0;
  std::string content;
  friend bool operator==(const StoredBatch&, const StoredBatch&) = default;
};

/// Everything that can be read of a partition, from the one with its log start on.
inline Result<std::vector<StoredBatch>> read_all(disk::Disk& disk, const DurableLog& log, const PartitionKey& key) {
  const PartitionLog& partition = *log.state().find(key);
  BatchReader reader(disk);
  std::vector<StoredBatch> found;
  const auto add = [&](const disk::Reader& file, std::span<const BatchLocation> batches) -> Result<> {
    for (const BatchLocation& batch : batches) {
      std::string bytes;
      if (batch.last_offset() < partition.log_start()) continue;
      if (auto read = read_batches(file, {&batch, 1}, bytes); !read) return read;
      found.push_back({batch.base_offset, batch.last_offset_delta + 1, content_of(bytes)});
    }
    return {};
  };
  for (const Run& run : partition.runs()) {
    auto file = reader.file(*run.segment);
    if (!file) return fail(std::move(file));
    auto batches = reader.batches(run);
    if (!batches) return fail(std::move(batches));
    if (auto added = add(**file, **batches); !added) return fail(std::move(added));
  }
  if (auto added = add(*log.active_file(), partition.recent()); !added) return fail(std::move(added));
  return found;
}

/// Opens a store on the directory "data", runs it beside body(store), and stops it. Gives the body's failure.
template <class Body>
Result<> run_store(disk::Disk& disk, LogOptions options, Body body, const std::string& directory = "data",
                   unsigned workers = 2) {
  Runtime runtime({.workers = workers});
  return runtime.run([&]() -> Task<> {
    auto store = co_await LogStore::open(disk, directory, std::move(options));
    Result<> outcome;
    std::ignore = co_await with_scope([&](Scope& scope) -> Task<> {
                    scope.go([&] { return store->run(); });
                    outcome = co_await with_timeout(std::chrono::seconds(60), body(*store)).result();
                    scope.cancel();
                  }).result();
    co_await std::move(outcome);
  });
}

/// The batches in what was read.
inline std::vector<std::string> contents_of(std::string_view records, std::size_t content_bytes) {
  std::vector<std::string> contents;
  const std::size_t size = kRecordBatchHeadBytes + content_bytes;
  for (; records.size() >= size; records.remove_prefix(size)) contents.push_back(content_of(records.substr(0, size)));
  return contents;
}

}  // namespace skerry::platform::kafka::log
