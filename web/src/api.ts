// SPDX-License-Identifier: Apache-2.0
//
// The dashboard's API. Every call fails with an ApiError that says what happened and what can be done about it, in
// words for the page; an aborted call fails with the browser's AbortError and is nobody's business.
import { parseNames, parseTraces, ShapeError, type JaegerTrace } from "./model/jaeger";
import { parseLineage, type Lineage } from "./model/lineage";
import { parseRegistry, type RegisteredService } from "./model/registry";
import { lookbackMs, type Query } from "./model/route";

/** No call takes longer. */
export const kTimeoutMs = 15_000;

/** A search over all services asks for each of them; so many at most. */
export const kMaxSearchedServices = 24;

export type Failure = "offline" | "timeout" | "not_found" | "refused" | "upstream" | "server" | "shape";

export class ApiError extends Error {
  constructor(
    readonly failure: Failure,
    message: string,
    readonly status = 0,
  ) {
    super(message);
  }
}

function failureOf(status: number): Failure {
  if (status === 404) return "not_found";
  if (status === 502 || status === 503 || status === 504) return "upstream";
  return status >= 500 ? "server" : "refused";
}

/** The message of an error answer: Jaeger's {"errors":[{"msg"}]}, or {"error":{"message"}}, or {"message"}. */
function messageOf(body: unknown): string {
  const fields = (typeof body === "object" && body !== null ? body : {}) as Record<string, unknown>;
  const first = Array.isArray(fields["errors"]) ? fields["errors"][0] : fields["error"];
  const nested = (typeof first === "object" && first !== null ? first : {}) as Record<string, unknown>;
  for (const candidate of [nested["msg"], nested["message"], first, fields["message"]]) {
    if (typeof candidate === "string" && candidate !== "") return candidate;
  }
  return "";
}

async function bodyOf(response: Response): Promise<unknown> {
  try {
    return await response.json();
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

async function getJson<T>(path: string, parse: (body: unknown) => T, signal: AbortSignal): Promise<T> {
  const timeout = new AbortController();
  const timer = setTimeout(() => timeout.abort(), kTimeoutMs);
  const forward = () => timeout.abort();
  signal.addEventListener("abort", forward);
  try {
    const response = await fetch(path, { signal: timeout.signal, headers: { accept: "application/json" } });
    const body = await bodyOf(response);
    if (!response.ok) {
      const message = messageOf(body) || `${path} answered ${response.status} ${response.statusText}`.trim();
      throw new ApiError(failureOf(response.status), message, response.status);
    }
    return parse(body);
  } catch (error) {
    if (signal.aborted) throw new DOMException("aborted", "AbortError");
    if (error instanceof ApiError) throw error;
    if (error instanceof ShapeError) throw new ApiError("shape", `${path}: ${error.message}`);
    if (timeout.signal.aborted) throw new ApiError("timeout", `${path} did not answer within ${kTimeoutMs / 1000} s`);
    throw new ApiError("offline", `${path} cannot be reached`);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", forward);
  }
}

export function fetchRegistry(signal: AbortSignal): Promise<RegisteredService[]> {
  return getJson("/api/registry/services", parseRegistry, signal);
}

/** The services that have spans. */
export function fetchServices(signal: AbortSignal): Promise<string[]> {
  return getJson("/api/services", parseNames, signal);
}

export function fetchOperations(service: string, signal: AbortSignal): Promise<string[]> {
  return getJson(`/api/services/${encodeURIComponent(service)}/operations`, parseNames, signal);
}

/** The trace, or an ApiError of "not_found". */
export async function fetchTrace(id: string, signal: AbortSignal): Promise<JaegerTrace> {
  const traces = await getJson(`/api/traces/${encodeURIComponent(id)}`, parseTraces, signal);
  const trace = traces[0];
  if (trace === undefined || trace.spans.length === 0) throw new ApiError("not_found", `no trace ${id}`, 404);
  return trace;
}

/** Which event of the trace caused which. */
export function fetchLineage(id: string, signal: AbortSignal): Promise<Lineage> {
  return getJson(`/api/lineage/${encodeURIComponent(id)}`, parseLineage, signal);
}

/** The parameters of GET /api/traces. `now` in milliseconds since the epoch; the API takes microseconds. */
export function searchParameters(query: Query, service: string, now: number): URLSearchParams {
  const params = new URLSearchParams({ service });
  if (query.operation !== "") params.set("operation", query.operation);
  params.set("limit", String(query.limit));
  params.set("lookback", query.lookback);
  params.set("start", String((now - lookbackMs(query.lookback)) * 1000));
  if (query.minDuration !== "") params.set("minDuration", query.minDuration);
  if (query.errorsOnly) params.set("tags", JSON.stringify({ error: "true" }));
  return params;
}

/** The traces that match. The API searches one service at a time, so all services means one call for each. */
export async function searchTraces(query: Query, services: string[], signal: AbortSignal): Promise<JaegerTrace[]> {
  const searched = query.service !== "" ? [query.service] : services.slice(0, kMaxSearchedServices);
  const now = Date.now();
  const found = await Promise.all(
    searched.map((service) => getJson(`/api/traces?${searchParameters(query, service, now)}`, parseTraces, signal)),
  );
  return found.flat();
}
