// SPDX-License-Identifier: Apache-2.0
#include "platform/etcd/watch_hub.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "platform/etcd/proto_text.h"

namespace skerry::platform::etcd {
namespace {

using namespace std::chrono_literals;
using etcdserverpb::WatchCreateRequest;

class WatchHubTest : public ::testing::Test {
 protected:
  explicit WatchHubTest(WatchLimits limits = {}) : hub_(store_, limits) {}

  void put(const std::string& key, const std::string& value) {
    MvccStore::Write write(store_);
    write.put(key, value, kNoLease);
    hub_.publish(write.finish());
  }
  void erase(const KeyRange& range) {
    MvccStore::Write write(store_);
    write.delete_range(range);
    hub_.publish(write.finish());
  }
  WatchHub::StreamId open() {
    return hub_.open_stream([this] { ++notified_; });
  }
  void create(WatchHub::StreamId stream, const std::string& text) {
    hub_.create(stream, from_text<WatchCreateRequest>(text), now_);
  }
  void settle() {
    while (hub_.catch_up_pending()) hub_.catch_up();
  }
  // All that waits on the stream, one line each: "0@3 PUT a=1", with the watch id and the header's revision.
  std::vector<std::string> drain(WatchHub::StreamId stream) {
    std::vector<std::string> lines;
    settle();
    while (auto output = hub_.take(stream)) {
      lines.push_back(describe(*output));
      settle();
    }
    return lines;
  }
  static std::string describe(const WatchOutput& output) {
    std::string line = std::to_string(output.watch_id) + "@" + std::to_string(output.header_revision);
    if (output.created) line += " created";
    if (output.canceled) line += " canceled";
    if (output.compact_revision != 0) line += " compacted=" + std::to_string(output.compact_revision);
    if (!output.cancel_reason.empty()) line += " (" + output.cancel_reason + ")";
    if (!output.events) return line;
    for (const Event& event : *output.events) {
      line += event.is_delete() ? " DELETE " + event.kv->key : " PUT " + event.kv->key + "=" + event.kv->value;
      if (output.with_previous && event.previous) line += " was " + event.previous->value;
    }
    return line;
  }

  using Lines = std::vector<std::string>;
  MvccStore store_;
  WatchHub hub_;
  WatchHub::Time now_ = WatchHub::Time() + 1000s;
  int notified_ = 0;
};

TEST_F(WatchHubTest, a_watcher_from_now_gets_what_comes_after_its_created_revision) {
  put("a", "0");
  auto stream = open();
  create(stream, "key: 'a'");
  put("a", "1");
  put("b", "1");
  EXPECT_EQ(drain(stream), (Lines{"0@2 created", "0@3 PUT a=1"}));
}

TEST_F(WatchHubTest, a_watcher_from_the_past_gets_history_and_then_what_is_new) {
  put("a", "1");
  put("a", "2");
  auto stream = open();
  create(stream, "key: 'a' start_revision: 2");
  EXPECT_TRUE(hub_.catch_up_pending());
  EXPECT_EQ(hub_.unsynced_watchers(), 1u);
  put("a", "3");
  EXPECT_EQ(drain(stream), (Lines{"0@3 created", "0@4 PUT a=1 PUT a=2 PUT a=3"}));
  EXPECT_EQ(hub_.unsynced_watchers(), 0u);
  put("a", "4");
  EXPECT_EQ(drain(stream), Lines{"0@5 PUT a=4"});
}

TEST_F(WatchHubTest, a_watcher_from_the_future_gets_nothing_older) {
  auto stream = open();
  create(stream, "key: 'a' start_revision: 3");
  put("a", "1");
  put("a", "2");
  EXPECT_EQ(drain(stream), (Lines{"0@1 created", "0@3 PUT a=2"}));
}

TEST_F(WatchHubTest, all_events_of_a_revision_come_in_one_response) {
  auto stream = open();
  create(stream, "key: 'a' range_end: 'z'");
  put("a", "1");
  put("b", "1");
  erase(KeyRange::all());
  EXPECT_EQ(drain(stream), (Lines{"0@1 created", "0@2 PUT a=1", "0@3 PUT b=1", "0@4 DELETE a DELETE b"}));
}

TEST_F(WatchHubTest, a_compacted_start_is_canceled_with_the_compact_revision_and_no_reason) {
  for (const char* value : {"1", "2", "3"}) put("a", value);
  ASSERT_TRUE(store_.compact(3));
  auto stream = open();
  create(stream, "key: 'a' start_revision: 2");
  EXPECT_EQ(drain(stream), (Lines{"0@4 created", "0@4 canceled compacted=3"}));
  EXPECT_EQ(hub_.watchers(), 0u);
}

TEST_F(WatchHubTest, a_start_at_the_compact_revision_delivers_it_without_what_was_before) {
  for (const char* value : {"1", "2", "3"}) put("a", value);
  ASSERT_TRUE(store_.compact(3));
  auto stream = open();
  create(stream, "key: 'a' start_revision: 3 prev_kv: true");
  EXPECT_EQ(drain(stream), (Lines{"0@4 created", "0@4 PUT a=2 PUT a=3 was 2"}));
}

TEST_F(WatchHubTest, requests_that_cannot_be_are_created_and_canceled_with_a_reason) {
  auto stream = open();
  create(stream, "key: 'b' range_end: 'a'");
  create(stream, "key: 'a' start_revision: -1");
  create(stream, "key: 'a' watch_id: 7");
  create(stream, "key: 'a' watch_id: 7");
  EXPECT_EQ(drain(stream), (Lines{
                               "-1@1 created canceled (mvcc: watcher range is empty)",
                               "-1@1 created canceled (mvcc: watch start revision is negative)",
                               "7@1 created",
                               "-1@1 created canceled (mvcc: duplicate watch ID provided on the WatchStream)",
                           }));
}

TEST_F(WatchHubTest, ids_are_given_in_order_and_skip_those_that_were_chosen) {
  auto stream = open();
  create(stream, "key: 'a'");
  create(stream, "key: 'a' watch_id: 1");
  create(stream, "key: 'a'");
  EXPECT_EQ(drain(stream), (Lines{"0@1 created", "1@1 created", "2@1 created"}));
  auto other = open();
  create(other, "key: 'a'");
  EXPECT_EQ(drain(other), Lines{"0@1 created"}) << "ids belong to a stream";
}

TEST_F(WatchHubTest, an_empty_key_is_the_smallest_one) {
  auto stream = open();
  create(stream, "range_end: '\\000'");
  put("a", "1");
  EXPECT_EQ(drain(stream), (Lines{"0@1 created", "0@2 PUT a=1"}));
}

TEST_F(WatchHubTest, filters_leave_events_out_and_send_nothing_when_nothing_is_left) {
  auto stream = open();
  create(stream, "key: 'a' filters: NOPUT");
  create(stream, "key: 'a' filters: NODELETE");
  create(stream, "key: 'a' filters: NOPUT filters: NODELETE");
  put("a", "1");
  erase(KeyRange::all());
  auto lines = drain(stream);
  std::sort(lines.begin() + 3, lines.end());
  EXPECT_EQ(Lines(lines.begin() + 3, lines.end()), (Lines{"0@3 DELETE a", "1@2 PUT a=1"}));
}

TEST_F(WatchHubTest, the_version_before_comes_only_when_asked_for) {
  put("a", "1");
  auto stream = open();
  create(stream, "key: 'a' prev_kv: true");
  put("a", "2");
  erase(KeyRange::all());
  put("a", "3");
  EXPECT_EQ(drain(stream), (Lines{"0@2 created", "0@3 PUT a=2 was 1", "0@4 DELETE a was 2", "0@5 PUT a=3"}));
}

TEST_F(WatchHubTest, after_canceled_nothing_comes_any_more) {
  auto stream = open();
  create(stream, "key: 'a'");
  put("a", "1");
  hub_.cancel(stream, 0);
  hub_.cancel(stream, 0);
  hub_.cancel(stream, 99);
  put("a", "2");
  EXPECT_EQ(drain(stream), (Lines{"0@1 created", "0@2 PUT a=1", "0@2 canceled"}));
}

TEST_F(WatchHubTest, progress_is_told_when_every_watcher_is_synced) {
  put("a", "1");
  auto stream = open();
  hub_.request_progress(stream);
  EXPECT_TRUE(drain(stream).empty()) << "a stream without watchers has none";
  create(stream, "key: 'a'");
  create(stream, "key: 'a' start_revision: 2");
  hub_.request_progress(stream);
  EXPECT_EQ(drain(stream), (Lines{"0@2 created", "1@2 created", "1@2 PUT a=1"})) << "one was unsynced";
  hub_.request_progress(stream);
  EXPECT_EQ(drain(stream), Lines{"-1@2"});
}

TEST_F(WatchHubTest, no_progress_before_a_future_start_is_reached) {
  auto stream = open();
  create(stream, "key: 'a' start_revision: 3");
  hub_.request_progress(stream);
  put("x", "1");
  hub_.request_progress(stream);
  EXPECT_EQ(drain(stream), Lines{"0@1 created"});
  put("x", "2");
  hub_.request_progress(stream);
  EXPECT_EQ(drain(stream), Lines{"-1@3"});
}

TEST_F(WatchHubTest, periodic_progress_goes_to_quiet_watchers_that_asked) {
  auto stream = open();
  create(stream, "key: 'a' progress_notify: true");
  create(stream, "key: 'b' progress_notify: true");
  create(stream, "key: 'c'");
  drain(stream);
  EXPECT_GE(*hub_.next_tick(), now_ + 10min);
  EXPECT_LE(*hub_.next_tick(), now_ + 11min);
  hub_.tick(now_ + 9min);
  EXPECT_TRUE(drain(stream).empty());
  put("a", "1");
  drain(stream);
  hub_.tick(now_ + 11min);
  EXPECT_EQ(drain(stream), Lines{"1@2"}) << "the other one had an event";
  hub_.tick(now_ + 22min);
  EXPECT_EQ(drain(stream), (Lines{"0@2", "1@2"}));
  hub_.close_stream(stream);
  EXPECT_EQ(hub_.next_tick(), std::nullopt);
}

TEST_F(WatchHubTest, a_stream_is_notified_once_until_it_was_emptied) {
  auto stream = open();
  create(stream, "key: 'a'");
  put("a", "1");
  EXPECT_EQ(notified_, 1);
  drain(stream);
  put("a", "2");
  EXPECT_EQ(notified_, 2);
}

TEST_F(WatchHubTest, closing_a_stream_takes_its_watchers_along) {
  put("a", "1");
  auto stream = open();
  auto other = open();
  create(stream, "key: 'a'");
  create(stream, "key: 'a' start_revision: 1");
  create(other, "key: 'a'");
  hub_.close_stream(stream);
  EXPECT_EQ(hub_.watchers(), 1u);
  EXPECT_FALSE(hub_.catch_up_pending());
  put("a", "2");
  EXPECT_EQ(drain(other), (Lines{"0@2 created", "0@3 PUT a=2"}));
}

class SlowWatchHubTest : public WatchHubTest {
 protected:
  SlowWatchHubTest() : WatchHubTest({.max_queued_bytes = 1000, .max_response_bytes = 400, .max_events_per_step = 3}) {}
};

TEST_F(SlowWatchHubTest, a_stream_that_is_not_read_costs_a_bounded_queue_and_loses_nothing) {
  auto slow = open();
  auto quick = open();
  create(slow, "key: 'a'");
  create(quick, "key: 'a'");
  drain(slow);
  drain(quick);
  std::size_t quick_events = 0;
  for (int i = 0; i < 500; ++i) {
    put("a", std::to_string(i));
    settle();
    while (auto output = hub_.take(quick)) quick_events += output->events ? output->events->size() : 0;
  }
  EXPECT_EQ(quick_events, 500u) << "a slow stream holds up nobody else";
  std::size_t queued = 0;
  int next = 0;
  while (auto output = hub_.take(slow)) {
    ++queued;
    if (queued == 1) {
      EXPECT_EQ(hub_.unsynced_watchers(), 1u);
    }
    ASSERT_TRUE(output->events);
    for (const Event& event : *output->events) EXPECT_EQ(event.kv->value, std::to_string(next++));
    settle();
  }
  EXPECT_EQ(next, 500);
  EXPECT_EQ(hub_.unsynced_watchers(), 0u);
}

TEST_F(SlowWatchHubTest, a_revision_larger_than_the_queue_still_gets_through) {
  auto stream = open();
  create(stream, "key: 'a'");
  put("a", std::string(5000, 'x'));
  put("a", std::string(5000, 'y'));
  auto lines = drain(stream);
  ASSERT_EQ(lines.size(), 3u);
  EXPECT_TRUE(lines[2].starts_with("0@3 PUT a=yyy"));
}

TEST_F(SlowWatchHubTest, a_slow_watcher_that_compaction_overtakes_is_canceled) {
  auto stream = open();
  create(stream, "key: 'a'");
  for (int i = 0; i < 100; ++i) put("a", std::to_string(i));
  ASSERT_TRUE(store_.compact(store_.revision()));
  while (store_.compact_step(1000)) {
  }
  auto lines = drain(stream);
  EXPECT_EQ(lines.back(), "0@101 canceled compacted=101");
  EXPECT_EQ(lines[1], "0@2 PUT a=0");
}

TEST(WatchOutput, is_split_between_events_only_where_that_is_allowed) {
  auto events = std::make_shared<std::vector<Event>>();
  for (int i = 0; i < 5; ++i) {
    auto kv = std::make_shared<KeyValue>(
        KeyValue{.key = "k", .value = std::string(1000, 'x'), .mod_revision = 2, .version = 1});
    events->push_back({kv, nullptr});
  }
  WatchOutput output{.watch_id = 3, .header_revision = 2, .events = events};
  EXPECT_EQ(to_responses(output, 2500).size(), 1u);
  output.may_fragment = true;
  auto responses = to_responses(output, 2500);
  ASSERT_EQ(responses.size(), 3u);
  EXPECT_TRUE(responses[0].fragment());
  EXPECT_TRUE(responses[1].fragment());
  EXPECT_FALSE(responses[2].fragment());
  EXPECT_EQ(responses[0].events_size(), 2);
  EXPECT_EQ(responses[2].events_size(), 1);
  for (const auto& response : responses) EXPECT_EQ(response.watch_id(), 3);
}

TEST(WatchOutput, a_deletion_carries_only_its_key_and_revision) {
  auto events = std::make_shared<std::vector<Event>>();
  events->push_back({std::make_shared<KeyValue>(KeyValue{.key = "k", .mod_revision = 5}),
                     std::make_shared<KeyValue>(
                         KeyValue{.key = "k", .value = "v", .create_revision = 2, .mod_revision = 3, .version = 2})});
  WatchOutput output{.watch_id = 0, .header_revision = 5, .events = events, .with_previous = true};
  EXPECT_EQ(to_text(to_responses(output, kMaxWatchResponseBytes).front()),
            "header { revision: 5 } events { type: DELETE kv { key: \"k\" mod_revision: 5 } "
            "prev_kv { key: \"k\" create_revision: 2 mod_revision: 3 version: 2 value: \"v\" } }");
}

}  // namespace
}  // namespace skerry::platform::etcd
