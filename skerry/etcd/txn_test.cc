// SPDX-License-Identifier: Apache-2.0
#include "skerry/etcd/txn.h"

#include <gtest/gtest.h>

#include "skerry/etcd/wire.h"

namespace skerry {
namespace {

using etcd::Operation;
using etcd::Txn;

TEST(Txn, becomes_the_protocols_request) {
  Txn txn;
  txn.when(etcd::version_of("a") == 0)
      .when(etcd::value_of("b") != "x")
      .when(etcd::mod_revision_of("c") < 7)
      .when(etcd::create_revision_of("d") > 8)
      .when(etcd::lease_of("e") == 9)
      .then(Operation::put("a", "1", {.lease = 5, .previous = true}))
      .then(Operation::remove(etcd::KeyRange::prefix("b/")))
      .otherwise(Operation::range("a"))
      .otherwise(Operation::txn(Txn().then(Operation::remove("z"))));
  EXPECT_EQ(etcd::wire::txn_request(txn).ShortDebugString(),
            R"(compare { key: "a" version: 0 } )"
            R"(compare { result: NOT_EQUAL target: VALUE key: "b" value: "x" } )"
            R"(compare { result: LESS target: MOD key: "c" mod_revision: 7 } )"
            R"(compare { result: GREATER target: CREATE key: "d" create_revision: 8 } )"
            R"(compare { target: LEASE key: "e" lease: 9 } )"
            R"(success { request_put { key: "a" value: "1" lease: 5 prev_kv: true } } )"
            R"(success { request_delete_range { key: "b/" range_end: "b0" } } )"
            R"(failure { request_range { key: "a" } } )"
            R"(failure { request_txn { success { request_delete_range { key: "z" } } } })");
}

TEST(Txn, reads_alone_are_reads) {
  EXPECT_TRUE(Txn().is_read());
  EXPECT_TRUE(Txn().then(Operation::range("a")).otherwise(Operation::range("b")).is_read());
  EXPECT_TRUE(Txn().then(Operation::txn(Txn().then(Operation::range("a")))).is_read());
  EXPECT_FALSE(Txn().then(Operation::range("a")).otherwise(Operation::put("b", "")).is_read());
  EXPECT_FALSE(Txn().then(Operation::txn(Txn().otherwise(Operation::remove("a")))).is_read());
}

TEST(Txn, results_come_in_the_order_of_the_operations) {
  etcdserverpb::TxnResponse response;
  response.set_succeeded(true);
  response.mutable_header()->set_revision(12);
  response.add_responses()->mutable_response_put()->mutable_prev_kv()->set_value("old");
  response.add_responses()->mutable_response_range()->add_kvs()->set_key("k");
  response.add_responses()->mutable_response_delete_range()->set_deleted(3);
  response.add_responses()->mutable_response_txn()->add_responses()->mutable_response_put();
  const etcd::TxnResult result = etcd::wire::txn_result(std::move(response));
  EXPECT_TRUE(result.succeeded);
  EXPECT_EQ(result.header.revision, 12);
  EXPECT_EQ(result.put(0).previous->value, "old");
  EXPECT_EQ(result.range(1).key_values.at(0).key, "k");
  EXPECT_EQ(result.removal(2).deleted, 3);
  EXPECT_FALSE(result.nested(3).succeeded);
  EXPECT_FALSE(result.nested(3).put(0).previous.has_value());
}

TEST(Txn, range_options_become_the_protocols_fields) {
  EXPECT_EQ(etcd::wire::range_request(etcd::KeyRange::from("k"), {.limit = 1,
                                                                  .revision = 2,
                                                                  .sort_order = etcd::SortOrder::kDescend,
                                                                  .sort_target = etcd::SortTarget::kModRevision,
                                                                  .serializable = true,
                                                                  .keys_only = true,
                                                                  .count_only = true,
                                                                  .min_mod_revision = 3,
                                                                  .max_mod_revision = 4,
                                                                  .min_create_revision = 5,
                                                                  .max_create_revision = 6})
                .ShortDebugString(),
            R"(key: "k" range_end: "\000" limit: 1 revision: 2 sort_order: DESCEND sort_target: MOD )"
            "serializable: true keys_only: true count_only: true min_mod_revision: 3 max_mod_revision: 4 "
            "min_create_revision: 5 max_create_revision: 6");
}

}  // namespace
}  // namespace skerry
