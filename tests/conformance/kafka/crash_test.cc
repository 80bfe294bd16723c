// SPDX-License-Identifier: Apache-2.0
//
// The broker is killed under load, again and again on the same data: every record that it acknowledged is there
// afterwards at the offset that it told, and an idempotent producer that sends again what was never answered has
// written it once.
#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "tests/conformance/server_process.h"

#include "platform/kafka/server_fixture.h"

namespace skerry::conformance {
namespace {

using namespace platform::kafka;
using namespace platform::kafka::protocol;

constexpr int kKills = 8;
constexpr int kWriters = 12;
constexpr int kPartitions = 3;
constexpr int kMinAcknowledged = 20;
constexpr int kMaxAcknowledged = 400;
constexpr std::chrono::seconds kLimit{60};
const std::string kTopic = "t";

struct Batch {
  std::int32_t sequence = 0;
  std::vector<std::string> values;
};

/// An idempotent producer; it outlives the broker's processes.
struct Writer {
  std::int32_t partition = 0;
  std::int64_t producer_id = kNoProducerId;
  Batch next;
  /// Sent and not answered.
  bool in_doubt = false;
};

/// What the clients know.
struct Knowledge {
  std::vector<Writer> writers;
  /// Acknowledged values by their place.
  std::map<std::pair<std::int32_t, std::int64_t>, std::string> acknowledged;
  int batches = 0;
};

Task<std::unique_ptr<TestClient>> connect(std::string endpoint) {
  const net::HostPort target = co_await net::HostPort::parse(endpoint);
  co_return co_await TestClient::connect(co_await net::Address::from_ip(target.host, target.port));
}

std::string bytes_of(const Writer& writer) {
  std::vector<NewRecord> records;
  for (const std::string& value : writer.next.values) records.push_back({.key = "k", .value = value});
  return write_batch(records,
                     {.producer_id = writer.producer_id, .producer_epoch = 0, .base_sequence = writer.next.sequence});
}

void make_next(Writer& writer, Knowledge& knowledge) {
  writer.next.sequence += static_cast<std::int32_t>(writer.next.values.size());
  const int number = ++knowledge.batches;
  writer.next.values.clear();
  for (int i = 0; i <= number % 4; ++i) writer.next.values.push_back(fmt::format("batch {} record {}", number, i));
}

/// One process's life: writers write until their broker is gone.
class Load {
 public:
  Load(ServerProcess& server, Knowledge& knowledge, int kill_after)
      : server_(server), knowledge_(knowledge), kill_after_(kill_after) {}

  Task<> run() {
    co_await with_scope([this](Scope& scope) -> Task<> {
      for (Writer& writer : knowledge_.writers) scope.go([this, &writer] { return write(&writer); });
      co_return;
    });
  }

 private:
  Task<> write(Writer* writer) {
    auto client = co_await connect(server_.endpoint());
    while (true) {
      writer->in_doubt = true;
      const auto answered = co_await produce(*client, kTopic, bytes_of(*writer), writer->partition).result();
      if (!answered) co_return;
      EXPECT_EQ(answered->error_code, ErrorCode::kNone) << answered->error_message.value_or("");
      if (answered->error_code != ErrorCode::kNone) co_return;
      std::int64_t offset = answered->base_offset;
      for (const std::string& value : writer->next.values)
        knowledge_.acknowledged[{writer->partition, offset++}] = value;
      make_next(*writer, knowledge_);
      writer->in_doubt = false;
      if (++acknowledged_ == kill_after_) server_.kill();
    }
  }

  ServerProcess& server_;
  Knowledge& knowledge_;
  const int kill_after_;
  int acknowledged_ = 0;
};

Task<> prepare(std::string endpoint, Knowledge& knowledge) {
  auto client = co_await connect(endpoint);
  (void)co_await create_topic(*client, kTopic, kPartitions);
  for (int number = 0; number < kWriters; ++number) {
    const auto id = co_await client->call<InitProducerIdResponse>(InitProducerIdRequest(), 4);
    Writer writer{.partition = number % kPartitions, .producer_id = id.producer_id};
    make_next(writer, knowledge);
    knowledge.writers.push_back(std::move(writer));
  }
}

/// All values of a partition, at their offsets.
Task<std::vector<std::string>> read_all(TestClient& client, std::int32_t partition) {
  std::vector<std::string> values;
  for (;;) {
    const auto fetched =
        co_await fetch(client, fetch_request(kTopic, static_cast<std::int64_t>(values.size()), {}, partition));
    const std::vector<std::string> more = values_of(fetched);
    if (more.empty()) co_return values;
    values.insert(values.end(), more.begin(), more.end());
  }
}

/// Compares what the broker has with what the clients know.
Task<> check(std::string endpoint, const Knowledge* knowledge) {
  auto client = co_await connect(endpoint);
  std::set<std::string> expected;
  for (const auto& [place, value] : knowledge->acknowledged) expected.insert(value);
  std::set<std::string> doubtful;
  for (const Writer& writer : knowledge->writers)
    if (writer.in_doubt) doubtful.insert(writer.next.values.begin(), writer.next.values.end());

  std::set<std::string> seen;
  for (std::int32_t partition = 0; partition < kPartitions; ++partition) {
    const std::vector<std::string> values = co_await read_all(*client, partition);
    for (std::size_t offset = 0; offset < values.size(); ++offset) {
      const std::string& value = values[offset];
      EXPECT_TRUE(seen.insert(value).second) << value << " is there twice";
      EXPECT_TRUE(expected.contains(value) || doubtful.contains(value)) << value << " was never written";
      const auto place = knowledge->acknowledged.find({partition, static_cast<std::int64_t>(offset)});
      if (place != knowledge->acknowledged.end()) EXPECT_EQ(value, place->second);
    }
  }
  for (const std::string& value : expected) EXPECT_TRUE(seen.contains(value)) << value << " was lost";
}

TEST(KafkaCrash, every_acknowledged_record_survives_kills_under_load_and_none_is_written_twice) {
  const disk::TemporaryDirectory directory;
  Knowledge knowledge;
  std::mt19937 random(static_cast<unsigned>(testing::UnitTest::GetInstance()->random_seed()));
  std::uniform_int_distribution<int> kill_after(kMinAcknowledged, kMaxAcknowledged);
  for (int kill = 0; kill < kKills; ++kill) {
    ServerProcess server("kafka", directory.path());
    // One worker: what the writers know is theirs together.
    Runtime runtime({.workers = 1});
    const Result<> ended = runtime.run([&]() -> Task<> {
      if (kill == 0) co_await prepare(server.endpoint(), knowledge);
      co_await with_timeout(kLimit, check(server.endpoint(), &knowledge));
      Load load(server, knowledge, kill_after(random));
      co_await with_timeout(kLimit, load.run());
    });
    ASSERT_TRUE(ended) << ended.error().to_string();
    ASSERT_FALSE(HasFailure()) << "after kill " << kill;
  }
  ServerProcess server("kafka", directory.path());
  Runtime runtime({.workers = 1});
  const Result<> ended = runtime.run([&] { return with_timeout(kLimit, check(server.endpoint(), &knowledge)); });
  ASSERT_TRUE(ended) << ended.error().to_string();
  EXPECT_GE(knowledge.acknowledged.size(), std::size_t{kKills * kMinAcknowledged});
  EXPECT_EQ(server.stop(), 0);
}

TEST(KafkaCrash, a_second_broker_does_not_start_on_the_same_data) {
  const disk::TemporaryDirectory directory;
  ServerProcess server("kafka", directory.path());
  EXPECT_THROW(ServerProcess second("kafka", directory.path()), std::runtime_error);
  server.kill();
}

}  // namespace
}  // namespace skerry::conformance
