// SPDX-License-Identifier: Apache-2.0
import type { JaegerSpan, JaegerTrace } from "../src/model/jaeger";

export interface SpanSketch {
  id: string;
  parent?: string;
  start: number;
  duration: number;
  service?: string;
  /** Services on one host share a clock. Without it every service has its own. */
  host?: string;
  refType?: string;
  error?: boolean;
}

/** A trace of the given spans; times in microseconds, as small as the test likes. */
export function traceOf(...sketches: SpanSketch[]): JaegerTrace {
  const trace: JaegerTrace = { traceID: "t1", spans: [], processes: {}, warnings: [] };
  for (const { id, parent, start, duration, service = "s", host = "", refType = "CHILD_OF", error = false } of sketches) {
    const processID = `${service}@${host}`;
    trace.processes[processID] = { serviceName: service, tags: host === "" ? [] : [{ key: "host.name", value: host }] };
    const span: JaegerSpan = {
      traceID: "t1",
      spanID: id,
      operationName: `op ${id}`,
      references: parent === undefined ? [] : [{ refType, traceID: "t1", spanID: parent }],
      startTime: start,
      duration,
      tags: error ? [{ key: "error", value: true }] : [],
      logs: [],
      processID,
      warnings: [],
    };
    trace.spans.push(span);
  }
  return trace;
}
