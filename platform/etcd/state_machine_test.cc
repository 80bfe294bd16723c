// SPDX-License-Identifier: Apache-2.0
#include "platform/etcd/state_machine.h"

#include <gtest/gtest.h>

#include <string>

#include "platform/etcd/proto_text.h"

namespace skerry::platform::etcd {
namespace {

using namespace std::chrono_literals;

class StateMachineTest : public ::testing::Test {
 protected:
  // The answer to an entry as text, or the error's message.
  std::string apply(const std::string& entry) {
    auto applied = machine_.apply(from_text<storage::Entry>(entry), now_);
    events_ = std::move(applied.events);
    if (!applied.response) return applied.response.error().message();
    return std::visit(
        [](const auto& response) -> std::string {
          if constexpr (std::is_same_v<std::decay_t<decltype(response)>, std::monostate>) {
            return "";
          } else {
            return to_text(response);
          }
        },
        *applied.response);
  }
  std::string range(const std::string& text) {
    const auto request = from_text<etcdserverpb::RangeRequest>(text);
    auto found = machine_.find(request);
    return found ? to_text(to_response(request, *found)) : found.error().message();
  }

  StateMachine machine_;
  StateMachine::Time now_ = StateMachine::Time() + 1000s;
  std::vector<Event> events_;
};

TEST_F(StateMachineTest, every_answer_carries_the_revision_after_the_entry) {
  EXPECT_EQ(apply("put { key: 'a' value: '1' }"), "header { revision: 2 }");
  EXPECT_EQ(apply("delete_range { key: 'a' }"), "header { revision: 3 } deleted: 1");
  EXPECT_EQ(apply("txn { success { request_put { key: 'b' } } }"),
            "header { revision: 4 } succeeded: true responses { response_put { header { revision: 4 } } }");
  EXPECT_EQ(apply("compaction { revision: 3 }"), "header { revision: 4 }");
  EXPECT_EQ(apply("compaction { revision: 3 }"), "etcdserver: mvcc: required revision has been compacted");
}

TEST_F(StateMachineTest, a_start_gives_the_ids_and_the_term) {
  EXPECT_EQ(apply("start { cluster_id: 5 member_id: 6 term: 2 }"), "");
  EXPECT_EQ(machine_.start().cluster_id(), 5u);
  EXPECT_EQ(machine_.start().term(), 2u);
}

TEST_F(StateMachineTest, a_lease_that_is_revoked_takes_its_keys_along_sorted_in_one_revision) {
  EXPECT_EQ(apply("lease_grant { ID: 7 TTL: 1 }"), "header { revision: 1 } ID: 7 TTL: 2");
  apply("put { key: 'b' lease: 7 }");
  apply("put { key: 'a' lease: 7 }");
  apply("put { key: 'c' lease: 7 }");
  apply("put { key: 'c' }");
  EXPECT_EQ(apply("lease_revoke { ID: 7 }"), "header { revision: 6 }");
  ASSERT_EQ(events_.size(), 2u);
  EXPECT_EQ(events_[0].kv->key, "a");
  EXPECT_EQ(events_[1].kv->key, "b");
  EXPECT_EQ(events_[1].kv->mod_revision, 6);
  EXPECT_EQ(apply("lease_revoke { ID: 7 }"), "etcdserver: requested lease not found");
}

TEST_F(StateMachineTest, a_lease_without_keys_is_revoked_without_a_revision) {
  apply("lease_grant { ID: 7 TTL: 10 }");
  EXPECT_EQ(apply("lease_revoke { ID: 7 }"), "header { revision: 1 }");
}

TEST_F(StateMachineTest, no_space_refuses_what_adds_and_allows_what_frees) {
  apply("put { key: 'a' value: '1' }");
  EXPECT_EQ(apply("alarm { action: ACTIVATE memberID: 9 alarm: NOSPACE }"),
            "header { revision: 2 } alarms { memberID: 9 alarm: NOSPACE }");
  const std::string full = "etcdserver: mvcc: database space exceeded";
  EXPECT_EQ(apply("put { key: 'a' }"), full);
  EXPECT_EQ(apply("lease_grant { ID: 1 TTL: 10 }"), full);
  EXPECT_EQ(apply("txn { success { request_put { key: 'a' } } }"), full);
  EXPECT_EQ(apply("txn { failure { request_put { key: 'a' } } }"), full);
  EXPECT_EQ(apply("txn { success { request_delete_range { key: 'x' } } }").substr(0, 6), "header");
  EXPECT_EQ(range("key: 'a'").substr(0, 6), "header");
  EXPECT_EQ(apply("delete_range { key: 'a' }"), "header { revision: 3 } deleted: 1");
  EXPECT_EQ(apply("compaction { revision: 3 }"), "header { revision: 3 }");
  EXPECT_EQ(apply("alarm { action: DEACTIVATE memberID: 9 alarm: NOSPACE }"),
            "header { revision: 3 } alarms { memberID: 9 alarm: NOSPACE }");
  EXPECT_EQ(apply("put { key: 'a' }"), "header { revision: 4 }");
}

TEST_F(StateMachineTest, corrupt_refuses_everything_until_it_is_disarmed) {
  apply("alarm { action: ACTIVATE memberID: 9 alarm: CORRUPT }");
  EXPECT_EQ(apply("put { key: 'a' }"), "etcdserver: corrupt cluster");
  EXPECT_EQ(apply("compaction { revision: 1 }"), "etcdserver: corrupt cluster");
  EXPECT_EQ(range("key: 'a'"), "etcdserver: corrupt cluster");
  EXPECT_FALSE(machine_.read(from_text<etcdserverpb::TxnRequest>("success { request_range { key: 'a' } }")));
  apply("alarm { action: DEACTIVATE memberID: 9 alarm: CORRUPT }");
  EXPECT_EQ(apply("put { key: 'a' }"), "header { revision: 2 }");
}

TEST_F(StateMachineTest, alarms_are_listed_and_count_once) {
  apply("alarm { action: ACTIVATE memberID: 9 alarm: NOSPACE }");
  EXPECT_EQ(apply("alarm { action: ACTIVATE memberID: 9 alarm: NOSPACE }"), "header { revision: 1 }");
  EXPECT_EQ(apply("alarm { action: ACTIVATE memberID: 9 }"), "header { revision: 1 }");
  EXPECT_EQ(apply("alarm { action: GET }"), "header { revision: 1 } alarms { memberID: 9 alarm: NOSPACE }");
}

TEST_F(StateMachineTest, an_entry_without_a_command_changes_nothing) {
  EXPECT_FALSE(apply("").empty());
  EXPECT_EQ(machine_.store().revision(), 1);
}

}  // namespace
}  // namespace skerry::platform::etcd
