// SPDX-License-Identifier: Apache-2.0
#include "skerry/events/publish.h"

#include <algorithm>

#include "skerry/base/ids.h"
#include "skerry/events/flow.h"

namespace skerry::events {
namespace {

constexpr std::size_t kMaxTopicBytes = 249;

// Kafka's rule for topic names.
Result<> check_topic(std::string_view topic) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
           c == '-';
  };
  const bool named = !topic.empty() && topic.size() <= kMaxTopicBytes && topic != "." && topic != "..";
  if (named && std::ranges::all_of(topic, allowed)) return {};
  return fail(Error::invalid_argument("\"{}\" is no topic: Kafka takes 1 to {} of the characters a-z A-Z 0-9 . _ -",
                                      topic, kMaxTopicBytes));
}

Result<> check_size(const OutgoingEvent& outgoing) {
  std::size_t bytes = outgoing.key.size() + outgoing.event.data.size();
  for (const kafka::Header& header : encode_headers(outgoing.event)) bytes += header.name.size() + header.value.size();
  if (bytes <= kMaxEventBytes) return {};
  return fail(Error::resource_exhausted("the {} has {} bytes, more than the {} that Kafka takes: publish a reference",
                                        outgoing.event.type, bytes, kMaxEventBytes));
}

}  // namespace

namespace internal {

Result<OutgoingEvent> outgoing(std::string type, std::string data, std::string source, std::string key,
                               PublishOptions options) {
  OutgoingEvent outgoing{.topic = std::move(options.topic), .key = std::move(key), .event = {}};
  if (outgoing.topic.empty()) outgoing.topic = type;
  if (Result<> topic = check_topic(outgoing.topic); !topic) return fail(std::move(topic));

  Flow flow = current_flow();
  CloudEvent& event = outgoing.event;
  event.id = options.id.empty() ? time_ordered_id() : std::move(options.id);
  event.source = std::move(source);
  event.type = std::move(type);
  event.time = options.time.value_or(std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now()));
  event.subject = options.subject.empty() ? outgoing.key : std::move(options.subject);
  event.sequence = options.sequence;
  event.correlation_id = options.correlation_id.empty() ? std::move(flow.correlation_id) : options.correlation_id;
  if (event.correlation_id.empty()) event.correlation_id = event.id;
  event.causation_id = options.causation_id.empty() ? std::move(flow.causation_id) : options.causation_id;
  event.data = std::move(data);
  if (Result<> checked = check(event); !checked) return fail(std::move(checked));
  if (Result<> size = check_size(outgoing); !size) return fail(std::move(size));
  return outgoing;
}

kafka::Record to_record(OutgoingEvent outgoing) {
  kafka::Record record{.topic = std::move(outgoing.topic)};
  if (!outgoing.key.empty()) record.key = std::move(outgoing.key);
  record.headers = encode_headers(outgoing.event);
  record.value = std::move(outgoing.event.data);
  return record;
}

}  // namespace internal
}  // namespace skerry::events
