// SPDX-License-Identifier: Apache-2.0
#include "skerry/events/event_metrics.h"

namespace skerry::events::internal {

EventMetrics::EventMetrics(telemetry::Metrics& metrics)
    : sent(metrics.counters("messaging_client_sent_messages_total", "Events that were published",
                            {"messaging_destination_name"})),
      consumed(metrics.counters("messaging_client_consumed_messages_total", "Records received from Kafka",
                                {"messaging_destination_name", "messaging_consumer_group_name"})),
      process_duration(
          metrics.histograms("messaging_process_duration_seconds", "Time of one attempt to handle an event",
                             {"messaging_destination_name", "messaging_consumer_group_name", "error_type"})),
      lag(metrics.gauges("kafka_consumergroup_lag", "Records of a partition that the group has not committed",
                         {"consumergroup", "topic", "partition"})),
      handled(metrics.counters("skerry_events_handled_total", "Records that are done, by what became of them",
                               {"topic", "group", "outcome"})),
      retries(metrics.counters("skerry_events_retries_total", "Attempts that failed and are made again",
                               {"topic", "group"})),
      dead_letters(metrics.counters("skerry_events_dead_letters_total", "Records that became dead letters",
                                    {"topic", "group", "reason"})),
      gaps(metrics.counters("skerry_events_gaps_total", "Gaps in the sequences of aggregates that were given up",
                            {"topic", "group"})),
      parked(metrics.gauges("skerry_events_parked", "Events that wait for the events before them",
                            {"topic", "group", "partition"})),
      oldest(metrics.gauges("skerry_events_oldest_unhandled_seconds",
                            "Age of the oldest record that was received and is not done", {"group"})),
      outbox_events(metrics.gauge("skerry_outbox_events", "Events in the outbox that Kafka has not acknowledged")),
      outbox_oldest(metrics.gauge("skerry_outbox_oldest_seconds", "Age of the oldest event in the outbox")),
      outbox_relayed(metrics.counter("skerry_outbox_relayed_total", "Events that Kafka has acknowledged")),
      outbox_failures(metrics.counter("skerry_outbox_failures_total", "Attempts to relay an event that failed")) {}

}  // namespace skerry::events::internal
