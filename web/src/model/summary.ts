// SPDX-License-Identifier: Apache-2.0
//
// One line of the list of traces.
import type { JaegerTrace } from "./jaeger";
import { buildTrace } from "./trace";

export interface Summary {
  id: string;
  service: string;
  operation: string;
  /** Microseconds since the epoch, and microseconds. */
  startTime: number;
  duration: number;
  spans: number;
  errors: number;
  orphans: number;
  /** Most spans first. */
  services: { service: string; spans: number }[];
}

export type SortKey = "startTime" | "duration" | "spans" | "errors";

export interface Order {
  key: SortKey;
  descending: boolean;
}

export const kNewestFirst: Order = { key: "startTime", descending: true };

/** One summary for each trace; a trace that is there twice (found through two services) counts once, with most spans. */
export function summarize(traces: JaegerTrace[]): Summary[] {
  const byId = new Map<string, JaegerTrace>();
  for (const trace of traces) {
    const known = byId.get(trace.traceID);
    if (known === undefined || known.spans.length < trace.spans.length) byId.set(trace.traceID, trace);
  }
  return [...byId.values()].filter((trace) => trace.spans.length > 0).map(summaryOf);
}

function summaryOf(source: JaegerTrace): Summary {
  const trace = buildTrace(source);
  return {
    id: trace.id,
    service: trace.root?.service ?? "",
    operation: trace.root?.operation ?? "",
    startTime: trace.startTime,
    duration: trace.duration,
    spans: trace.spans.length,
    errors: trace.errors,
    orphans: trace.orphans,
    services: trace.services
      .map(({ service, spans }) => ({ service, spans }))
      .sort((a, b) => b.spans - a.spans || a.service.localeCompare(b.service)),
  };
}

/** A sorted copy; equal ones are in the order of their start, newest first. */
export function sortSummaries(summaries: Summary[], order: Order): Summary[] {
  const sign = order.descending ? -1 : 1;
  return [...summaries].sort((a, b) => sign * (a[order.key] - b[order.key]) || b.startTime - a.startTime);
}
