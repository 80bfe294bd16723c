// SPDX-License-Identifier: Apache-2.0
//
// Flows of events as a running shop would have them: each as a trace, and as the answer of /api/lineage in the API's own
// JSON.
import type { JaegerSpan, JaegerTrace } from "../../src/model/jaeger";
import { Random, TraceBuilder } from "./data";

export interface MockHandling {
  service: string;
  group: string;
  instance: string | null;
  trace_id: string;
  span_id: string;
  started_at: number;
  duration_us: number;
  outcome: string;
  attempt: number;
  error: string | null;
}

export interface MockEvent {
  id: string;
  source: string | null;
  type: string | null;
  topic: string | null;
  key: string | null;
  correlation_id: string | null;
  causation_id: string | null;
  published_by: string | null;
  published_at: number | null;
  trace_id: string | null;
  span_id: string | null;
  abandoned: boolean;
  handled: MockHandling[];
}

export interface MockLineage {
  trace_id: string;
  truncated: boolean;
  events: MockEvent[];
  edges: { from: string; from_source: string | null; to: string; to_source: string | null; service: string | null; latency_us: number }[];
}

interface Handled {
  by: string;
  group?: string;
  wait?: number;
  took?: number;
  outcome?: string;
  attempt?: number;
  error?: string;
}

/** Builds one flow, event by event. Times in microseconds. */
export class EventFlow {
  readonly lineage: MockLineage;
  private readonly builder: TraceBuilder;
  private readonly spans = new Map<MockEvent, JaegerSpan>();

  constructor(
    private readonly random: Random,
    private readonly start: number,
    id?: string,
  ) {
    this.builder = new TraceBuilder(random, id);
    this.lineage = { trace_id: this.builder.trace.traceID, truncated: false, events: [], edges: [] };
    this.builder.span({ service: "gateway", operation: "POST /api/orders", start, duration: 4200, kind: "server" });
  }

  get trace(): JaegerTrace {
    return this.builder.trace;
  }

  /** `at` since the start of the flow. */
  publish(by: string, type: string, at: number, cause?: MockEvent): MockEvent {
    const topic = `shop.${by}`;
    const published_at = this.start + at;
    const id = this.random.hex(32);
    const parent = cause === undefined ? this.trace.spans[0]! : this.spans.get(cause)!;
    const span = this.builder.span({
      service: by, operation: `publish ${topic}`, start: published_at, duration: 180, parent, kind: "producer",
      tags: { "messaging.message.id": id, "messaging.destination.name": topic },
    });
    const event: MockEvent = {
      id, source: `/shop/${by}`, type: `shop.${type}`, topic, key: "ord_7f3a", correlation_id: this.lineage.trace_id,
      causation_id: cause?.id ?? null, published_by: by, published_at, trace_id: this.trace.traceID, span_id: span.spanID,
      abandoned: false, handled: [],
    };
    this.spans.set(event, span);
    this.lineage.events.push(event);
    if (cause !== undefined) {
      const latency_us = published_at - (cause.published_at ?? cause.handled[0]!.started_at);
      this.lineage.edges.push({ from: cause.id, from_source: cause.source, to: id, to_source: event.source, service: by, latency_us });
    }
    return event;
  }

  handle(event: MockEvent, { by, group = by, wait = 4000, took = 9000, outcome = "ok", attempt = 1, error }: Handled): void {
    const started_at = (event.published_at ?? this.start) + wait;
    const span = this.builder.span({
      service: by, operation: `process ${event.topic ?? ""}`, start: started_at, duration: took, kind: "consumer",
      tags: { "messaging.message.id": event.id, "messaging.consumer.group.name": group },
      ...(this.spans.has(event) ? { parent: this.spans.get(event)! } : {}), ...(error === undefined ? {} : { error }),
    });
    this.spans.set(event, span);
    event.handled.push({
      service: by, group, instance: `${by}-1`, trace_id: this.trace.traceID, span_id: span.spanID, started_at,
      duration_us: took, outcome, attempt, error: error ?? null,
    });
  }
}

/** Makes as if the event's publishing had not been seen. */
function publishedElsewhere(event: MockEvent): MockEvent {
  return Object.assign(event, { published_by: null, published_at: null, trace_id: null, span_id: null });
}

export interface ServedFlow {
  trace: JaegerTrace;
  lineage: MockLineage;
}

/** An order that is paid at the third attempt; one group gives an event up, one drops a duplicate. */
export function orderFlow(random: Random, start: number, id?: string): ServedFlow {
  const flow = new EventFlow(random, start, id);
  const accepted = flow.publish("order", "OrderAccepted", 2100);
  flow.handle(accepted, { by: "inventory", took: 21_000 });
  const reserved = flow.publish("inventory", "StockReserved", 18_000, accepted);
  flow.handle(reserved, { by: "payment", outcome: "retried", error: "UNAVAILABLE: the bank does not answer" });
  const lost = flow.publish("payment", "PaymentTaken", 24_000, reserved);
  lost.abandoned = true;
  flow.handle(reserved, { by: "payment", wait: 120_000, attempt: 2, outcome: "retried", error: "UNAVAILABLE: the bank does not answer" });
  flow.handle(reserved, { by: "payment", wait: 330_000, took: 41_000, attempt: 3 });
  const paid = flow.publish("payment", "PaymentTaken", 380_000, reserved);
  flow.handle(paid, { by: "points" });
  flow.handle(paid, { by: "logistics", wait: 6000, took: 30_000 });
  flow.handle(paid, { by: "mail", wait: 8000, attempt: 8, outcome: "dead", error: "INVALID_ARGUMENT: no address <nobody@>" });
  flow.handle(paid, { by: "points", group: "audit", wait: 9000, took: 400, outcome: "duplicate" });
  flow.handle(paid, { by: "order", group: "statistics", wait: 9100, took: 400 });
  const credited = flow.publish("points", "PointsCredited", 391_000, paid);
  const shipped = flow.publish("logistics", "ShipmentPlanned", 412_000, paid);
  for (const event of [credited, shipped]) flow.handle(event, { by: "order" });
  flow.publish("order", "OrderCompleted", 425_000, shipped);
  return { trace: flow.trace, lineage: flow.lineage };
}

/** An event that came from elsewhere, and nothing else. */
export function oneEvent(random: Random, start: number, id?: string): ServedFlow {
  const flow = new EventFlow(random, start, id);
  const event = flow.publish("order", "OrderCancelled", 900);
  flow.handle(publishedElsewhere(event), { by: "mail" });
  return { trace: flow.trace, lineage: flow.lineage };
}

/** A flow of so many events, with chains and fans. */
export function manyEvents(random: Random, start: number, count: number, id?: string): ServedFlow {
  const flow = new EventFlow(random, start, id);
  const services = ["order", "inventory", "payment", "points", "logistics", "mail"];
  const events = [flow.publish("order", "CartSubmitted", 1000)];
  while (events.length < count) {
    const cause = events[Math.max(0, events.length - random.between(1, 7))]!;
    const by = services[random.between(0, services.length)]!;
    flow.handle(cause, { by, wait: random.between(1000, 9000), took: random.between(300, 20_000) });
    const at = cause.published_at! - start + random.between(9000, 60_000);
    events.push(flow.publish(by, `${["Item", "Parcel", "Invoice"][random.between(0, 3)]!}Changed`, at, cause));
  }
  flow.lineage.events.sort((a, b) => a.published_at! - b.published_at!);
  return { trace: flow.trace, lineage: flow.lineage };
}

export const kEventsTrace = "77770000000000000000000000000005";
export const kOneEventTrace = "77770000000000000000000000000001";
export const kManyEventsTrace = "77770000000000000000000000000040";

export function shopFlows(now: number): ServedFlow[] {
  const random = new Random(11);
  const at = (secondsAgo: number) => (now - secondsAgo * 1000) * 1000;
  return [
    orderFlow(random, at(60), kEventsTrace),
    oneEvent(random, at(70), kOneEventTrace),
    manyEvents(random, at(80), 40, kManyEventsTrace),
  ];
}
