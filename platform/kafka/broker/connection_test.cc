// SPDX-License-Identifier: Apache-2.0
#include "platform/kafka/broker/connection.h"

#include <gtest/gtest.h>

#include "platform/kafka/protocol/errors.h"
#include "platform/kafka/server_fixture.h"
#include "skerry/base/encoding.h"

namespace skerry::platform::kafka {
namespace {

using namespace std::chrono_literals;
using namespace protocol;

std::string raw_request(std::int16_t key, std::int16_t version, std::int32_t correlation_id) {
  std::string frame;
  Writer writer(frame);
  writer.integer(std::int32_t{10});
  writer.integer(key);
  writer.integer(version);
  writer.integer(correlation_id);
  writer.integer(std::int16_t{-1});
  return frame;
}

TEST(KafkaConnection, says_which_versions_it_speaks) {
  run_with_client([](TestClient& client) -> Task<> {
    for (std::int16_t version = 0; version <= 3; ++version) {
      ApiVersionsRequest request{.client_software_name = "librdkafka", .client_software_version = "2.0.2"};
      const auto response = co_await client.call<ApiVersionsResponse>(request, version);
      EXPECT_EQ(response.error_code, ErrorCode::kNone);
      EXPECT_EQ(response.ranges.size(), apis().size());
      // librdkafka 2.0.2 compresses only when it sees these versions of Produce.
      EXPECT_EQ(response.ranges.front(), (ApiVersionsResponse::Range{0, 0, 9}));
    }
  });
}

TEST(KafkaConnection, answers_an_unknown_version_of_api_versions_in_the_oldest_one) {
  run_with_client([](TestClient& client) -> Task<> {
    co_await client.send_bytes(raw_request(18, 120, 1));
    const auto response = co_await client.receive<ApiVersionsResponse>(0);
    EXPECT_EQ(response.error_code, ErrorCode::kUnsupportedVersion);
    EXPECT_EQ(response.ranges.size(), apis().size());
  });
}

TEST(KafkaConnection, refuses_a_client_software_name_that_cannot_be_a_label) {
  run_with_client([](TestClient& client) -> Task<> {
    for (const std::string name : {"", "-x", "x y", "x\"", "x."}) {
      ApiVersionsRequest request{.client_software_name = name, .client_software_version = "1"};
      const auto response = co_await client.call<ApiVersionsResponse>(request, 3);
      EXPECT_EQ(response.error_code, ErrorCode::kInvalidRequest) << name;
    }
  });
}

TEST(KafkaConnection, is_closed_on_what_is_no_request) {
  const disk::TemporaryDirectory directory;
  run_server(options_in(directory.path()), [](Server& server) -> Task<> {
    const std::vector<std::string> nonsense = {
        raw_request(1000, 0, 1),                              // no such key
        raw_request(static_cast<int>(ApiKey::kFetch), 3, 1),  // a version that is not served
        raw_request(12, 0, 1),                                // a body that is cut off
        "GET / HTTP/1.1\r\n\r\n",                             // a length of more than is taken
        *hex_decode("ffffffff"),                              // a negative length
        *hex_decode("00000003000000"),                        // no room for a head
    };
    for (const std::string& bytes : nonsense) {
      auto client = co_await TestClient::connect(server.address());
      co_await client->send_bytes(bytes);
      co_await client->receive_end();
    }
    // Others are not concerned.
    auto client = co_await TestClient::connect(server.address());
    (void)co_await client->call<MetadataResponse>(MetadataRequest(), 9);
  });
}

TEST(KafkaConnection, answers_in_order_what_it_does_at_once_behind_a_fetch_that_waits) {
  run_with_client([](TestClient& client) -> Task<> {
    (void)co_await create_topic(client, "t", 1);
    co_await client.send(fetch_request("t", 0, 60s), 11);
    co_await client.send(MetadataRequest(), 9);
    co_await client.send(produce_request("t", write_batch(std::vector<NewRecord>{{.key = "k", .value = "v"}})), 9);
    // The Produce was not held up by the Fetch before it, whose answer comes first.
    const auto fetched = co_await client.receive<FetchResponse>(11);
    EXPECT_EQ(values_of(only(fetched)), std::vector<std::string>{"v"});
    const auto metadata = co_await client.receive<MetadataResponse>(9);
    EXPECT_EQ(metadata.topics.size(), 1U);
    const auto produced = co_await client.receive<ProduceResponse>(9);
    EXPECT_EQ(only(produced).error_code, ErrorCode::kNone);
  });
}

TEST(KafkaConnection, keeps_the_order_of_many_produce_requests_that_are_under_way_together) {
  run_with_client([](TestClient& client) -> Task<> {
    constexpr int kRequests = 600;  // more than may be outstanding
    co_await with_scope([&](Scope& scope) -> Task<> {
      scope.go([&]() -> Task<> {
        for (int i = 0; i < kRequests; ++i) {
          const std::vector<NewRecord> one = {{.key = "k", .value = std::to_string(i)}};
          co_await client.send(produce_request("t", write_batch(one)), 7);
        }
      });
      for (int i = 0; i < kRequests; ++i) {
        const auto response = co_await client.receive<ProduceResponse>(7);
        EXPECT_EQ(only(response).error_code, ErrorCode::kNone);
        EXPECT_EQ(only(response).base_offset, i);
      }
    });
    std::vector<std::string> expected;
    for (int i = 0; i < kRequests; ++i) expected.push_back(std::to_string(i));
    const auto fetched = co_await fetch(client, fetch_request("t", 0));
    EXPECT_EQ(values_of(fetched), expected);
  });
}

TEST(KafkaConnection, a_client_that_goes_away_leaves_nothing_behind) {
  const disk::TemporaryDirectory directory;
  run_server(options_in(directory.path()), [](Server& server) -> Task<> {
    auto client = co_await TestClient::connect(server.address());
    (void)co_await create_topic(*client, "t", 1);
    for (int i = 0; i < 20; ++i) {
      auto gone = co_await TestClient::connect(server.address());
      co_await gone->send(fetch_request("t", 0, 60s), 11);
    }
    const auto produced = co_await produce(*client, "t", {{.key = "k", .value = "v"}});
    EXPECT_EQ(produced.error_code, ErrorCode::kNone);
  });
}

TEST(KafkaConnection, the_server_stops_while_clients_wait_for_records) {
  const disk::TemporaryDirectory directory;
  run_server(options_in(directory.path()), [](Server& server) -> Task<> {
    auto waiting = co_await TestClient::connect(server.address());
    (void)co_await create_topic(*waiting, "t", 1);
    co_await waiting->send(fetch_request("t", 0, 200s), 11);
    auto idle = co_await TestClient::connect(server.address());
    (void)co_await idle->call<MetadataResponse>(MetadataRequest(), 9);
    // run_server stops it now, with a limit of less than the wait.
  });
}

TEST(KafkaConnection, finishes_what_is_under_way_when_the_server_stops) {
  const disk::TemporaryDirectory directory;
  run_server(options_in(directory.path()), [](Server& server) -> Task<> {
    auto client = co_await TestClient::connect(server.address());
    (void)co_await create_topic(*client, "t", 1);
    const std::vector<NewRecord> one = {{.key = "k", .value = "v"}};
    co_await client->send(produce_request("t", write_batch(one)), 9);
    co_await client->send(produce_request("t", write_batch(one)), 9);
    (void)co_await client->receive<ProduceResponse>(9);
    co_await server.stop(5s);
    const auto last = co_await client->receive<ProduceResponse>(9).result();
    // It had been read or not; if it was begun, it is answered.
    if (last) EXPECT_EQ(only(*last).error_code, ErrorCode::kNone);
    co_await client->receive_end();
  });
}

}  // namespace
}  // namespace skerry::platform::kafka
