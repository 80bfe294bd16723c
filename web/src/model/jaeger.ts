// SPDX-License-Identifier: Apache-2.0
//
// The JSON of Jaeger's query API, as the page reads it: types, and a parser that checks what the page relies on and
// fills what a server may leave out (Jaeger writes null for an empty list). Times are microseconds since the epoch,
// durations microseconds.

export interface KeyValue {
  key: string;
  value: string | number | boolean;
}

export interface Log {
  timestamp: number;
  fields: KeyValue[];
}

export interface Reference {
  refType: string;
  traceID: string;
  spanID: string;
}

export interface JaegerSpan {
  traceID: string;
  spanID: string;
  operationName: string;
  references: Reference[];
  startTime: number;
  duration: number;
  tags: KeyValue[];
  logs: Log[];
  processID: string;
  warnings: string[];
}

export interface Process {
  serviceName: string;
  tags: KeyValue[];
}

export interface JaegerTrace {
  traceID: string;
  spans: JaegerSpan[];
  processes: Record<string, Process>;
  warnings: string[];
}

/** The answer is not of the shape that the API promises; the message names the place. */
export class ShapeError extends Error {}

type Fields = Record<string, unknown>;

export function object(value: unknown, path: string): Fields {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new ShapeError(`${path} is not an object`);
  }
  return value as Fields;
}

/** The list at `path`; null and absent are empty lists. */
export function list(value: unknown, path: string): unknown[] {
  if (value === null || value === undefined) return [];
  if (!Array.isArray(value)) throw new ShapeError(`${path} is not a list`);
  return value;
}

export function text(value: unknown, path: string): string {
  if (typeof value !== "string") throw new ShapeError(`${path} is not a string`);
  return value;
}

export function number(value: unknown, path: string): number {
  if (typeof value !== "number" || !Number.isFinite(value)) throw new ShapeError(`${path} is not a number`);
  return value;
}

function scalar(value: unknown): string | number | boolean {
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") return value;
  return JSON.stringify(value) ?? "";
}

function keyValues(value: unknown, path: string): KeyValue[] {
  return list(value, path).map((entry, index) => {
    const fields = object(entry, `${path}[${index}]`);
    return { key: text(fields["key"], `${path}[${index}].key`), value: scalar(fields["value"]) };
  });
}

function texts(value: unknown, path: string): string[] {
  return list(value, path).map((entry, index) => text(entry, `${path}[${index}]`));
}

function references(span: Fields, traceID: string, path: string): Reference[] {
  const parsed = list(span["references"], `${path}.references`).map((entry, index) => {
    const fields = object(entry, `${path}.references[${index}]`);
    return {
      refType: text(fields["refType"], `${path}.references[${index}].refType`),
      traceID: text(fields["traceID"] ?? traceID, `${path}.references[${index}].traceID`),
      spanID: text(fields["spanID"], `${path}.references[${index}].spanID`),
    };
  });
  // Before references there was a field of its own for the parent; stores that were filled then still send it.
  const parent = span["parentSpanID"];
  if (parsed.length === 0 && typeof parent === "string" && parent !== "") {
    parsed.push({ refType: "CHILD_OF", traceID, spanID: parent });
  }
  return parsed;
}

function parseSpan(value: unknown, traceID: string, path: string): JaegerSpan {
  const fields = object(value, path);
  return {
    traceID,
    spanID: text(fields["spanID"], `${path}.spanID`),
    operationName: text(fields["operationName"] ?? "", `${path}.operationName`),
    references: references(fields, traceID, path),
    startTime: number(fields["startTime"], `${path}.startTime`),
    duration: Math.max(0, number(fields["duration"], `${path}.duration`)),
    tags: keyValues(fields["tags"], `${path}.tags`),
    logs: list(fields["logs"], `${path}.logs`).map((entry, index) => {
      const log = object(entry, `${path}.logs[${index}]`);
      return {
        timestamp: number(log["timestamp"], `${path}.logs[${index}].timestamp`),
        fields: keyValues(log["fields"], `${path}.logs[${index}].fields`),
      };
    }),
    processID: text(fields["processID"] ?? "", `${path}.processID`),
    warnings: texts(fields["warnings"], `${path}.warnings`),
  };
}

function parseTrace(value: unknown, path: string): JaegerTrace {
  const fields = object(value, path);
  const traceID = text(fields["traceID"], `${path}.traceID`);
  const processes: Record<string, Process> = {};
  for (const [id, entry] of Object.entries(object(fields["processes"] ?? {}, `${path}.processes`))) {
    const process = object(entry, `${path}.processes.${id}`);
    processes[id] = {
      serviceName: text(process["serviceName"], `${path}.processes.${id}.serviceName`),
      tags: keyValues(process["tags"], `${path}.processes.${id}.tags`),
    };
  }
  return {
    traceID,
    spans: list(fields["spans"], `${path}.spans`).map((span, index) =>
      parseSpan(span, traceID, `${path}.spans[${index}]`),
    ),
    processes,
    warnings: texts(fields["warnings"], `${path}.warnings`),
  };
}

/** The traces of an answer of /api/traces or /api/traces/{id}. Throws ShapeError. */
export function parseTraces(body: unknown): JaegerTrace[] {
  return list(object(body, "answer")["data"], "data").map((trace, index) => parseTrace(trace, `data[${index}]`));
}

/** The names of an answer of /api/services or /api/services/{service}/operations, sorted. Throws ShapeError. */
export function parseNames(body: unknown): string[] {
  return texts(object(body, "answer")["data"], "data").sort((a, b) => a.localeCompare(b));
}
