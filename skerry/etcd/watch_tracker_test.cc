// SPDX-License-Identifier: Apache-2.0
#include "skerry/etcd/watch_tracker.h"

#include <gtest/gtest.h>

#include "skerry/etcd/errors.h"

namespace skerry {
namespace {

using etcd::Event;
using etcd::KeyRange;
using etcd::Revision;
using etcd::WatchTracker;
using pb_WatchResponse = etcdserverpb::WatchResponse;

pb_WatchResponse watch_created(Revision revision, std::uint64_t cluster = 7) {
  pb_WatchResponse response;
  response.mutable_header()->set_revision(revision);
  response.mutable_header()->set_cluster_id(cluster);
  response.set_created(true);
  return response;
}

pb_WatchResponse watch_events(Revision header, std::vector<std::pair<Revision, std::string>> puts,
                              bool fragment = false) {
  pb_WatchResponse response;
  response.mutable_header()->set_revision(header);
  response.set_fragment(fragment);
  for (const auto& [revision, key] : puts) {
    mvccpb::Event* event = response.add_events();
    event->mutable_kv()->set_key(key);
    event->mutable_kv()->set_mod_revision(revision);
  }
  return response;
}

WatchTracker::Step accepted(WatchTracker& tracker, pb_WatchResponse response) {
  Result<WatchTracker::Step> step = tracker.accept(std::move(response));
  EXPECT_TRUE(step.has_value()) << step.error().to_string();
  return step ? *std::move(step) : WatchTracker::Step{};
}

std::string keys_of(const WatchTracker::Step& step) {
  if (!step.batch) return "-";
  std::string keys;
  for (const Event& event : step.batch->events) keys += event.key_value.key;
  return keys;
}

Revision start_of(WatchTracker& tracker) { return tracker.begin().create_request().start_revision(); }

TEST(WatchTracker, asks_for_what_the_options_say) {
  WatchTracker tracker({.keys = KeyRange::prefix("/a/"), .start_revision = 5, .previous = true, .without_puts = true});
  const auto request = tracker.begin().create_request();
  EXPECT_EQ(request.key(), "/a/");
  EXPECT_EQ(request.range_end(), "/a0");
  EXPECT_EQ(request.start_revision(), 5);
  EXPECT_TRUE(request.prev_kv());
  EXPECT_TRUE(request.progress_notify());
  EXPECT_TRUE(request.fragment());
  ASSERT_EQ(request.filters_size(), 1);
  EXPECT_EQ(request.filters(0), etcdserverpb::WatchCreateRequest::NOPUT);
}

TEST(WatchTracker, a_watch_from_now_on_resumes_after_the_revision_at_which_it_was_accepted) {
  WatchTracker tracker({.keys = KeyRange::single("k")});
  EXPECT_EQ(start_of(tracker), 0);
  EXPECT_TRUE(accepted(tracker, watch_created(41)).established);
  EXPECT_EQ(start_of(tracker), 42);
}

TEST(WatchTracker, resumes_after_the_last_event_and_not_after_the_header_of_a_batch_from_history) {
  WatchTracker tracker({.keys = KeyRange::all(), .start_revision = 3});
  accepted(tracker, watch_created(100));
  EXPECT_EQ(keys_of(accepted(tracker, watch_events(100, {{3, "a"}, {4, "b"}}))), "ab");
  EXPECT_EQ(start_of(tracker), 5);
}

TEST(WatchTracker, progress_moves_the_revision_to_resume_from) {
  WatchTracker tracker({.keys = KeyRange::all(), .start_revision = 3});
  accepted(tracker, watch_created(2));
  const auto step = accepted(tracker, watch_events(50, {}));
  ASSERT_TRUE(step.batch.has_value());
  EXPECT_TRUE(step.batch->events.empty());
  EXPECT_EQ(step.batch->revision, 50);
  EXPECT_EQ(start_of(tracker), 51);
  EXPECT_FALSE(accepted(tracker, watch_events(50, {})).batch.has_value()) << "progress that says nothing new";
}

TEST(WatchTracker, events_that_were_seen_are_dropped) {
  WatchTracker tracker({.keys = KeyRange::all(), .start_revision = 3});
  accepted(tracker, watch_created(2));
  accepted(tracker, watch_events(4, {{3, "a"}, {4, "b"}}));
  tracker.begin();
  accepted(tracker, watch_created(5));
  EXPECT_EQ(keys_of(accepted(tracker, watch_events(5, {{4, "b"}, {5, "c"}}))), "c");
  EXPECT_EQ(keys_of(accepted(tracker, watch_events(5, {{3, "a"}, {5, "c"}}))), "-");
  EXPECT_EQ(tracker.next_revision(), 6);
}

TEST(WatchTracker, fragments_of_a_revision_are_given_as_one_batch) {
  WatchTracker tracker({.keys = KeyRange::all(), .start_revision = 3});
  accepted(tracker, watch_created(2));
  EXPECT_EQ(keys_of(accepted(tracker, watch_events(3, {{3, "a"}}, true))), "-");
  EXPECT_EQ(keys_of(accepted(tracker, watch_events(3, {{3, "b"}}, true))), "-");
  EXPECT_EQ(keys_of(accepted(tracker, watch_events(3, {{3, "c"}}))), "abc");
}

TEST(WatchTracker, half_a_batch_is_forgotten_with_its_connection_and_asked_for_again) {
  WatchTracker tracker({.keys = KeyRange::all(), .start_revision = 3});
  accepted(tracker, watch_created(2));
  accepted(tracker, watch_events(3, {{3, "a"}}, true));
  EXPECT_EQ(start_of(tracker), 3);
  accepted(tracker, watch_created(3));
  EXPECT_EQ(keys_of(accepted(tracker, watch_events(3, {{3, "a"}, {3, "b"}}))), "ab");
}

TEST(WatchTracker, a_canceled_watch_fails_with_its_reason) {
  WatchTracker tracker({.keys = KeyRange::all(), .start_revision = 3});
  pb_WatchResponse compacted = watch_created(9);
  compacted.set_canceled(true);
  compacted.set_compact_revision(7);
  const auto step = tracker.accept(compacted);
  ASSERT_FALSE(step.has_value());
  EXPECT_TRUE(etcd::is_compacted(step.error()));
}

TEST(WatchTracker, a_member_that_is_behind_has_to_be_checked) {
  WatchTracker tracker({.keys = KeyRange::all(), .start_revision = 30});
  EXPECT_FALSE(accepted(tracker, watch_created(29)).behind);
  tracker.begin();
  EXPECT_TRUE(accepted(tracker, watch_created(12)).behind);
  EXPECT_TRUE(tracker.check_store({.cluster_id = 7, .revision = 29}).has_value()) << "the member alone was behind";
  const Result<> lost = tracker.check_store({.cluster_id = 7, .revision = 12});
  ASSERT_FALSE(lost.has_value());
  EXPECT_TRUE(etcd::is_history_lost(lost.error()));
}

TEST(WatchTracker, another_cluster_has_another_history) {
  WatchTracker tracker({.keys = KeyRange::all(), .start_revision = 3});
  accepted(tracker, watch_created(9, 7));
  tracker.begin();
  EXPECT_TRUE(accepted(tracker, watch_created(90, 8)).behind);
  EXPECT_FALSE(tracker.check_store({.cluster_id = 8, .revision = 90}).has_value());
}

}  // namespace
}  // namespace skerry
