// SPDX-License-Identifier: Apache-2.0
#include "examples/shop/ensure_topics.h"

#include <chrono>
#include <memory>
#include <set>

#include "skerry/async/sleep.h"
#include "skerry/kafka/admin.h"
#include "skerry/telemetry/telemetry.h"

namespace shop {

using skerry::Code;
using skerry::Result;
using skerry::Task;

namespace {

constexpr std::chrono::milliseconds kNextTry{500};
// Of each request, which a stop has to wait for.
constexpr std::chrono::milliseconds kRequestLimit{1'000};

bool is_away(const skerry::Error& error) {
  return error.code() == Code::kUnavailable || error.code() == Code::kDeadlineExceeded;
}

Task<> ensure_missing(std::shared_ptr<skerry::kafka::Admin> admin, std::vector<std::string> topics) {
  std::set<std::string> known;
  for (auto& topic : co_await admin->topics()) known.insert(std::move(topic.name));
  for (const std::string& topic : topics) {
    if (known.contains(topic)) continue;
    const Result<> made = co_await admin->ensure_topic({.name = topic, .partitions = kTopicPartitions}).result();
    if (made) continue;
    if (is_away(made.error())) co_await made.error();
    skerry::log::warning("the topic could not be made", {{"topic", topic}, {"error", made.error().to_string()}});
  }
}

}  // namespace

Task<> ensure_topics(std::string brokers, std::vector<std::string> topics) {
  auto admin = co_await skerry::kafka::Admin::create(
      {.connection = {.brokers = brokers, .client_id = "shop"}, .timeout = kRequestLimit});
  Result<> ensured = co_await ensure_missing(admin, topics).result();
  while (!ensured && is_away(ensured.error())) {
    co_await skerry::sleep(kNextTry);
    ensured = co_await ensure_missing(admin, topics).result();
  }
  co_await std::move(ensured);
}

}  // namespace shop
