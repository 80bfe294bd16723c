// SPDX-License-Identifier: Apache-2.0
#include "skerry/events/bus_state.h"

#include <utility>

#include "skerry/async/sleep.h"
#include "skerry/base/defer.h"
#include "skerry/base/ids.h"
#include "skerry/events/event_span.h"
#include "skerry/events/subscriber.h"
#include "skerry/telemetry/log.h"
#include "skerry/telemetry/telemetry.h"

namespace skerry::events::internal {
namespace {

constexpr std::chrono::minutes kPruneInterval{10};

// Ends only by cancellation, and closes the channel then.
Task<> close_when_cancelled(Channel<bool> stop) {
  Defer close([&stop] { stop.close_once(); });
  Event never;
  co_await never.wait();
}

}  // namespace

BusState::BusState(BusOptions options) : options_(std::move(options)), metrics_(telemetry::current().metrics()) {}

Task<> BusState::connect() {
  const kafka::ConnectionOptions connection{.brokers = options_.brokers, .client_id = options_.source};
  producer_ = co_await kafka::Producer::create({.connection = connection});
  admin_ = co_await kafka::Admin::create({.connection = connection});
  dead_letters_ = std::make_unique<DeadLetters>(*producer_, *admin_);
  if (options_.database == nullptr) co_return;
  OutboxOptions outbox = options_.outbox;
  outbox.source = options_.source;
  outbox_ = co_await Outbox::create(*options_.database, std::move(outbox));
  GroupStore store(*options_.database, "");
  co_await store.create_tables();
}

void BusState::refuse(Error error) {
  if (!refusal_) refusal_ = std::move(error);
}

void BusState::add(std::string topic, std::string group, ErasedHandler handler, SubscribeOptions options) {
  if (options_.database == nullptr && (handler.transactional || options.ordering != Ordering::kAsReceived)) {
    refuse(Error::failed_precondition(
        "the subscription of \"{}\" to {} needs BusOptions::database: it has a transaction or an ordering", group,
        topic));
  }
  const auto [subscription, added] =
      groups_[group].try_emplace(topic, TopicSubscription{.options = options, .handlers = {}});
  if (!added && subscription->second.options != options) {
    refuse(Error::failed_precondition("the group \"{}\" subscribes to {} with two different options", group, topic));
  }
  std::string type = handler.type;
  if (!subscription->second.handlers.emplace(std::move(type), std::move(handler)).second) {
    refuse(Error::failed_precondition("the group \"{}\" has two handlers for one type in {}", group, topic));
  }
}

Task<> BusState::send(OutgoingEvent event) {
  telemetry::Span span = telemetry::Span::start(publish_span_name(event), publish_span_options());
  event.event.trace = span.context();
  describe_publish(span, event);
  const std::string topic = event.topic;
  Result<> sent = co_await send_record(to_record(std::move(event))).result();
  if (!sent) span.fail(sent.error());
  span.end();
  co_await std::move(sent);
  metrics_.sent.with({topic}).increment();
}

Task<> BusState::send_record(kafka::Record record) {
  co_await producer_->prepare(record.topic);
  (void)co_await producer_->send(std::move(record));
}

// Where the broker does not make topics when they are first written to, this does: with one partition, so that the dead
// letters stand in the order of their deaths.
Task<> BusState::bury(kafka::Record record) {
  kafka::Record copy = record;
  Result<> sent = co_await send_record(std::move(copy)).result();
  if (!sent && sent.error().code() == Code::kNotFound) {
    co_await admin_->ensure_topic({.name = record.topic});
    sent = co_await send_record(std::move(record)).result();
  }
  co_await std::move(sent);
}

Task<> BusState::run() {
  if (refusal_) co_await *refusal_;
  Channel<bool> stop(1);
  co_await with_scope([this, stop](Scope& scope) -> Task<> {
    scope.go(close_when_cancelled, stop);
    co_await work(scope, stop);
  });
}

// The groups are shielded: they see the cancellation as `stop` and end in order.
Task<> BusState::work(Scope& scope, Channel<bool> stop) {
  if (outbox_) scope.go([this] { return relay(); });
  if (outbox_) scope.go([this] { return prune(); });
  for (const auto& [group, topics] : groups_) {
    scope.go(
        [this](std::string name, Topics of_group, Channel<bool> stopping) {
          return shielded(std::chrono::nanoseconds::max(),
                          serve_group(std::move(name), std::move(of_group), std::move(stopping)));
        },
        group, topics, stop);
  }
  Event never;
  co_await never.wait();
}

Task<> BusState::serve_group(std::string group, Topics topics, Channel<bool> stop) {
  kafka::ConsumerOptions options{.connection = {.brokers = options_.brokers, .client_id = options_.source},
                                 .group = group};
  for (const auto& [topic, subscription] : topics) options.topics.push_back(topic);
  std::unique_ptr<GroupStore> store;
  if (options_.database != nullptr) store = std::make_unique<GroupStore>(*options_.database, group);
  GroupHandler handler({.group = std::move(group),
                        .topics = std::move(topics),
                        .store = store.get(),
                        .bury = [this](kafka::Record record) { return bury(std::move(record)); },
                        .metrics = &metrics_,
                        .random = [](std::uint64_t bound) { return random_below(bound); }});
  std::shared_ptr<kafka::Consumer> consumer = co_await kafka::Consumer::create(std::move(options));
  Subscriber subscriber(source_of(std::move(consumer)), handler,
                        {.limits = {.max_parallel = options_.max_parallel, .max_queued = options_.max_queued},
                         .stop_limit = options_.stop_limit});
  co_await subscriber.run(std::move(stop));
}

Task<> BusState::relay() {
  return outbox_->relay([this](kafka::Record record) { return send_record(std::move(record)); });
}

Task<> BusState::prune() {
  Inbox inbox(*options_.database);
  for (;;) {
    const auto more = co_await prune_some(inbox).result();
    if (!more) log::warning("the inbox could not be pruned", {{"error", more.error().to_string()}});
    co_await sleep(more && *more ? std::chrono::seconds(1) : std::chrono::seconds(kPruneInterval));
  }
}

// True if there may be more.
Task<bool> BusState::prune_some(Inbox& inbox) {
  sql::Database& database = *options_.database;
  const Time now = std::chrono::system_clock::now();
  const std::int64_t ids = co_await inbox.prune(now - options_.inbox_retention);
  co_await Attempts::prune(database, now - options_.inbox_retention);
  const std::int64_t aggregates = co_await OrderingGuard::prune(database, now - options_.ordering_retention);
  co_return ids == kMaxPrunedIds || aggregates == kMaxPrunedAggregates;
}

}  // namespace skerry::events::internal
