// SPDX-License-Identifier: Apache-2.0
#include "platform/collector/trace_store.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <thread>

#include "platform/collector/segment_format.h"
#include "platform/collector/test_spans.h"

namespace skerry::platform::collector {
namespace {

using fixtures::make_request;
using fixtures::SpanSpec;
using fixtures::trace_id;

class TraceStoreTest : public ::testing::Test {
 protected:
  std::unique_ptr<TraceStore> open(TraceStoreOptions options = {}) {
    auto store = TraceStore::open(directory_.path(), options);
    EXPECT_TRUE(store.has_value()) << store.error().to_string();
    return *std::move(store);
  }
  static AppendOutcome append(TraceStore& store, std::string_view service, const std::vector<SpanSpec>& specs) {
    return store.append(make_request(service, specs)).value();
  }
  // Spans of about a kilobyte, one trace each, numbered from `first`.
  static void fill(TraceStore& store, std::string_view service, std::uint64_t first, std::uint64_t count) {
    for (std::uint64_t i = first; i < first + count; ++i) {
      append(store, service, {{.trace = i, .span = i, .start = i, .attributes = {{"pad", std::string(1000, 'p')}}}});
    }
  }
  std::uint64_t disk_bytes() const {
    std::uint64_t bytes = 0;
    for (const auto& entry : std::filesystem::directory_iterator(directory_.path())) bytes += entry.file_size();
    return bytes;
  }

  disk::TemporaryDirectory directory_;
};

TEST_F(TraceStoreTest, gives_back_a_trace_over_several_services_in_the_order_of_time) {
  auto store = open();
  append(*store, "user", {{.trace = 1, .span = 3, .parent = 2, .name = "GetUser", .start = 1002}});
  append(*store, "gateway", {{.trace = 1, .span = 1, .name = "POST", .start = 1000}});
  append(*store, "order",
         {{.trace = 1, .span = 2, .parent = 1, .name = "create", .start = 1001},
          {.trace = 2, .span = 9, .name = "other", .start = 1001}});
  const std::optional<StoredTrace> trace = store->find(trace_id(1));
  ASSERT_TRUE(trace.has_value());
  ASSERT_EQ(trace->spans.size(), 3U);
  EXPECT_EQ(trace->spans[0].span.name(), "POST");
  EXPECT_EQ(trace->spans[1].origin->service, "order");
  EXPECT_EQ(trace->spans[2].span.name(), "GetUser");
  EXPECT_FALSE(store->find(trace_id(3)).has_value());
}

TEST_F(TraceStoreTest, remembers_everything_after_a_restart) {
  {
    auto store = open();
    append(*store, "order", {{.trace = 1, .span = 1, .name = "a"}});
    append(*store, "user", {{.trace = 1, .span = 2, .name = "b"}});
  }
  auto store = open();
  EXPECT_EQ(store->services(), (std::vector<std::string>{"order", "user"}));
  EXPECT_EQ(store->find(trace_id(1))->spans.size(), 2U);
  append(*store, "order", {{.trace = 1, .span = 3, .name = "c"}});
  EXPECT_EQ(store->find(trace_id(1))->spans.size(), 3U);
  EXPECT_EQ(store->statistics().stored_spans, 3U);
}

TEST_F(TraceStoreTest, what_was_appended_survives_kill_9) {
  int ready[2];
  ASSERT_EQ(::pipe(ready), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    auto store = open();
    for (std::uint64_t i = 1;; ++i) {
      append(*store, "order", {{.trace = i, .span = i}});
      if (::write(ready[1], &i, sizeof i) != sizeof i) ::_exit(1);
    }
  }
  ::close(ready[1]);
  std::uint64_t acknowledged = 0;
  while (acknowledged < 500) ASSERT_EQ(::read(ready[0], &acknowledged, sizeof acknowledged), 8);
  ::kill(child, SIGKILL);
  // What was acknowledged before the kill took effect counts too.
  for (std::uint64_t more = 0; ::read(ready[0], &more, sizeof more) == 8;) acknowledged = more;
  ::close(ready[0]);
  ASSERT_EQ(::waitpid(child, nullptr, 0), child);
  auto store = open();
  for (std::uint64_t i = 1; i <= acknowledged; ++i) ASSERT_TRUE(store->find(trace_id(i)).has_value()) << i;
}

TEST_F(TraceStoreTest, a_torn_file_loses_its_last_span_alone) {
  {
    auto store = open();
    append(*store, "order", {{.trace = 1, .span = 1}});
    append(*store, "order", {{.trace = 2, .span = 2}});
  }
  for (const auto& entry : std::filesystem::directory_iterator(directory_.path())) {
    if (entry.file_size() > 0) std::filesystem::resize_file(entry.path(), entry.file_size() - 5);
  }
  auto store = open();
  EXPECT_TRUE(store->find(trace_id(1)).has_value());
  EXPECT_FALSE(store->find(trace_id(2)).has_value());
  EXPECT_GT(store->statistics().torn_bytes, 0U);
}

TEST_F(TraceStoreTest, files_that_hold_nothing_readable_are_removed_and_others_left_alone) {
  std::ofstream(directory_.path() / "0000000000000007.spans") << "SKERR";
  std::ofstream(directory_.path() / "0000000000000008.spans") << "";
  std::ofstream(directory_.path() / "notes.txt") << "not ours";
  auto store = open();
  append(*store, "order", {{.trace = 1, .span = 1}});
  EXPECT_TRUE(store->find(trace_id(1)).has_value());
  EXPECT_FALSE(std::filesystem::exists(directory_.path() / "0000000000000007.spans"));
  EXPECT_TRUE(std::filesystem::exists(directory_.path() / "0000000000000009.spans")) << "numbers are not used again";
  EXPECT_TRUE(std::filesystem::exists(directory_.path() / "notes.txt"));
}

TEST_F(TraceStoreTest, a_second_process_is_kept_out) {
  auto store = open();
  const auto second = TraceStore::open(directory_.path(), {});
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().code(), Code::kFailedPrecondition);
}

constexpr TraceStoreOptions kSmallQuota{.service_quota_bytes = 128 * 1024, .total_quota_bytes = 10 * 1024 * 1024};

TEST_F(TraceStoreTest, a_noisy_service_forgets_its_own_oldest_and_nothing_of_others) {
  auto store = open(kSmallQuota);
  append(*store, "quiet", {{.trace = 100'000, .span = 1}});
  fill(*store, "noisy", 1, 1000);
  EXPECT_TRUE(store->find(trace_id(100'000)).has_value());
  EXPECT_TRUE(store->find(trace_id(1000)).has_value());
  EXPECT_FALSE(store->find(trace_id(1)).has_value());
  // At least three quarters of the quota are used, so not everything is thrown away.
  EXPECT_TRUE(store->find(trace_id(1000 - 90)).has_value());
  EXPECT_LE(store->statistics().stored_bytes, kSmallQuota.service_quota_bytes + 1000);
  EXPECT_LE(disk_bytes(), kSmallQuota.service_quota_bytes + 1000);
  EXPECT_EQ(store->statistics().stored_spans + store->statistics().forgotten_spans, 1001U);
}

TEST_F(TraceStoreTest, one_big_request_keeps_the_quota_too) {
  auto store = open(kSmallQuota);
  std::vector<SpanSpec> specs;
  for (std::uint64_t i = 1; i <= 1000; ++i) {
    specs.push_back({.trace = i, .span = i, .attributes = {{"pad", std::string(1000, 'p')}}});
  }
  EXPECT_EQ(append(*store, "noisy", specs).accepted, 1000U);
  EXPECT_LE(disk_bytes(), kSmallQuota.service_quota_bytes);
  EXPECT_TRUE(store->find(trace_id(1000)).has_value());
}

TEST_F(TraceStoreTest, over_the_total_the_largest_service_forgets_first) {
  auto store = open({.service_quota_bytes = 400 * 1024, .total_quota_bytes = 500 * 1024});
  fill(*store, "small", 1, 50);
  fill(*store, "first", 1000, 300);
  fill(*store, "second", 2000, 300);
  EXPECT_LE(disk_bytes(), 500U * 1024);
  for (std::uint64_t i = 1; i <= 50; ++i) EXPECT_TRUE(store->find(trace_id(i)).has_value()) << i;
  EXPECT_TRUE(store->find(trace_id(1299)).has_value());
  EXPECT_TRUE(store->find(trace_id(2299)).has_value());
  EXPECT_FALSE(store->find(trace_id(1000)).has_value());
}

TEST_F(TraceStoreTest, a_total_smaller_than_one_file_a_service_is_kept_as_well) {
  auto store = open({.service_quota_bytes = 1024 * 1024, .total_quota_bytes = 20 * 1024});
  for (std::uint64_t i = 0; i < 20; ++i) fill(*store, "service" + std::to_string(i), 1 + i * 5, 5);
  EXPECT_LE(disk_bytes(), 20U * 1024);
  EXPECT_TRUE(store->find(trace_id(100)).has_value());
}

TEST_F(TraceStoreTest, a_smaller_quota_takes_effect_at_the_next_start) {
  fill(*open(), "order", 1, 500);
  auto store = open(kSmallQuota);
  EXPECT_LE(disk_bytes(), 4U * 1024 * 1024) << "one file of the former size may remain";
  EXPECT_TRUE(store->find(trace_id(500)).has_value());
}

TEST_F(TraceStoreTest, broken_spans_are_rejected_and_the_rest_is_kept) {
  auto store = open();
  OtlpTraceRequest request = make_request("order", {{.span = 1}, {.span = 2}, {.span = 3}});
  auto* spans = request.mutable_resource_spans(0)->mutable_scope_spans(0)->mutable_spans();
  spans->at(0).set_trace_id("short");
  spans->at(1).mutable_attributes()->Add()->mutable_value()->set_string_value(std::string(kMaxRecordBytes, 'x'));
  const AppendOutcome outcome = store->append(request).value();
  EXPECT_EQ(outcome.accepted, 1U);
  EXPECT_EQ(outcome.rejected, 2U);
  EXPECT_NE(outcome.message.find("trace_id"), std::string::npos);
  EXPECT_EQ(store->find(trace_id(1))->spans.size(), 1U);
  EXPECT_EQ(store->statistics().rejected_spans, 2U);
}

TEST_F(TraceStoreTest, a_resource_without_a_name_is_the_unknown_service) {
  auto store = open();
  OtlpTraceRequest request = make_request("x", {{}});
  request.mutable_resource_spans(0)->clear_resource();
  store->append(request).value();
  EXPECT_EQ(store->services(), std::vector<std::string>{"unknown_service"});
}

TEST_F(TraceStoreTest, names_of_services_are_never_paths) {
  auto store = open();
  for (const char* name : {"../../etc/passwd", "a/b", "..", "\xC3\xA4 b"}) append(*store, name, {{}});
  EXPECT_EQ(store->services().size(), 4U);
  EXPECT_EQ(store->find(trace_id(1))->spans.size(), 4U);
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(directory_.path())) files += entry.exists();
  EXPECT_EQ(files, 5U) << "four files and the lock";
}

TEST_F(TraceStoreTest, spans_of_too_many_services_are_rejected) {
  auto store = open({.max_services = 2});
  append(*store, "a", {{.span = 1}});
  append(*store, "b", {{.span = 2}});
  const AppendOutcome outcome = append(*store, "c", {{.span = 3}, {.span = 4}});
  EXPECT_EQ(outcome.rejected, 2U);
  EXPECT_EQ(append(*store, "a", {{.span = 5}}).accepted, 1U);
  EXPECT_EQ(store->services().size(), 2U);
}

TEST_F(TraceStoreTest, a_service_silent_for_long_makes_room_for_a_new_one) {
  auto store = open({.max_services = 2, .stale_after = std::chrono::seconds(0)});
  append(*store, "old", {{.trace = 1, .span = 1}});
  append(*store, "newer", {{.trace = 2, .span = 2}});
  EXPECT_EQ(append(*store, "newest", {{.trace = 3, .span = 3}}).accepted, 1U);
  EXPECT_EQ(store->services(), (std::vector<std::string>{"newer", "newest"}));
  EXPECT_FALSE(store->find(trace_id(1)).has_value());
}

TEST_F(TraceStoreTest, a_span_sent_twice_is_shown_once) {
  auto store = open();
  append(*store, "order", {{.span = 1, .kind = OtlpSpan::SPAN_KIND_CLIENT}});
  append(*store, "order", {{.span = 1, .kind = OtlpSpan::SPAN_KIND_CLIENT}});
  EXPECT_EQ(store->find(trace_id(1))->spans.size(), 1U);
}

TEST_F(TraceStoreTest, a_trace_without_end_is_cut_and_says_so) {
  auto store = open();
  std::vector<SpanSpec> specs;
  for (std::uint64_t i = 1; i <= kMaxSpansPerTrace + 10; ++i) specs.push_back({.trace = 1, .span = i});
  append(*store, "order", specs);
  const std::optional<StoredTrace> trace = store->find(trace_id(1));
  EXPECT_EQ(trace->spans.size(), kMaxSpansPerTrace);
  EXPECT_TRUE(trace->truncated);
}

TEST_F(TraceStoreTest, threads_write_and_read_at_once) {
  auto store = open(kSmallQuota);
  std::vector<std::thread> threads;
  for (int t = 0; t < 3; ++t) {
    threads.emplace_back([&, t] { fill(*store, "service" + std::to_string(t), 1 + t * 1000U, 300); });
  }
  for (int i = 0; i < 200; ++i) {
    store->find(trace_id(150));
    store->search({.service = "service1", .limit = 5});
    store->service_calls(0, ~0ULL);
  }
  for (std::thread& thread : threads) thread.join();
  for (int t = 0; t < 3; ++t) EXPECT_TRUE(store->find(trace_id(300 + t * 1000U)).has_value());
}

}  // namespace
}  // namespace skerry::platform::collector
