// SPDX-License-Identifier: Apache-2.0
#include "skerry/events/dead_letters.h"

#include <algorithm>
#include <set>
#include <utility>

#include "skerry/kafka/admin.h"
#include "skerry/kafka/producer.h"
#include "skerry/telemetry/log.h"

namespace skerry::events {
namespace {

constexpr std::string_view kSuffix = ".dlq";

/// Reads one partition of a dead letter topic from its beginning and keeps the letters that nothing has resolved.
class PartitionReader {
 public:
  PartitionReader(kafka::Admin& admin, kafka::TopicPartition partition)
      : admin_(admin), partition_(std::move(partition)) {}

  /// In the order of offsets.
  Task<std::vector<DeadLetter>> unresolved() {
    std::map<std::int64_t, DeadLetter> letters;
    const kafka::Watermarks marks = co_await admin_.watermarks(partition_);
    for (std::int64_t next = marks.first; next < marks.end;) {
      auto records = co_await admin_.read_range(partition_, next, marks.end);
      if (records.empty()) break;
      next = records.back().offset + 1;
      for (kafka::Record& record : records) take(std::move(record), letters);
    }
    std::vector<DeadLetter> left;
    for (auto& [offset, letter] : letters) left.push_back(std::move(letter));
    co_return left;
  }

 private:
  static void take(kafka::Record record, std::map<std::int64_t, DeadLetter>& letters) {
    if (const auto resolved = resolved_offset(record)) {
      letters.erase(*resolved);
      return;
    }
    const std::int64_t offset = record.offset;
    auto letter = exhume(std::move(record));
    if (letter) {
      letters.emplace(offset, *std::move(letter));
    } else {
      log::warning("a record in a dead letter topic is passed over", {{"error", letter.error().to_string()}});
    }
  }

  kafka::Admin& admin_;
  const kafka::TopicPartition partition_;
};

Task<std::vector<DeadLetter>> all_unresolved(kafka::Admin& admin, std::string queue) {
  auto description = co_await admin.topic(queue).result();
  if (!description && description.error().code() == Code::kNotFound) co_return std::vector<DeadLetter>();
  const kafka::TopicDescription topic = co_await std::move(description);
  std::vector<DeadLetter> letters;
  for (const kafka::PartitionDescription& partition : topic.partitions) {
    PartitionReader reader(admin, {.topic = queue, .partition = partition.partition});
    auto found = co_await reader.unresolved();
    std::ranges::move(found, std::back_inserter(letters));
  }
  co_return letters;
}

}  // namespace

Task<std::vector<DeadLetterQueue>> DeadLetters::queues() {
  std::map<std::pair<std::string, std::string>, std::int64_t> counts;
  for (const kafka::TopicDescription& topic : co_await admin_.topics()) {
    if (!topic.name.ends_with(kSuffix)) continue;
    // The name alone does not say where the topic ends and the group begins; the letters do.
    for (const DeadLetter& letter : co_await all_unresolved(admin_, topic.name)) {
      ++counts[{letter.death.position.topic, letter.death.group}];
    }
  }
  std::vector<DeadLetterQueue> queues;
  for (const auto& [names, letters] : counts) {
    queues.push_back({.topic = names.first, .group = names.second, .letters = letters});
  }
  co_return queues;
}

Task<std::vector<DeadLetter>> DeadLetters::list(std::string topic, std::string group, std::size_t limit) {
  auto letters = co_await all_unresolved(admin_, dead_letter_topic(topic, group));
  if (letters.size() > limit) letters.resize(limit);
  co_return letters;
}

Task<DeadLetter> DeadLetters::show(std::string topic, std::string group, std::int32_t partition, std::int64_t offset) {
  const std::string queue = dead_letter_topic(topic, group);
  auto records = co_await admin_.read_range({.topic = queue, .partition = partition}, offset, offset + 1);
  if (records.empty() || records.front().offset != offset || resolved_offset(records.front())) {
    co_return Error::not_found("there is no dead letter at {}[{}]@{}", queue, partition, offset);
  }
  co_return co_await exhume(std::move(records.front()));
}

Task<std::vector<DeadLetter>> DeadLetters::selected(std::string topic, std::string group,
                                                    DeadLetterSelection selection) {
  auto letters = co_await all_unresolved(admin_, dead_letter_topic(topic, group));
  if (!selection.one) co_return letters;
  const auto wanted = std::ranges::find_if(letters, [&](const DeadLetter& letter) {
    return letter.partition == selection.one->partition && letter.offset == selection.one->offset;
  });
  if (wanted != letters.end()) co_return std::vector<DeadLetter>{std::move(*wanted)};
  // Resolved, or never there: show() tells which.
  (void)co_await show(topic, group, selection.one->partition, selection.one->offset);
  co_return Error::failed_precondition("the dead letter at {}[{}]@{} was redriven or discarded already",
                                       dead_letter_topic(topic, group), selection.one->partition,
                                       selection.one->offset);
}

Task<std::size_t> DeadLetters::redrive(std::string topic, std::string group, DeadLetterSelection selection) {
  const auto letters = co_await selected(std::move(topic), std::move(group), selection);
  for (const DeadLetter& letter : letters) {
    // One after the other, so that they stay in their order also where one cannot be sent.
    co_await producer_.send(redriven(letter));
    co_await producer_.send(resolution(letter, "redriven"));
  }
  co_return letters.size();
}

Task<std::size_t> DeadLetters::discard(std::string topic, std::string group, DeadLetterSelection selection) {
  const auto letters = co_await selected(std::move(topic), std::move(group), selection);
  for (const DeadLetter& letter : letters) {
    if (letter.death.key_held) co_await producer_.send(discarded(letter));
    co_await producer_.send(resolution(letter, "discarded"));
  }
  co_return letters.size();
}

}  // namespace skerry::events
