// SPDX-License-Identifier: Apache-2.0
//
// The metrics of events/. Where the field has a name for a number it is used: OpenTelemetry's messaging metrics in
// Prometheus's writing, and the lag as the common Kafka exporters call it. Internal to events/.
//
//   messaging_client_sent_messages_total      {messaging_destination_name}
//   messaging_client_consumed_messages_total  {messaging_destination_name, messaging_consumer_group_name}
//   messaging_process_duration_seconds        {the same two, error_type: empty for success}
//   kafka_consumergroup_lag                   {consumergroup, topic, partition}
//   skerry_events_handled_total               {topic, group, outcome: handled, duplicate, stale, parked, dead,
//   passed_over} skerry_events_retries_total               {topic, group} skerry_events_dead_letters_total {topic,
//   group, reason} skerry_events_gaps_total                  {topic, group}            gaps given up
//   skerry_events_parked                      {topic, group, partition}
//   skerry_events_oldest_unhandled_seconds    {group}
//   skerry_outbox_events, skerry_outbox_oldest_seconds, skerry_outbox_relayed_total, skerry_outbox_failures_total
#pragma once

#include "skerry/telemetry/metrics.h"

namespace skerry::events::internal {

struct EventMetrics {
  explicit EventMetrics(telemetry::Metrics& metrics);

  telemetry::CounterFamily sent;
  telemetry::CounterFamily consumed;
  telemetry::HistogramFamily process_duration;
  telemetry::GaugeFamily lag;
  telemetry::CounterFamily handled;
  telemetry::CounterFamily retries;
  telemetry::CounterFamily dead_letters;
  telemetry::CounterFamily gaps;
  telemetry::GaugeFamily parked;
  telemetry::GaugeFamily oldest;
  telemetry::Gauge outbox_events;
  telemetry::Gauge outbox_oldest;
  telemetry::Counter outbox_relayed;
  telemetry::Counter outbox_failures;
};

}  // namespace skerry::events::internal
