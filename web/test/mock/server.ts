// SPDX-License-Identifier: Apache-2.0
//
// A dashboard for tests: serves dist/ with the headers that the real one sends, and the API from data in memory, with
// the parameters that Jaeger's query API takes. What it answers can be changed while it runs.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { readFile } from "node:fs/promises";
import { AddressInfo } from "node:net";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import type { JaegerTrace } from "../../src/model/jaeger";
import { shopRegistry, shopTraces } from "./data";
import { shopFlows, type MockLineage } from "./events";

const kTypes: Record<string, string> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
};

const kPolicy = "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'";

export interface Served {
  registry: { services: { name: string; namespace: string; instances: object[] }[] };
  traces: JaegerTrace[];
  /** Traces that are found by their id alone, so that searches keep their numbers. */
  flows: JaegerTrace[];
  /** Of the traces that have events. */
  lineages: MockLineage[];
  /** Paths that begin so are answered with this status and message instead. */
  failing: { prefix: string; status: number; message: string } | null;
}

function microsecondsOf(duration: string): number {
  const units: Record<string, number> = { ns: 0.001, us: 1, µs: 1, ms: 1000, s: 1e6, m: 6e7, h: 3.6e9 };
  let sum = 0;
  for (const [, amount, unit] of duration.matchAll(/([\d.]+)(ns|us|µs|ms|s|m|h)/g)) sum += Number(amount) * units[unit!]!;
  return sum;
}

export class MockServer {
  readonly served: Served;
  /** The targets of all requests, in the order in which they came. */
  readonly requests: string[] = [];
  private readonly server: Server;

  constructor(now = Date.now()) {
    const flows = shopFlows(now);
    this.served = {
      registry: shopRegistry(now),
      traces: shopTraces(now),
      flows: flows.map(({ trace }) => trace),
      lineages: flows.map(({ lineage }) => lineage),
      failing: null,
    };
    this.server = createServer((request, response) => void this.answer(request, response));
  }

  /** Listens on 127.0.0.1, on a free port for 0; answers the address with http:// before it. */
  async listen(port = 0): Promise<string> {
    await new Promise<void>((resolve, reject) => {
      this.server.once("error", reject);
      this.server.listen(port, "127.0.0.1", resolve);
    });
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", "http://mock");
    this.requests.push(url.pathname + url.search);
    if (!url.pathname.startsWith("/api/")) return this.file(url.pathname, response);
    const { failing } = this.served;
    const [status, body] =
      failing !== null && url.pathname.startsWith(failing.prefix)
        ? [failing.status, { data: null, errors: [{ code: failing.status, msg: failing.message }] }]
        : this.api(url);
    response.writeHead(status, { "content-type": "application/json", "cache-control": "no-store" });
    response.end(JSON.stringify(body));
  }

  private api(url: URL): [number, unknown] {
    const list = (data: unknown[]) => ({ data, total: data.length, limit: 0, offset: 0, errors: null });
    const parts = url.pathname.split("/").slice(2).map(decodeURIComponent);
    if (url.pathname === "/api/registry/services") return [200, this.served.registry];
    if (url.pathname === "/api/services") return [200, list(this.services())];
    if (parts[0] === "services" && parts[2] === "operations") return [200, list(this.operations(parts[1]!))];
    if (url.pathname === "/api/traces") return [200, list(this.search(url.searchParams))];
    if (parts[0] === "traces" && parts.length === 2) {
      const trace = this.trace(parts[1]!);
      if (trace !== undefined) return [200, list([trace])];
      return [404, { data: null, errors: [{ code: 404, msg: "trace not found", traceID: parts[1] }] }];
    }
    if (parts[0] === "lineage" && parts.length === 2) return this.lineage(parts[1]!);
    return [404, { data: null, errors: [{ code: 404, msg: "no such path" }] }];
  }

  private trace(id: string): JaegerTrace | undefined {
    return [...this.served.traces, ...this.served.flows].find((candidate) => candidate.traceID === id);
  }

  private lineage(id: string): [number, unknown] {
    const found = this.served.lineages.find(({ trace_id }) => trace_id === id);
    if (found === undefined && this.trace(id) === undefined) {
      return [404, { data: null, errors: [{ code: 404, msg: "trace not found" }] }];
    }
    const data = found ?? { trace_id: id, truncated: false, events: [], edges: [] };
    return [200, { data, total: data.events.length, limit: 0, offset: 0, errors: null }];
  }

  private services(): string[] {
    return [...new Set(this.served.traces.flatMap((trace) => Object.values(trace.processes).map((p) => p.serviceName)))];
  }

  private operations(service: string): string[] {
    const spans = this.served.traces.flatMap((trace) =>
      trace.spans.filter((span) => trace.processes[span.processID]?.serviceName === service),
    );
    return [...new Set(spans.map((span) => span.operationName))];
  }

  private search(params: URLSearchParams): JaegerTrace[] {
    const service = params.get("service");
    const operation = params.get("operation");
    const shortest = microsecondsOf(params.get("minDuration") ?? "");
    const from = Number(params.get("start") ?? 0);
    const tags = Object.entries(JSON.parse(params.get("tags") ?? "{}") as Record<string, string>);
    return this.served.traces
      .filter((trace) =>
        trace.spans.some(
          (span) =>
            trace.processes[span.processID]?.serviceName === service &&
            (operation === null || span.operationName === operation) &&
            span.duration >= shortest &&
            span.startTime >= from &&
            tags.every(([key, value]) => span.tags.some((tag) => tag.key === key && String(tag.value) === value)),
        ),
      )
      .sort((a, b) => b.spans[0]!.startTime - a.spans[0]!.startTime)
      .slice(0, Number(params.get("limit") ?? 20));
  }

  private async file(path: string, response: ServerResponse): Promise<void> {
    const dist = fileURLToPath(new URL("../../dist/", import.meta.url));
    const name = path === "/" ? "index.html" : normalize(path).replace(/^[/.]+/, "");
    try {
      const bytes = await readFile(join(dist, name));
      const type = kTypes[extname(name)] ?? "application/octet-stream";
      response.writeHead(200, { "content-type": type, "content-security-policy": kPolicy, "x-content-type-options": "nosniff" });
      response.end(bytes);
    } catch {
      response.writeHead(404).end("not found");
    }
  }
}
