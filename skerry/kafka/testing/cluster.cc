// SPDX-License-Identifier: Apache-2.0
#include "skerry/kafka/testing/cluster.h"

#include <librdkafka/rdkafka.h>
// After the one above, on which it depends.
#include <librdkafka/rdkafka_mock.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <span>

#include "skerry/base/check.h"
#include "skerry/base/ids.h"
#include "skerry/kafka/library.h"

namespace skerry::kafka::testing {
namespace {

constexpr int kBrokers = 1;
constexpr int kAllBrokers = -1;
constexpr int kMakeTopicLimitMs = 30'000;

std::string brokers_from_environment() {
  // Nothing here changes the environment.
  const char* brokers = std::getenv(  // NOLINT(concurrency-mt-unsafe)
      "SKERRY_KAFKA_BROKERS");
  return brokers == nullptr ? "" : brokers;
}

rd_kafka_t* new_client(const std::string& brokers) {
  std::array<char, 512> reason{};
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  if (!brokers.empty()) rd_kafka_conf_set(conf, "bootstrap.servers", brokers.c_str(), reason.data(), reason.size());
  rd_kafka_t* client = rd_kafka_new(RD_KAFKA_PRODUCER, conf, reason.data(), reason.size());
  SKERRY_CHECK(client != nullptr, "no client for the tests' Kafka brokers");
  return client;
}

// Whether all partitions of the topic can be used. Kafka answers for a topic before its brokers have heard of it.
bool is_usable(rd_kafka_t* client, const std::string& name, int partitions) {
  const rd_kafka_metadata_t* found = nullptr;
  if (rd_kafka_metadata(client, 1, nullptr, &found, kMakeTopicLimitMs) != RD_KAFKA_RESP_ERR_NO_ERROR) return false;
  int usable = 0;
  for (const rd_kafka_metadata_topic_t& topic : std::span(found->topics, static_cast<std::size_t>(found->topic_cnt))) {
    if (topic.topic != name) continue;
    const std::span all(topic.partitions, static_cast<std::size_t>(topic.partition_cnt));
    usable = static_cast<int>(std::ranges::count_if(all, [](const auto& partition) {
      return partition.err == RD_KAFKA_RESP_ERR_NO_ERROR && partition.leader >= 0;
    }));
  }
  rd_kafka_metadata_destroy(found);
  return usable == partitions;
}

void make_topic(const std::string& brokers, const std::string& name, int partitions) {
  std::array<char, 512> reason{};
  rd_kafka_t* client = new_client(brokers);
  {
    const internal::QueuePtr answers(rd_kafka_queue_new(client));
    rd_kafka_AdminOptions_t* options = rd_kafka_AdminOptions_new(client, RD_KAFKA_ADMIN_OP_CREATETOPICS);
    rd_kafka_AdminOptions_set_operation_timeout(options, kMakeTopicLimitMs, reason.data(), reason.size());
    rd_kafka_NewTopic_t* topic = rd_kafka_NewTopic_new(name.c_str(), partitions, 1, reason.data(), reason.size());
    rd_kafka_CreateTopics(client, &topic, 1, options, answers.get());
    const internal::EventPtr answer(rd_kafka_queue_poll(answers.get(), kMakeTopicLimitMs));
    rd_kafka_NewTopic_destroy(topic);
    rd_kafka_AdminOptions_destroy(options);
    SKERRY_CHECK(answer && rd_kafka_event_error(answer.get()) == RD_KAFKA_RESP_ERR_NO_ERROR,
                 "the brokers of SKERRY_KAFKA_BROKERS did not make a topic");
    std::size_t count = 0;
    const auto** topics = rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(answer.get()), &count);
    SKERRY_CHECK(count == 1 && rd_kafka_topic_result_error(topics[0]) == RD_KAFKA_RESP_ERR_NO_ERROR,
                 "the brokers of SKERRY_KAFKA_BROKERS refused a topic");
  }
  const auto limit = std::chrono::steady_clock::now() + std::chrono::milliseconds(kMakeTopicLimitMs);
  while (!is_usable(client, name, partitions))
    SKERRY_CHECK(std::chrono::steady_clock::now() < limit,
                 "the brokers of SKERRY_KAFKA_BROKERS do not serve a new topic");
  rd_kafka_destroy(client);
}

}  // namespace

class Cluster::Mock {
 public:
  Mock() : client_(new_client("")), brokers_(rd_kafka_mock_cluster_new(client_, kBrokers)) {}
  ~Mock() {
    rd_kafka_mock_cluster_destroy(brokers_);
    rd_kafka_destroy(client_);
  }
  Mock(const Mock&) = delete;
  Mock& operator=(const Mock&) = delete;
  rd_kafka_mock_cluster_t* get() const { return brokers_; }

 private:
  rd_kafka_t* client_;
  rd_kafka_mock_cluster_t* brokers_;
};

Cluster::Cluster(Kind kind) : brokers_(kind == Kind::kMock ? "" : brokers_from_environment()) {
  if (!brokers_.empty()) return;
  mock_ = std::make_unique<Mock>();
  brokers_ = rd_kafka_mock_cluster_bootstraps(mock_->get());
}

Cluster::~Cluster() = default;

bool Cluster::is_mock() const { return mock_ != nullptr; }

std::string Cluster::unique(std::string_view name) { return fmt::format("{}-{}", name, random_id().substr(0, 12)); }

std::string Cluster::new_topic(std::string_view name, int partitions) {
  std::string topic = unique(name);
  if (mock_) {
    rd_kafka_mock_topic_create(mock_->get(), topic.c_str(), partitions, 1);
  } else {
    make_topic(brokers_, topic, partitions);
  }
  return topic;
}

void Cluster::fail_next(Api api, const std::vector<Fault>& faults) {
  std::vector<rd_kafka_resp_err_t> errors;
  for (const Fault fault : faults) errors.push_back(static_cast<rd_kafka_resp_err_t>(fault));
  rd_kafka_mock_push_request_errors_array(mock_->get(), static_cast<std::int16_t>(api), errors.size(), errors.data());
}

void Cluster::refuse_topic(const std::string& topic, Fault fault) {
  rd_kafka_mock_topic_create(mock_->get(), topic.c_str(), 1, 1);
  rd_kafka_mock_topic_set_error(mock_->get(), topic.c_str(), static_cast<rd_kafka_resp_err_t>(fault));
}

void Cluster::take_down() { rd_kafka_mock_broker_set_down(mock_->get(), kAllBrokers); }
void Cluster::bring_up() { rd_kafka_mock_broker_set_up(mock_->get(), kAllBrokers); }
void Cluster::set_delay(std::chrono::milliseconds delay) {
  rd_kafka_mock_broker_set_rtt(mock_->get(), kAllBrokers, static_cast<int>(delay.count()));
}

}  // namespace skerry::kafka::testing
