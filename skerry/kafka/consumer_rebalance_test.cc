// SPDX-License-Identifier: Apache-2.0
//
// Members come and go.
#include <map>
#include <set>

#include "skerry/async/timeout.h"
#include "skerry/kafka/kafka_test_support.h"

namespace skerry::kafka {
namespace {

using namespace std::chrono_literals;

using Handled = std::map<TopicPartition, std::set<std::int64_t>>;

std::size_t count(const Handled& handled) {
  std::size_t count = 0;
  for (const auto& [partition, offsets] : handled) count += offsets.size();
  return count;
}

// Handles records, commits each tenth, and pauses each partition for a while now and then.
Task<> handle_all(std::shared_ptr<Consumer> consumer, Handled& handled) {
  while (std::optional<Incoming> incoming = co_await consumer->receive()) {
    if (auto* revoked = std::get_if<Revoked>(&*incoming)) consumer->confirm(*revoked);
    auto* record = std::get_if<Record>(&*incoming);
    if (record == nullptr) continue;
    handled[record->where()].insert(record->offset);
    if (record->offset % 10 == 0) co_await consumer->commit({{record->where(), record->offset + 1}}).result();
    if (record->offset % 50 == 0) {
      consumer->pause({record->where()});
      co_await sleep(2ms);
      consumer->resume({record->where()});
    }
    if (record->offset % 20 == 0) co_await sleep(5ms);
  }
}

Task<> confirm_all(std::shared_ptr<Consumer> consumer) {
  while (std::optional<Incoming> incoming = co_await consumer->receive()) {
    if (auto* revoked = std::get_if<Revoked>(&*incoming)) consumer->confirm(*revoked);
  }
}

class Rebalance : public ::testing::Test {
 protected:
  ConsumerOptions options() const { return member_of(cluster_, group_, topic_); }

  testing::Cluster cluster_;
  const std::string topic_ = cluster_.new_topic("rebalance", 4);
  const std::string group_ = testing::Cluster::unique("group");
};

TEST_F(Rebalance, divides_the_partitions_and_gives_them_back) {
  run([&]() -> Task<> {
    auto first = co_await Consumer::create(options());
    auto second = co_await Consumer::create(options());
    co_await with_scope([&](Scope& scope) -> Task<> {
      scope.go([&]() -> Task<> { return confirm_all(first); });
      scope.go([&]() -> Task<> { return confirm_all(second); });
      co_await until([&] { return first->assignment().size() == 2 && second->assignment().size() == 2; });
      std::set<TopicPartition> both;
      for (const TopicPartition& mine : first->assignment()) both.insert(mine);
      for (const TopicPartition& yours : second->assignment()) both.insert(yours);
      EXPECT_EQ(both.size(), 4u);
      co_await second->close();
      co_await until([&] { return first->assignment().size() == 4; });
      EXPECT_GE(first->stats().assignments, 2u);
      EXPECT_EQ(first->stats().unconfirmed_revocations, 0u);
      co_await first->close();
    });
  });
}

TEST_F(Rebalance, waits_for_handlers_that_commit_during_the_revocation) {
  run([&]() -> Task<> {
    auto producer = co_await make_producer(cluster_);
    co_await send_numbers(producer, {topic_, 0}, 0, 10);
    auto first = co_await Consumer::create(options());
    for (int i = 0; i < 5; ++i) co_await next_record(first);
    auto second = co_await Consumer::create(options());
    const Revoked revoked = co_await next_event<Revoked>(first);
    const Result<> committed = co_await first->commit({{{topic_, 0}, 5}}).result();
    // The mock brokers refuse commits from the moment on when a member joins, Kafka takes them until the new
    // assignment.
    EXPECT_EQ(committed.has_value(), !cluster_.is_mock());
    first->confirm(revoked);
    // Whoever has the partition now goes on after the commit; the other one gives nothing.
    Record record;
    co_await with_scope([&](Scope& scope) -> Task<> {
      scope.go([&]() -> Task<> {
        record = co_await next_record(first);
        scope.cancel();
      });
      scope.go([&]() -> Task<> {
        record = co_await next_record(second);
        scope.cancel();
      });
      co_return;
    }).result();
    EXPECT_EQ(record.offset, committed ? 5 : 0);
  });
}

TEST_F(Rebalance, goes_on_without_an_answer_after_the_limit) {
  run([&]() -> Task<> {
    ConsumerOptions impatient = options();
    impatient.revoke_limit = 50ms;
    auto first = co_await Consumer::create(impatient);
    co_await next_event<Assigned>(first);
    auto second = co_await Consumer::create(options());
    const Revoked revoked = co_await next_event<Revoked>(first);
    co_await with_scope([&](Scope& scope) -> Task<> {
      scope.go([&]() -> Task<> { return confirm_all(second); });
      co_await until([&] { return second->assignment().size() == 2; });
      scope.cancel();
    }).result();
    // More than one where the members needed several rounds to come together.
    EXPECT_GE(first->stats().unconfirmed_revocations, 1u);
    first->confirm(revoked);  // too late, and harmless
    EXPECT_LE(first->stats().unconfirmed_revocations, first->stats().revocations);
  });
}

TEST_F(Rebalance, loses_no_record_that_was_paused_or_read_ahead) {
  run([&]() -> Task<> {
    constexpr int kRecords = 300;
    auto producer = co_await make_producer(cluster_);
    for (int p = 0; p < 4; ++p) co_await send_numbers(producer, {topic_, p}, 0, kRecords);

    Handled handled;
    auto first = co_await Consumer::create(options());
    co_await next_event<Assigned>(first);
    auto second = co_await Consumer::create(options());
    co_await with_scope([&](Scope& scope) -> Task<> {
      scope.go([&]() -> Task<> { return handle_all(first, handled); });
      scope.go([&]() -> Task<> { return handle_all(second, handled); });
      co_await until([&] { return second->stats().assignments > 0; });
      co_await second->close();
      co_await until([&] { return count(handled) == 4u * kRecords; });
      co_await first->close();
    });
  });
}

}  // namespace
}  // namespace skerry::kafka
