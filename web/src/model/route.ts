// SPDX-License-Identifier: Apache-2.0
//
// What the page shows is in the address behind the #, so that every view has a link: #/services, #/traces?service=order,
// #/trace/{id}?span={id}, #/trace/{id}/events?event={key}.
import { normalizeDuration } from "./format";

export interface Query {
  /** Empty means all services. */
  service: string;
  operation: string;
  /** As the API takes it ("5ms"), or empty. */
  minDuration: string;
  lookback: string;
  limit: number;
  errorsOnly: boolean;
}

/** How a trace is shown, with what is open in it; the latter may be empty. */
export type TraceView = { name: "waterfall"; span: string } | { name: "events"; event: string };

export type Route =
  | { page: "services" }
  | { page: "traces"; query: Query }
  | { page: "trace"; id: string; view: TraceView }
  | { page: "unknown"; hash: string };

export const kLookbacks = ["5m", "15m", "1h", "6h", "24h", "48h"] as const;
export const kLimits = [20, 50, 100, 200] as const;

export const kDefaultQuery: Query = {
  service: "",
  operation: "",
  minDuration: "",
  lookback: "1h",
  limit: 20,
  errorsOnly: false,
};

const kUnitMs: Record<string, number> = { m: 60_000, h: 3_600_000 };

/** "15m" in milliseconds. */
export function lookbackMs(lookback: string): number {
  return parseInt(lookback, 10) * (kUnitMs[lookback.slice(-1)] ?? 0);
}

function queryOf(params: URLSearchParams): Query {
  const lookback = params.get("lookback") ?? "";
  const limit = Number(params.get("limit"));
  const service = params.get("service") ?? "";
  return {
    service,
    operation: service === "" ? "" : (params.get("operation") ?? ""),
    minDuration: normalizeDuration(params.get("minDuration") ?? "") ?? "",
    lookback: (kLookbacks as readonly string[]).includes(lookback) ? lookback : kDefaultQuery.lookback,
    limit: (kLimits as readonly number[]).includes(limit) ? limit : kDefaultQuery.limit,
    errorsOnly: params.get("errors") === "1",
  };
}

export function parseRoute(hash: string): Route {
  const [path = "", search = ""] = hash.replace(/^#/, "").split(/\?(.*)/s);
  const parts = path.split("/").filter((part) => part !== "");
  const params = new URLSearchParams(search);
  if (parts.length === 0 || (parts.length === 1 && parts[0] === "services")) return { page: "services" };
  if (parts.length === 1 && parts[0] === "traces") return { page: "traces", query: queryOf(params) };
  if (parts[0] === "trace") {
    const id = traceIdOf(decode(parts[1] ?? ""));
    const view = traceViewOf(parts.slice(2), params);
    if (id !== null && view !== null) return { page: "trace", id, view };
  }
  return { page: "unknown", hash };
}

function traceViewOf(parts: string[], params: URLSearchParams): TraceView | null {
  if (parts.length === 0) return { name: "waterfall", span: params.get("span") ?? "" };
  if (parts.length === 1 && parts[0] === "events") return { name: "events", event: params.get("event") ?? "" };
  return null;
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

export function tracesHash(query: Query): string {
  const params = new URLSearchParams();
  if (query.service !== "") params.set("service", query.service);
  if (query.service !== "" && query.operation !== "") params.set("operation", query.operation);
  if (query.minDuration !== "") params.set("minDuration", query.minDuration);
  if (query.lookback !== kDefaultQuery.lookback) params.set("lookback", query.lookback);
  if (query.limit !== kDefaultQuery.limit) params.set("limit", String(query.limit));
  if (query.errorsOnly) params.set("errors", "1");
  const search = params.toString();
  return search === "" ? "#/traces" : `#/traces?${search}`;
}

export function traceHash(id: string, span = ""): string {
  return `#/trace/${id}${span === "" ? "" : `?span=${encodeURIComponent(span)}`}`;
}

/** The trace's view of events; `event` is a key of the graph, or empty. */
export function eventsHash(id: string, event = ""): string {
  return `#/trace/${id}/events${event === "" ? "" : `?event=${encodeURIComponent(event)}`}`;
}

/**
 * The trace id in what somebody pasted: the id itself, also in capitals or with dashes as a UUID, a whole traceparent
 * header, or a response line "x-trace-id: ...". Null if there is none.
 */
export function traceIdOf(pasted: string): string | null {
  const value = pasted.trim().toLowerCase().replace(/^[a-z-]+:\s*/, "");
  const traceparent = /^[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}/.exec(value);
  const id = traceparent?.[1] ?? value.replaceAll("-", "");
  return /^[0-9a-f]{1,32}$/.test(id) && !/^0+$/.test(id) ? id : null;
}
