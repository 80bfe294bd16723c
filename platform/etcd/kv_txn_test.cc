// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <string>

#include "platform/etcd/kv_executor.h"
#include "platform/etcd/proto_text.h"
#include "platform/etcd/request_check.h"

namespace skerry::platform::etcd {
namespace {

using etcdserverpb::TxnRequest;
using etcdserverpb::TxnResponse;

class KvTxn : public ::testing::Test {
 protected:
  Result<TxnResponse> run(const std::string& text) {
    auto request = from_text<TxnRequest>(text);
    if (auto valid = check(request); !valid) return fail(std::move(valid));
    return executor_.txn(request, events_);
  }
  void put(const std::string& key, const std::string& value, LeaseId lease = kNoLease) {
    etcdserverpb::PutRequest request;
    request.set_key(key);
    request.set_value(value);
    request.set_lease(lease);
    ASSERT_TRUE(executor_.put(request, events_));
  }
  // Whether the comparisons hold.
  bool holds(const std::string& compares) {
    auto response = run(compares);
    EXPECT_TRUE(response) << response.error().to_string();
    return response && response->succeeded();
  }

  MvccStore store_;
  LeaseTable leases_;
  KvExecutor executor_{store_, leases_};
  std::vector<Event> events_;
};

TEST_F(KvTxn, all_operations_share_one_revision_in_their_order) {
  auto response = run("success { request_put { key: 'b' } } success { request_put { key: 'a' } }");
  ASSERT_TRUE(response);
  EXPECT_EQ(to_text(*response),
            "header { revision: 2 } succeeded: true "
            "responses { response_put { header { revision: 2 } } } "
            "responses { response_put { header { revision: 2 } } }");
  ASSERT_EQ(events_.size(), 2u);
  EXPECT_EQ(events_[0].kv->key, "b");
  EXPECT_EQ(events_[1].kv->key, "a");
}

TEST_F(KvTxn, a_transaction_that_changes_nothing_keeps_the_revision) {
  put("a", "1");
  auto response = run("success { request_range { key: 'a' } } success { request_delete_range { key: 'x' } }");
  ASSERT_TRUE(response);
  EXPECT_EQ(response->header().revision(), 2);
  EXPECT_EQ(store_.revision(), 2);
}

TEST_F(KvTxn, the_failure_branch_runs_when_a_comparison_fails) {
  auto response =
      run("compare { key: 'a' target: VERSION result: GREATER version: 0 } "
          "success { request_put { key: 'yes' } } failure { request_put { key: 'no' } }");
  ASSERT_TRUE(response);
  EXPECT_FALSE(response->succeeded());
  EXPECT_EQ(store_.get("yes"), nullptr);
  EXPECT_NE(store_.get("no"), nullptr);
}

TEST_F(KvTxn, comparisons_look_at_every_target) {
  ASSERT_TRUE(leases_.grant(7, std::chrono::seconds(10), {}));
  put("a", "1");
  put("a", "m", 7);  // version 2, created at 2, modified at 3
  EXPECT_TRUE(holds("compare { key: 'a' target: VERSION result: EQUAL version: 2 }"));
  EXPECT_TRUE(holds("compare { key: 'a' target: CREATE result: LESS create_revision: 3 }"));
  EXPECT_TRUE(holds("compare { key: 'a' target: MOD result: GREATER mod_revision: 2 }"));
  EXPECT_TRUE(holds("compare { key: 'a' target: VALUE result: NOT_EQUAL value: 'n' }"));
  EXPECT_TRUE(holds("compare { key: 'a' target: VALUE result: LESS value: 'n' }"));
  EXPECT_TRUE(holds("compare { key: 'a' target: LEASE result: EQUAL lease: 7 }"));
  EXPECT_FALSE(holds("compare { key: 'a' target: MOD result: EQUAL mod_revision: 2 }"));
}

TEST_F(KvTxn, an_absent_key_compares_as_zero_and_its_value_never_does) {
  EXPECT_TRUE(holds("compare { key: 'x' target: VERSION result: EQUAL version: 0 }"));
  EXPECT_TRUE(holds("compare { key: 'x' target: CREATE result: EQUAL create_revision: 0 }"));
  EXPECT_TRUE(holds("compare { key: 'x' target: MOD result: LESS mod_revision: 1 }"));
  EXPECT_TRUE(holds("compare { key: 'x' target: LEASE result: EQUAL lease: 0 }"));
  EXPECT_FALSE(holds("compare { key: 'x' target: VALUE result: EQUAL value: '' }"));
  EXPECT_FALSE(holds("compare { key: 'x' target: VALUE result: NOT_EQUAL value: 'z' }"));
}

TEST_F(KvTxn, a_comparison_without_an_operand_compares_with_zero) {
  EXPECT_TRUE(holds("compare { key: 'x' target: MOD result: EQUAL }"));
  put("x", "");
  EXPECT_TRUE(holds("compare { key: 'x' target: VALUE result: EQUAL }"));
}

TEST_F(KvTxn, a_comparison_with_a_range_is_about_every_key_in_it) {
  put("a", "1");
  put("b", "1");
  EXPECT_TRUE(holds("compare { key: 'a' range_end: 'c' target: VALUE result: EQUAL value: '1' }"));
  put("b", "2");
  EXPECT_FALSE(holds("compare { key: 'a' range_end: 'c' target: VALUE result: EQUAL value: '1' }"));
  EXPECT_TRUE(holds("compare { key: 'x' range_end: 'z' target: VERSION result: EQUAL version: 0 }"))
      << "an empty range is like an absent key";
}

TEST_F(KvTxn, reads_see_the_writes_before_them_and_their_revision) {
  put("a", "1");
  auto response =
      run("success { request_range { key: 'a' } } success { request_put { key: 'a' value: '2' } } "
          "success { request_range { key: 'a' } } success { request_range { key: 'a' revision: 2 } }");
  ASSERT_TRUE(response);
  EXPECT_EQ(response->responses(0).response_range().kvs(0).value(), "1");
  EXPECT_EQ(response->responses(0).response_range().header().revision(), 2);
  EXPECT_EQ(response->responses(2).response_range().kvs(0).value(), "2");
  EXPECT_EQ(response->responses(2).response_range().header().revision(), 3);
  EXPECT_EQ(response->responses(3).response_range().kvs(0).value(), "1");
}

TEST_F(KvTxn, nested_comparisons_are_decided_before_any_operation) {
  auto response =
      run("success { request_put { key: 'a' value: '1' } } "
          "success { request_txn { compare { key: 'a' target: VERSION result: EQUAL version: 0 } "
          "  success { request_put { key: 'then' } } failure { request_put { key: 'else' } } } }");
  ASSERT_TRUE(response);
  EXPECT_TRUE(response->responses(1).response_txn().succeeded());
  EXPECT_NE(store_.get("then"), nullptr);
  EXPECT_EQ(store_.get("else"), nullptr);
  EXPECT_EQ(store_.revision(), 2);
}

TEST_F(KvTxn, nested_branches_are_taken_each_by_its_own_comparison) {
  const std::string no = "compare { key: 'a' target: VERSION result: GREATER version: 0 } ";
  auto inner = [](const std::string& compare, const std::string& name) {
    return "request_txn { " + compare + " success { request_put { key: '" + name +
           "-then' } } failure { request_put { key: '" + name + "-else' } } } ";
  };
  // Success and failure alternate, and the branch not taken holds transactions that must not be counted.
  auto response = run(no + "success { " + inner("", "skipped") + " } failure { " + inner(no, "one") + " } failure { " +
                      inner("", "two") + " } failure { " + inner(no, "three") + " }");
  ASSERT_TRUE(response);
  std::string keys;
  for (const Event& event : events_) keys += event.kv->key + " ";
  EXPECT_EQ(keys, "one-else two-then three-else ");
}

TEST_F(KvTxn, nothing_happens_when_any_operation_that_would_run_is_not_valid) {
  put("a", "1");
  const std::string put_b = "success { request_put { key: 'b' } } ";
  auto message = [&](const std::string& operation) {
    auto response = run(put_b + "success { " + operation + " }");
    EXPECT_FALSE(response) << operation;
    EXPECT_EQ(store_.get("b"), nullptr);
    EXPECT_EQ(store_.revision(), 2);
    return response ? "" : response.error().message();
  };
  EXPECT_EQ(message("request_put { key: 'c' lease: 5 }"), "etcdserver: requested lease not found");
  EXPECT_EQ(message("request_put { key: 'c' ignore_value: true }"), "etcdserver: key not found");
  EXPECT_EQ(message("request_range { key: 'a' revision: 9 }"),
            "etcdserver: mvcc: required revision is a future revision");
  EXPECT_EQ(message("request_txn { success { request_put { key: 'c' lease: 5 } } }"),
            "etcdserver: requested lease not found");
  ASSERT_TRUE(store_.compact(2));
  EXPECT_EQ(message("request_range { key: 'a' revision: 1 }"),
            "etcdserver: mvcc: required revision has been compacted");
}

TEST_F(KvTxn, an_invalid_operation_in_a_branch_not_taken_does_no_harm) {
  auto response = run("success { request_put { key: 'a' } } failure { request_put { key: 'b' lease: 5 } }");
  EXPECT_TRUE(response);
}

TEST_F(KvTxn, deleting_a_key_twice_deletes_it_once) {
  put("a", "1");
  auto response = run("success { request_delete_range { key: 'a' } } success { request_delete_range { key: 'a' } }");
  ASSERT_TRUE(response);
  EXPECT_EQ(response->responses(0).response_delete_range().deleted(), 1);
  EXPECT_EQ(response->responses(1).response_delete_range().deleted(), 0);
}

}  // namespace
}  // namespace skerry::platform::etcd
