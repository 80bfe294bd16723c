// SPDX-License-Identifier: Apache-2.0
//
// Traces and a registry as a running shop would have them, in the API's own JSON. The same seed gives the same data;
// times are relative to the moment given.
import type { JaegerSpan, JaegerTrace, KeyValue } from "../../src/model/jaeger";

export class Random {
  constructor(private state: number) {}

  /** Uniform from 0 to below 1 (mulberry32). */
  next(): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let value = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value;
    return ((value ^ (value >>> 14)) >>> 0) / 4294967296;
  }

  between(low: number, high: number): number {
    return Math.floor(low + this.next() * (high - low));
  }

  hex(digits: number): string {
    return Array.from({ length: digits }, () => this.between(0, 16).toString(16)).join("");
  }
}

interface SpanOptions {
  service: string;
  operation: string;
  start: number;
  duration: number;
  parent?: JaegerSpan;
  kind?: string;
  tags?: Record<string, string | number | boolean>;
  error?: string;
  host?: string;
}

function keyValues(fields: Record<string, string | number | boolean>): KeyValue[] {
  return Object.entries(fields).map(([key, value]) => ({
    key,
    type: typeof value === "number" ? "int64" : typeof value === "boolean" ? "bool" : "string",
    value,
  }));
}

/** Builds one trace, span by span. Times in microseconds since the epoch. */
export class TraceBuilder {
  readonly trace: JaegerTrace;

  constructor(
    private readonly random: Random,
    id?: string,
  ) {
    this.trace = { traceID: id ?? random.hex(32), spans: [], processes: {}, warnings: [] };
  }

  span(options: SpanOptions): JaegerSpan {
    const { service, operation, start, duration, parent, kind = "internal", tags = {}, error, host } = options;
    const span: JaegerSpan = {
      traceID: this.trace.traceID,
      spanID: this.random.hex(16),
      operationName: operation,
      references: parent === undefined ? [] : [{ refType: "CHILD_OF", traceID: this.trace.traceID, spanID: parent.spanID }],
      startTime: Math.round(start),
      duration: Math.round(duration),
      tags: keyValues({ "span.kind": kind, ...tags }),
      logs: [],
      processID: this.process(service, host ?? "dev"),
      warnings: [],
    };
    if (error !== undefined) {
      span.tags.push(...keyValues({ error: true, "otel.status_code": "ERROR", "otel.status_description": error }));
    }
    this.trace.spans.push(span);
    return span;
  }

  private process(service: string, host: string): string {
    const known = Object.entries(this.trace.processes).find(
      ([, process]) => process.serviceName === service && process.tags.some((tag) => tag.value === host),
    );
    if (known !== undefined) return known[0];
    const id = `p${Object.keys(this.trace.processes).length + 1}`;
    const tags = keyValues({ "host.name": host, "service.instance.id": `${service}-1`, "telemetry.sdk.name": "skerry" });
    this.trace.processes[id] = { serviceName: service, tags };
    return id;
  }
}

export interface OrderOptions {
  id?: string;
  outOfStock?: boolean;
  /** Microseconds by which the clock of the inventory's host is behind. */
  skew?: number;
}

/** An order as it passes the gateway, order, user and inventory. */
export function orderTrace(random: Random, start: number, options: OrderOptions = {}): JaegerTrace {
  const builder = new TraceBuilder(random, options.id);
  const { outOfStock = false, skew = 0 } = options;
  const userTime = random.between(800, 2500);
  const reserveTime = random.between(2500, 9000);
  const storeTime = outOfStock ? 0 : random.between(1200, 4000);
  const orderTime = userTime + reserveTime + storeTime + random.between(1200, 3000);
  const status = outOfStock ? 409 : 201;
  const inventoryHost = skew > 0 ? "store-2" : "dev";
  const http = { "http.request.method": "POST", "url.path": "/api/orders", "http.response.status_code": status };
  const root = builder.span({
    service: "gateway", operation: "POST /api/orders", start, duration: orderTime + random.between(500, 900),
    kind: "server", tags: { ...http, "skerry.route": "/api/orders", "client.address": "127.0.0.1" },
  });
  const proxy = builder.span({
    service: "gateway", operation: "POST", start: start + 180, duration: orderTime + 240, parent: root, kind: "client",
    tags: { ...http, "server.address": "127.0.0.1", "server.port": 40011 },
  });
  const order = builder.span({
    service: "order", operation: "POST /api/orders", start: start + 320, duration: orderTime, parent: proxy, kind: "server",
    tags: http, ...(outOfStock ? { error: "SKU-0010: 2 wanted, 1 in stock" } : {}),
  });
  const rpc = { "rpc.system": "grpc" };
  const userCall = builder.span({
    service: "order", operation: "shop.UserService/GetUser", start: start + 600, duration: userTime, parent: order,
    kind: "client", tags: { ...rpc, "rpc.method": "GetUser", "skerry.attempts": 1 },
  });
  const user = builder.span({
    service: "user", operation: "shop.UserService/GetUser", start: start + 780, duration: userTime - 330,
    parent: userCall, kind: "server", tags: { ...rpc, "rpc.grpc.status_code": 0, "user.id": "u1" },
  });
  builder.span({
    service: "user", operation: "sqlite select users", start: start + 860, duration: 240, parent: user, kind: "client",
    tags: { "db.system": "sqlite", "db.statement": "select name, age from users where id = ?" },
  });
  const reserveAt = start + 600 + userTime + 210;
  const reserveCall = builder.span({
    service: "order", operation: "shop.InventoryService/Reserve", start: reserveAt, duration: reserveTime, parent: order,
    kind: "client", tags: { ...rpc, "rpc.method": "Reserve" }, ...(outOfStock ? { error: "FAILED_PRECONDITION" } : {}),
  });
  const reserve = builder.span({
    service: "inventory", operation: "shop.InventoryService/Reserve", start: reserveAt + 190 - skew,
    duration: reserveTime - 360, parent: reserveCall, kind: "server", host: inventoryHost,
    tags: { ...rpc, "order.id": "ord_" + random.hex(8), "items": 1 },
    ...(outOfStock ? { error: "SKU-0010: 2 wanted, 1 in stock" } : {}),
  });
  builder.span({
    service: "inventory", operation: "sqlite begin immediate", start: reserveAt + 260 - skew, duration: 300,
    parent: reserve, kind: "client", host: inventoryHost, tags: { "db.system": "sqlite" },
  });
  builder.span({
    service: "inventory", operation: "sqlite commit", start: reserveAt + 900 - skew, duration: reserveTime - 1300,
    parent: reserve, kind: "client", host: inventoryHost, tags: { "db.system": "sqlite", "db.synchronous": "full" },
  });
  if (outOfStock) {
    reserve.logs.push({
      timestamp: reserveAt + 700 - skew,
      fields: keyValues({ event: "stock.insufficient", sku: "SKU-0010", requested: 2, available: 1 }),
    });
  } else {
    builder.span({
      service: "order", operation: "sqlite insert orders", start: reserveAt + reserveTime + 120, duration: storeTime,
      parent: order, kind: "client", tags: { "db.system": "sqlite" },
    });
  }
  return builder.trace;
}

/** A read that ends in one service. */
export function readTrace(random: Random, start: number, service: string, path: string): JaegerTrace {
  const builder = new TraceBuilder(random);
  const duration = random.between(900, 4000);
  const tags = { "http.request.method": "GET", "http.response.status_code": 200, "url.path": path };
  const root = builder.span({ service: "gateway", operation: `GET ${path}`, start, duration: duration + 600, kind: "server", tags });
  const call = builder.span({ service: "gateway", operation: "GET", start: start + 150, duration: duration + 200, parent: root, kind: "client", tags });
  builder.span({ service, operation: `GET ${path}`, start: start + 260, duration, parent: call, kind: "server", tags });
  return builder.trace;
}

/** One request of a great many spans: a batch job that looks at every product. */
export function wideTrace(random: Random, start: number, spans: number): JaegerTrace {
  const builder = new TraceBuilder(random);
  const root = builder.span({ service: "batch", operation: "recount stock", start, duration: spans * 900 });
  for (let index = 1; index < spans; index++) {
    builder.span({
      service: index % 2 === 0 ? "inventory" : "batch", operation: index % 2 === 0 ? "count" : "shop.InventoryService/GetProduct",
      start: start + index * 890, duration: random.between(200, 880), parent: root, kind: index % 2 === 0 ? "server" : "client",
    });
  }
  return builder.trace;
}

export const kOrderTrace = "4bf92f3577b34da6a3ce929d0e0e4736";
export const kFailedTrace = "0af7651916cd43dd8448eb211c80319c";
export const kSkewedTrace = "1111222233334444555566667777aaaa";
export const kOrphanTrace = "9999222233334444555566667777bbbb";
export const kWideTrace = "5555000000000000000000000000cccc";

export function shopTraces(now: number): JaegerTrace[] {
  const random = new Random(7);
  const at = (secondsAgo: number) => (now - secondsAgo * 1000) * 1000;
  const traces = [
    orderTrace(random, at(21), { id: kOrderTrace }),
    orderTrace(random, at(48), { id: kFailedTrace, outOfStock: true }),
    orderTrace(random, at(95), { id: kSkewedTrace, skew: 25_000 }),
  ];
  const orphan = orderTrace(random, at(130), { id: kOrphanTrace });
  orphan.spans = orphan.spans.filter((span) => span.operationName !== "POST");
  const wide = wideTrace(random, at(200), 1400);
  wide.traceID = kWideTrace;
  for (const span of wide.spans) {
    span.traceID = kWideTrace;
    for (const reference of span.references) reference.traceID = kWideTrace;
  }
  traces.push(orphan, wide);
  for (let index = 0; index < 40; index++) {
    const start = at(30 + index * 37 + random.between(0, 30));
    const kind = random.between(0, 4);
    if (kind === 0) traces.push(readTrace(random, start, "user", "/api/users/{id}"));
    else if (kind === 1) traces.push(readTrace(random, start, "inventory", "/api/products"));
    else if (kind === 2) traces.push(readTrace(random, start, "inventory", "/api/inventory/{sku}"));
    else traces.push(orderTrace(random, start, { outOfStock: random.next() < 0.15 }));
  }
  return traces;
}

export function shopRegistry(now: number): { services: { name: string; namespace: string; instances: object[] }[] } {
  const instance = (service: string, port: number, secondsAgo: number, more: object = {}) => ({
    id: `${service}-${port.toString(16)}c2f1`,
    address: `127.0.0.1:${port}`,
    admin_address: `127.0.0.1:${port + 1}`,
    version: "0.1.0",
    started_at: new Date(now - secondsAgo * 1000).toISOString(),
    metadata: { protocols: "http,grpc", zone: "local" },
    ...more,
  });
  return {
    services: [
      { name: "gateway", namespace: "public", instances: [instance("gateway", 8080, 4001)] },
      {
        name: "inventory",
        namespace: "public",
        instances: [instance("inventory", 40021, 3999), instance("inventory", 40031, 312, { metadata: { protocols: "http,grpc", zone: "local", weight: "50" } })],
      },
      { name: "order", namespace: "public", instances: [instance("order", 40011, 3998)] },
      { name: "user", namespace: "public", instances: [instance("user", 40001, 3999)] },
    ],
  };
}
