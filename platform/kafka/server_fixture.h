// SPDX-License-Identifier: Apache-2.0
//
// For tests: a server on a free port of the loopback, with a real directory, in a runtime of two workers, and the calls
// that most tests need.
//
//   TemporaryDirectory directory;
//   run_server(options_in(directory.path()), [](Server& server) -> Task<> {
//     auto client = co_await TestClient::connect(server.address());
//     co_await produce(*client, "orders", {{.value = "first"}});
//   });
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "platform/kafka/protocol/messages.h"
#include "platform/kafka/protocol/records.h"
#include "platform/kafka/server.h"
#include "platform/kafka/test_client.h"
#include "skerry/async/runtime.h"
#include "skerry/async/scope.h"
#include "skerry/disk/temporary_directory.h"

namespace skerry::platform::kafka {

inline ServerOptions options_in(const std::string& directory) {
  ServerOptions options{.data_directory = directory, .listen = *net::Address::from_ip("127.0.0.1", 0)};
  options.groups.initial_rebalance_delay = std::chrono::milliseconds(0);
  return options;
}

/// Opens a server, runs it beside body(server), and stops it. Fails the test with the body's failure, or the server's.
template <class Body>
void run_server(ServerOptions options, Body body) {
  Runtime runtime({.workers = 2});
  const Result<> ended = runtime.run([&]() -> Task<> {
    auto server = co_await Server::open(std::move(options));
    Result<> outcome;
    co_await with_scope([&](Scope& scope) -> Task<> {
      scope.go([&] { return server->run(); });
      outcome = co_await with_timeout(std::chrono::seconds(60), body(*server)).result();
      co_await server->stop(std::chrono::seconds(5));
    });
    co_await std::move(outcome);
  });
  EXPECT_TRUE(ended) << ended.error().to_string();
}

/// The same with a client connected.
template <class Body>
void run_with_client(ServerOptions options, Body body) {
  run_server(std::move(options), [&](Server& server) -> Task<> {
    auto client = co_await TestClient::connect(server.address());
    co_await body(*client);
  });
}
template <class Body>
void run_with_client(Body body) {
  const disk::TemporaryDirectory directory;
  run_with_client(options_in(directory.path()), std::move(body));
}

// ---- requests that are mostly the same

inline protocol::ProduceRequest produce_request(const std::string& topic, std::string batch, std::int32_t partition = 0,
                                                std::int16_t acks = -1) {
  protocol::ProduceRequest request{.acks = acks, .timeout = protocol::Milliseconds(5000)};
  request.topics.push_back(
      {.name = topic, .partitions = {{.index = partition, .records = protocol::Bytes{std::move(batch)}}}});
  return request;
}

inline protocol::FetchRequest fetch_request(const std::string& topic, std::int64_t offset,
                                            std::chrono::milliseconds max_wait = {}, std::int32_t partition = 0) {
  protocol::FetchRequest request{.max_wait = max_wait, .min_bytes = 1, .max_bytes = 1 << 20};
  request.topics.push_back(
      {.name = topic, .partitions = {{.index = partition, .fetch_offset = offset, .partition_max_bytes = 1 << 20}}});
  return request;
}

/// The one partition of a response.
template <class Response>
const auto& only(const Response& response) {
  return response.topics.at(0).partitions.at(0);
}

/// Produces the batch and gives the answer for it.
inline Task<protocol::ProduceResponse::Partition> produce(TestClient& client, std::string topic, std::string batch,
                                                          std::int32_t partition = 0) {
  const auto response =
      co_await client.call<protocol::ProduceResponse>(produce_request(topic, std::move(batch), partition), 9);
  co_return only(response);
}
inline Task<protocol::ProduceResponse::Partition> produce(TestClient& client, std::string topic,
                                                          std::vector<protocol::NewRecord> records) {
  co_return co_await produce(client, std::move(topic), protocol::write_batch(records));
}

inline Task<protocol::FetchResponse::Partition> fetch(TestClient& client, protocol::FetchRequest request) {
  const auto response = co_await client.call<protocol::FetchResponse>(std::move(request), 11);
  co_return only(response);
}

inline Task<protocol::CreateTopicsResponse::Topic> create_topic(
    TestClient& client, std::string name, std::int32_t partitions,
    std::vector<std::pair<std::string, std::string>> configs = {}) {
  protocol::CreateTopicsRequest request{.timeout = protocol::Milliseconds(5000)};
  auto& topic = request.topics.emplace_back();
  topic.name = name;
  topic.partitions = partitions;
  topic.replication_factor = 1;
  for (auto& [key, value] : configs) topic.configs.push_back({.name = key, .value = value});
  const auto response = co_await client.call<protocol::CreateTopicsResponse>(std::move(request), 7);
  co_return response.topics.at(0);
}

/// The values of all records in batches that are not compressed; a null value is "(null)".
inline std::vector<std::string> values_of(const protocol::FetchResponse::Partition& partition) {
  std::vector<std::string> values;
  std::string_view rest = partition.records->value;
  while (!rest.empty()) {
    const Result<protocol::RecordBatch> batch = protocol::RecordBatch::parse(rest);
    if (!batch) break;
    for (const protocol::NewRecord& record : *protocol::read_records(*batch))
      values.push_back(record.value.value_or("(null)"));
    rest.remove_prefix(batch->size());
  }
  return values;
}

}  // namespace skerry::platform::kafka
