// SPDX-License-Identifier: Apache-2.0
#include "skerry/kafka/errors.h"

#include <gtest/gtest.h>
#include <librdkafka/rdkafka.h>

#include <set>
#include <string>

namespace skerry::kafka::internal {
namespace {

TEST(KafkaErrors, every_error_of_a_broker_has_a_meaning) {
  const rd_kafka_err_desc* descriptions = nullptr;
  std::size_t count = 0;
  rd_kafka_get_err_descs(&descriptions, &count);
  int seen = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const int code = descriptions[i].code;
    if (descriptions[i].name == nullptr || code <= 0) continue;
    const Error error = to_error(code, "call");
    EXPECT_NE(error.code(), Code::kInternal) << descriptions[i].name;
    EXPECT_NE(error.code(), Code::kUnknown) << descriptions[i].name;
    EXPECT_EQ(error.detail("kafka_error"), descriptions[i].name);
    ++seen;
  }
  EXPECT_GT(seen, 90);
}

TEST(KafkaErrors, only_states_of_the_library_that_never_come_about_are_internal) {
  const rd_kafka_err_desc* descriptions = nullptr;
  std::size_t count = 0;
  rd_kafka_get_err_descs(&descriptions, &count);
  std::set<std::string> internal;
  for (std::size_t i = 0; i < count; ++i) {
    if (descriptions[i].name == nullptr || descriptions[i].code >= -1) continue;
    if (descriptions[i].code == RD_KAFKA_RESP_ERR__BEGIN || descriptions[i].code == RD_KAFKA_RESP_ERR__END) continue;
    if (to_error(descriptions[i].code, "call").code() == Code::kInternal) internal.insert(descriptions[i].name);
  }
  const std::set<std::string> expected{"_FAIL",
                                       "_FS",
                                       "_ASSIGN_PARTITIONS",
                                       "_REVOKE_PARTITIONS",
                                       "_KEY_SERIALIZATION",
                                       "_VALUE_SERIALIZATION",
                                       "_KEY_DESERIALIZATION",
                                       "_VALUE_DESERIALIZATION",
                                       "_NOOP"};
  EXPECT_EQ(internal, expected);
}

TEST(KafkaErrors, say_what_was_tried_what_happened_and_what_to_do) {
  const Error error = to_error(RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, "record to orders", "no such topic");
  EXPECT_EQ(error.code(), Code::kNotFound);
  EXPECT_EQ(error.message(),
            "record to orders: no such topic; create the topic first, or let the broker create topics");
  EXPECT_EQ(error.detail("retry"), "no");
  EXPECT_EQ(to_error(RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN, "call").detail("retry"), "yes");
}

}  // namespace
}  // namespace skerry::kafka::internal
