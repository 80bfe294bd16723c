// SPDX-License-Identifier: Apache-2.0
//
// The JSON of /api/lineage/{trace id}: which event of a trace caused which, and who handled them. Times are microseconds
// since the epoch, durations microseconds. What the server does not know is null there and empty here.
import { list, number, object, text } from "./jaeger";

/** One attempt of one group. */
export interface Handling {
  service: string;
  group: string;
  instance: string;
  traceId: string;
  spanId: string;
  startedAt: number;
  duration: number;
  /** "ok", "error", "retried", "duplicate", "stale", "parked", "dead"; or a word that is newer than this page. */
  outcome: string;
  attempt: number;
  error: string;
}

/** The span in which an event was published. */
export interface Publication {
  service: string;
  at: number;
  traceId: string;
  spanId: string;
}

export interface LineageEvent {
  id: string;
  source: string;
  type: string;
  topic: string;
  /** The record's. */
  key: string;
  correlationId: string;
  /** May name an event that is not in the answer. */
  causationId: string;
  /** Null where only its handlers were seen. */
  published: Publication | null;
  /** Published by an attempt that failed, or in vain, and handled by nobody: most likely it was never sent. */
  abandoned: boolean;
  /** In the order of their start. */
  handled: Handling[];
}

export interface LineageEdge {
  from: string;
  fromSource: string;
  to: string;
  toSource: string;
  service: string;
  latency: number;
}

export interface Lineage {
  traceId: string;
  /** In the order in which they were published. */
  events: LineageEvent[];
  edges: LineageEdge[];
  /** There is more than the server's limits let it tell. */
  truncated: boolean;
}

function known(value: unknown, path: string): string {
  return value === null || value === undefined ? "" : text(value, path);
}

function parseHandling(value: unknown, path: string): Handling {
  const fields = object(value, path);
  return {
    service: text(fields["service"], `${path}.service`),
    group: known(fields["group"], `${path}.group`),
    instance: known(fields["instance"], `${path}.instance`),
    traceId: known(fields["trace_id"], `${path}.trace_id`),
    spanId: known(fields["span_id"], `${path}.span_id`),
    startedAt: number(fields["started_at"], `${path}.started_at`),
    duration: Math.max(0, number(fields["duration_us"], `${path}.duration_us`)),
    outcome: text(fields["outcome"], `${path}.outcome`),
    attempt: number(fields["attempt"], `${path}.attempt`),
    error: known(fields["error"], `${path}.error`),
  };
}

function parsePublication(fields: Record<string, unknown>, path: string): Publication | null {
  if (fields["published_at"] === null || fields["published_at"] === undefined) return null;
  return {
    service: known(fields["published_by"], `${path}.published_by`),
    at: number(fields["published_at"], `${path}.published_at`),
    traceId: known(fields["trace_id"], `${path}.trace_id`),
    spanId: known(fields["span_id"], `${path}.span_id`),
  };
}

function parseEvent(value: unknown, path: string): LineageEvent {
  const fields = object(value, path);
  return {
    id: text(fields["id"], `${path}.id`),
    source: known(fields["source"], `${path}.source`),
    type: known(fields["type"], `${path}.type`),
    topic: known(fields["topic"], `${path}.topic`),
    key: known(fields["key"], `${path}.key`),
    correlationId: known(fields["correlation_id"], `${path}.correlation_id`),
    causationId: known(fields["causation_id"], `${path}.causation_id`),
    published: parsePublication(fields, path),
    abandoned: fields["abandoned"] === true,
    handled: list(fields["handled"], `${path}.handled`).map((entry, index) =>
      parseHandling(entry, `${path}.handled[${index}]`),
    ),
  };
}

function parseEdge(value: unknown, path: string): LineageEdge {
  const fields = object(value, path);
  return {
    from: text(fields["from"], `${path}.from`),
    fromSource: known(fields["from_source"], `${path}.from_source`),
    to: text(fields["to"], `${path}.to`),
    toSource: known(fields["to_source"], `${path}.to_source`),
    service: known(fields["service"], `${path}.service`),
    latency: Math.max(0, number(fields["latency_us"], `${path}.latency_us`)),
  };
}

/** Throws ShapeError. */
export function parseLineage(body: unknown): Lineage {
  const data = object(object(body, "answer")["data"], "data");
  return {
    traceId: text(data["trace_id"], "data.trace_id"),
    events: list(data["events"], "data.events").map((event, index) => parseEvent(event, `data.events[${index}]`)),
    edges: list(data["edges"], "data.edges").map((edge, index) => parseEdge(edge, `data.edges[${index}]`)),
    truncated: data["truncated"] === true,
  };
}
