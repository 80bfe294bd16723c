// SPDX-License-Identifier: Apache-2.0
#include "skerry/etcd/watch_tracker.h"

#include "skerry/etcd/errors.h"
#include "skerry/etcd/wire.h"

namespace skerry::etcd {

namespace pb = etcdserverpb;

WatchTracker::WatchTracker(const WatchOptions& options) : next_revision_(options.start_revision) {
  request_.set_key(options.keys.key);
  request_.set_range_end(options.keys.range_end);
  request_.set_prev_kv(options.previous);
  if (options.without_puts) request_.add_filters(pb::WatchCreateRequest::NOPUT);
  if (options.without_deletes) request_.add_filters(pb::WatchCreateRequest::NODELETE);
  // Tells how far the store is while nothing happens, so that a break does not fall back behind a compaction.
  request_.set_progress_notify(true);
  request_.set_fragment(true);
}

pb::WatchRequest WatchTracker::begin() {
  fragments_.clear();
  request_.set_start_revision(next_revision_);
  pb::WatchRequest request;
  *request.mutable_create_request() = request_;
  return request;
}

Result<WatchTracker::Step> WatchTracker::accept(pb::WatchResponse response) {
  // A rejected watch is created and canceled in one response.
  if (response.canceled()) return fail(watch_canceled(response.cancel_reason(), response.compact_revision()));
  if (response.created()) return accept_created(response);
  return accept_events(std::move(response));
}

WatchTracker::Step WatchTracker::accept_created(const pb::WatchResponse& response) {
  Step step{.established = true};
  const bool other_cluster = cluster_id_ && *cluster_id_ != response.header().cluster_id();
  if (!cluster_id_) cluster_id_ = response.header().cluster_id();
  const Revision now = response.header().revision();
  if (next_revision_ == 0) {
    next_revision_ = now + 1;
  } else if (other_cluster || now + 1 < next_revision_) {
    step.behind = true;
  }
  return step;
}

Result<WatchTracker::Step> WatchTracker::accept_events(pb::WatchResponse response) {
  for (mvccpb::Event& message : *response.mutable_events()) {
    Event event = wire::event(std::move(message));
    // Whatever the server sends twice was seen.
    if (event.key_value.mod_revision < next_revision_) continue;
    if (fragments_.size() >= kMaxBatchEvents) {
      return fail(Error::resource_exhausted("one revision has more than {} events", kMaxBatchEvents));
    }
    fragments_.push_back(std::move(event));
  }
  if (response.fragment()) return Step{};
  WatchBatch batch{.revision = 0, .events = std::exchange(fragments_, {})};
  // The header of a batch from history is ahead of its events, so that their own revision counts; without events it is
  // a statement that nothing happened so far.
  const bool had_events = response.events_size() > 0 || !batch.events.empty();
  batch.revision = had_events ? (batch.events.empty() ? 0 : batch.events.back().key_value.mod_revision)
                              : response.header().revision();
  if (batch.revision < next_revision_) return Step{};
  next_revision_ = batch.revision + 1;
  Step step;
  step.batch = std::move(batch);
  return step;
}

Result<> WatchTracker::check_store(const ResponseHeader& header) const {
  const bool other_cluster = cluster_id_ && *cluster_id_ != header.cluster_id;
  if (!other_cluster && header.revision + 1 >= next_revision_) return {};
  return fail(history_went_back(next_revision_ - 1, header.revision));
}

}  // namespace skerry::etcd
