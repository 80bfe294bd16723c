// SPDX-License-Identifier: Apache-2.0
//
// What the store does by itself now and then. A round that fails, on a full disk perhaps, is done again next time.
#include "platform/kafka/log/batch_reader.h"
#include "platform/kafka/log/durable_log.h"
#include "platform/kafka/log/log_store.h"
#include "skerry/async/blocking.h"
#include "skerry/async/sleep.h"
#include "skerry/telemetry/telemetry.h"

namespace skerry::platform::kafka::log {
namespace {

// A group with members is noted as active when this part of the retention time has gone by since the last note.
constexpr int kTouchesPerRetention = 8;

}  // namespace

Task<> LogStore::run_maintenance() {
  while (true) {
    co_await sleep(options_.maintenance_interval);
    if (auto maintained = co_await maintain().result(); !maintained)
      skerry::log::warning("log maintenance failed; it is tried again", {{"error", maintained.error().message()}});
  }
}

Task<> LogStore::maintain() {
  auto guard = co_await maintenance_lock_.lock();
  const auto retained = co_await apply_retention().result();
  const auto expired = co_await expire_offsets().result();
  {
    std::lock_guard lock(mutex_);
    log_->forget_idle_producers(now() - options_.producer_retention);
  }
  co_await clean_segments();
  co_await Result<>(retained);
  co_await Result<>(expired);
}

Task<> LogStore::apply_retention() {
  std::optional<storage::Entry> entry;
  {
    std::lock_guard lock(mutex_);
    entry = log_->retention(now());
  }
  if (entry) co_await commit(*std::move(entry));
}

Task<> LogStore::expire_offsets() {
  const Timestamp time = now();
  std::vector<std::string> quiet;
  {
    std::lock_guard lock(mutex_);
    quiet = log_->state().offsets().idle_since(time - options_.offsets_retention / kTouchesPerRetention);
  }
  storage::Entry touched;
  storage::Entry expired;
  for (const std::string& group : quiet) {
    if (group_is_active_ && group_is_active_(group)) {
      touched.mutable_touch_groups()->add_groups(group);
      continue;
    }
    std::lock_guard lock(mutex_);
    const OffsetTable::Group* found = log_->state().offsets().find(group);
    if (found != nullptr && found->active_at < time - options_.offsets_retention)
      expired.mutable_delete_groups()->add_groups(group);
  }
  if (touched.has_touch_groups()) {
    touched.mutable_touch_groups()->set_active_at(to_milliseconds(time));
    co_await commit(std::move(touched));
  }
  if (expired.has_delete_groups()) co_await commit(std::move(expired));
}

Task<> LogStore::clean_segments() {
  while (true) {
    CleaningPlan plan;
    {
      std::lock_guard lock(mutex_);
      plan = log_->plan_cleaning();
    }
    for (const SegmentPointer& segment : plan.removed) reader_->forget(*segment);
    const Result<> cleaned = co_await blocking([this, &plan] { return log_->clean(plan); }).result();
    bool more = false;
    {
      std::lock_guard lock(mutex_);
      more = log_->finish_cleaning(plan);
    }
    co_await Result<>(cleaned);
    if (!more) co_return;
  }
}

}  // namespace skerry::platform::kafka::log
