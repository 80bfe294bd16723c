// SPDX-License-Identifier: Apache-2.0
import type { Handling, Lineage, LineageEvent } from "../src/model/lineage";

export interface EventSketch {
  id: string;
  /** The event that caused it. */
  cause?: string;
  /** When it was published; absent: elsewhere. */
  at?: number;
  by?: string;
  topic?: string;
  source?: string;
  abandoned?: boolean;
  handled?: Partial<Handling>[];
}

export function handlingOf(sketch: Partial<Handling>): Handling {
  return {
    service: "s", group: "", instance: "", traceId: "t1", spanId: `${sketch.group}${sketch.startedAt}`, startedAt: 0,
    duration: 10, outcome: "ok", attempt: 1, error: "", ...sketch,
  };
}

/** A lineage of the given events; times in microseconds, as small as the test likes. */
export function lineageOf(...sketches: EventSketch[]): Lineage {
  const events = sketches.map((sketch): LineageEvent => {
    const { id, cause = "", at, by = "s", topic = "t", source = "/s", abandoned = false, handled = [] } = sketch;
    const published = at === undefined ? null : { service: by, at, traceId: "t1", spanId: `span of ${id}` };
    return {
      id, source, type: `shop.${id}`, topic, key: "k", correlationId: "", causationId: cause, published, abandoned,
      handled: handled.map(handlingOf),
    };
  });
  const edges = sketches.flatMap(({ id, cause, at = 0, source = "/s", by = "s" }) => {
    const causing = sketches.find((candidate) => candidate.id === cause);
    if (causing === undefined) return [];
    return [{ from: causing.id, fromSource: causing.source ?? "/s", to: id, toSource: source, service: by, latency: at - (causing.at ?? 0) }];
  });
  return { traceId: "t1", events, edges, truncated: false };
}
