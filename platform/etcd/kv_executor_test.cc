// SPDX-License-Identifier: Apache-2.0
#include "platform/etcd/kv_executor.h"

#include <gtest/gtest.h>

#include <string>

#include "platform/etcd/proto_text.h"

namespace skerry::platform::etcd {
namespace {

using etcdserverpb::DeleteRangeRequest;
using etcdserverpb::PutRequest;
using etcdserverpb::RangeRequest;
using etcdserverpb::RangeResponse;
using etcdserverpb::TxnRequest;

class KvExecutorTest : public ::testing::Test {
 protected:
  void put(const std::string& key, const std::string& value, LeaseId lease = kNoLease) {
    PutRequest request;
    request.set_key(key);
    request.set_value(value);
    request.set_lease(lease);
    ASSERT_TRUE(executor_.put(request, events_));
  }
  std::string put_text(const std::string& text) {
    auto response = executor_.put(from_text<PutRequest>(text), events_);
    return response ? to_text(*response) : response.error().message();
  }
  std::string delete_text(const std::string& text) {
    auto response = executor_.delete_range(from_text<DeleteRangeRequest>(text), events_);
    return response ? to_text(*response) : response.error().message();
  }
  std::string txn_text(const std::string& text) {
    auto response = executor_.txn(from_text<TxnRequest>(text), events_);
    return response ? to_text(*response) : response.error().message();
  }
  RangeResponse range(const std::string& text) {
    const auto request = from_text<RangeRequest>(text);
    auto found = executor_.find(request);
    EXPECT_TRUE(found) << found.error().to_string();
    return found ? to_response(request, *found) : RangeResponse();
  }
  // "a=1 b=2", the keys in the order of the answer.
  std::string range_text(const std::string& text) {
    std::string out;
    for (const auto& kv : range(text).kvs()) out += (out.empty() ? "" : " ") + kv.key() + "=" + kv.value();
    return out;
  }

  MvccStore store_;
  LeaseTable leases_;
  KvExecutor executor_{store_, leases_};
  std::vector<Event> events_;
};

const char* const kAll = "key: '\\000' range_end: '\\000' ";

TEST_F(KvExecutorTest, put_answers_with_the_new_revision_and_the_version_before_if_asked) {
  EXPECT_EQ(put_text("key: 'a' value: '1' prev_kv: true"), "header { revision: 2 }");
  EXPECT_EQ(put_text("key: 'a' value: '2' prev_kv: true"),
            "header { revision: 3 } prev_kv { key: \"a\" create_revision: 2 mod_revision: 2 version: 1 value: \"1\" }");
  EXPECT_EQ(put_text("key: 'a' value: '3'"), "header { revision: 4 }");
}

TEST_F(KvExecutorTest, put_can_keep_the_value_or_the_lease) {
  ASSERT_TRUE(leases_.grant(7, std::chrono::seconds(10), {}));
  put("a", "1", 7);
  put_text("key: 'a' value: '2' ignore_lease: true");
  EXPECT_EQ(store_.get("a")->lease, 7);
  EXPECT_EQ(store_.get("a")->value, "2");
  put_text("key: 'a' ignore_value: true");
  EXPECT_EQ(store_.get("a")->lease, kNoLease);
  EXPECT_EQ(store_.get("a")->value, "2");
  EXPECT_TRUE(leases_.keys(7).empty());
}

TEST_F(KvExecutorTest, put_refuses_what_cannot_be_kept_and_leases_that_are_not_there) {
  EXPECT_EQ(put_text("key: 'a' ignore_value: true"), "etcdserver: key not found");
  EXPECT_EQ(put_text("key: 'a' ignore_lease: true"), "etcdserver: key not found");
  EXPECT_EQ(put_text("key: 'a' lease: 9"), "etcdserver: requested lease not found");
  EXPECT_EQ(store_.revision(), 1);
}

TEST_F(KvExecutorTest, keys_follow_their_newest_lease) {
  ASSERT_TRUE(leases_.grant(1, std::chrono::seconds(10), {}));
  ASSERT_TRUE(leases_.grant(2, std::chrono::seconds(10), {}));
  put("a", "x", 1);
  put("b", "x", 1);
  put("c", "x", 1);
  put("a", "y", 2);
  put("b", "y");
  delete_text("key: 'c'");
  EXPECT_TRUE(leases_.keys(1).empty());
  EXPECT_EQ(leases_.keys(2), std::vector<std::string>{"a"});
}

TEST_F(KvExecutorTest, delete_range_counts_and_returns_what_it_deleted) {
  put("a", "1");
  put("b", "2");
  EXPECT_EQ(delete_text("key: 'a' range_end: 'c' prev_kv: true"),
            "header { revision: 4 } deleted: 2 "
            "prev_kvs { key: \"a\" create_revision: 2 mod_revision: 2 version: 1 value: \"1\" } "
            "prev_kvs { key: \"b\" create_revision: 3 mod_revision: 3 version: 1 value: \"2\" }");
  EXPECT_EQ(delete_text("key: 'a' range_end: 'c' prev_kv: true"), "header { revision: 4 }");
}

TEST_F(KvExecutorTest, delete_keys_makes_one_revision) {
  put("a", "1");
  put("b", "2");
  events_.clear();
  executor_.delete_keys({"a", "b", "gone"}, events_);
  ASSERT_EQ(events_.size(), 2u);
  EXPECT_EQ(events_[0].kv->mod_revision, 4);
  EXPECT_EQ(events_[1].kv->mod_revision, 4);
  EXPECT_EQ(store_.revision(), 4);
}

TEST_F(KvExecutorTest, range_reports_the_current_revision_also_for_an_old_one) {
  put("a", "1");
  put("a", "2");
  auto response = range("key: 'a' revision: 2");
  EXPECT_EQ(response.header().revision(), 3);
  EXPECT_EQ(response.kvs(0).value(), "1");
}

TEST_F(KvExecutorTest, limit_cuts_and_says_so_while_count_is_of_all) {
  for (const char* key : {"a", "b", "c"}) put(key, "x");
  auto cut = range(std::string(kAll) + "limit: 2");
  EXPECT_EQ(cut.kvs_size(), 2);
  EXPECT_TRUE(cut.more());
  EXPECT_EQ(cut.count(), 3);
  auto whole = range(std::string(kAll) + "limit: 3");
  EXPECT_EQ(whole.kvs_size(), 3);
  EXPECT_FALSE(whole.more());
}

TEST_F(KvExecutorTest, limit_applies_after_sorting) {
  put("a", "3");
  put("b", "2");
  put("c", "1");
  EXPECT_EQ(range_text(std::string(kAll) + "limit: 1 sort_order: DESCEND"), "c=1");
  EXPECT_EQ(range_text(std::string(kAll) + "limit: 1 sort_order: ASCEND sort_target: VALUE"), "c=1");
  EXPECT_EQ(range_text(std::string(kAll) + "limit: 1 sort_order: ASCEND"), "a=3");
}

TEST_F(KvExecutorTest, a_sort_target_without_an_order_sorts_upwards) {
  put("a", "3");
  put("b", "1");
  put("c", "2");
  put("b", "1");
  EXPECT_EQ(range_text(std::string(kAll) + "sort_target: VALUE"), "b=1 c=2 a=3");
  EXPECT_EQ(range_text(std::string(kAll) + "sort_target: VALUE limit: 2"), "b=1 c=2");
  EXPECT_EQ(range_text(std::string(kAll) + "sort_target: MOD"), "a=3 c=2 b=1");
  EXPECT_EQ(range_text(std::string(kAll) + "sort_target: CREATE sort_order: DESCEND"), "c=2 b=1 a=3");
  EXPECT_EQ(range_text(std::string(kAll) + "sort_target: VERSION sort_order: DESCEND limit: 1"), "b=1");
}

TEST_F(KvExecutorTest, filters_prune_entries_and_not_the_count) {
  put("a", "1");  // revision 2
  put("b", "1");  // 3
  put("c", "1");  // 4
  put("a", "2");  // 5
  auto text_and_count = [&](const std::string& filter) {
    return range_text(kAll + filter) + " of " + std::to_string(range(kAll + filter).count());
  };
  EXPECT_EQ(text_and_count("min_mod_revision: 4"), "a=2 c=1 of 3");
  EXPECT_EQ(text_and_count("max_mod_revision: 4"), "b=1 c=1 of 3");
  EXPECT_EQ(text_and_count("min_create_revision: 3"), "b=1 c=1 of 3");
  EXPECT_EQ(text_and_count("max_create_revision: 3"), "a=2 b=1 of 3");
  EXPECT_EQ(text_and_count("min_mod_revision: 3 limit: 1"), "a=2 of 3");
  EXPECT_TRUE(range(std::string(kAll) + "min_mod_revision: 3 limit: 1").more());
  EXPECT_FALSE(range(std::string(kAll) + "min_mod_revision: 5 limit: 1").more());
}

TEST_F(KvExecutorTest, keys_only_and_count_only_leave_out_what_they_say) {
  ASSERT_TRUE(leases_.grant(7, std::chrono::seconds(10), {}));
  put("a", "1", 7);
  auto keys = range(std::string(kAll) + "keys_only: true");
  EXPECT_EQ(keys.kvs(0).value(), "");
  EXPECT_EQ(keys.kvs(0).lease(), 7);
  auto count = range(std::string(kAll) + "count_only: true limit: 1");
  EXPECT_EQ(count.kvs_size(), 0);
  EXPECT_EQ(count.count(), 1);
  EXPECT_FALSE(count.more());
}

TEST_F(KvExecutorTest, an_end_before_the_key_finds_nothing) {
  put("a", "1");
  EXPECT_EQ(range("key: 'b' range_end: 'a'").count(), 0);
}

}  // namespace
}  // namespace skerry::platform::etcd
