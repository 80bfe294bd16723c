// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from "vitest";
import { ShapeError } from "./jaeger";
import { parseLineage } from "./lineage";

const kHandled = {
  service: "inventory", group: "stock", instance: "inventory-1", trace_id: "aa", span_id: "03", started_at: 1020, duration_us: 30,
  outcome: "retried", attempt: 1, error: "busy",
};
const kEvent = {
  id: "e2", source: "/order", type: "shop.Accepted", topic: "orders", key: "7", correlation_id: "e1", causation_id: "e1",
  published_by: "order", published_at: 1005, trace_id: "aa", span_id: "02", abandoned: false, handled: [kHandled],
};
const kEdge = { from: "e1", from_source: "/cart", to: "e2", to_source: "/order", service: "order", latency_us: 4 };

const answer = (data: object) => ({ data: { trace_id: "aa", truncated: false, events: [], edges: [], ...data }, total: 0 });

describe("the answer of the lineage", () => {
  test("is read", () => {
    const lineage = parseLineage(answer({ truncated: true, events: [kEvent], edges: [kEdge] }));
    expect(lineage).toEqual({
      traceId: "aa",
      truncated: true,
      events: [
        {
          id: "e2", source: "/order", type: "shop.Accepted", topic: "orders", key: "7", correlationId: "e1", causationId: "e1",
          published: { service: "order", at: 1005, traceId: "aa", spanId: "02" }, abandoned: false,
          handled: [
            {
              service: "inventory", group: "stock", instance: "inventory-1", traceId: "aa", spanId: "03", startedAt: 1020,
              duration: 30, outcome: "retried", attempt: 1, error: "busy",
            },
          ],
        },
      ],
      edges: [{ from: "e1", fromSource: "/cart", to: "e2", toSource: "/order", service: "order", latency: 4 }],
    });
  });

  test("may leave out what is not known", () => {
    const unknown = Object.fromEntries(Object.keys(kEvent).map((key) => [key, null]));
    const lineage = parseLineage(answer({ events: [{ ...unknown, id: "e1", abandoned: false }] }));
    expect(lineage.events).toEqual([
      { id: "e1", source: "", type: "", topic: "", key: "", correlationId: "", causationId: "", published: null, abandoned: false, handled: [] },
    ]);
    expect(parseLineage(answer({ events: null, edges: null })).events).toEqual([]);
  });

  test("of another shape is refused, with the place", () => {
    const wrong: [unknown, string][] = [
      [null, "answer is not an object"],
      [{ data: [] }, "data is not an object"],
      [answer({ trace_id: 7 }), "data.trace_id is not a string"],
      [answer({ events: [{}] }), "data.events[0].id is not a string"],
      [answer({ events: [{ ...kEvent, type: 1 }] }), "data.events[0].type is not a string"],
      [answer({ events: [{ ...kEvent, published_at: "now" }] }), "data.events[0].published_at is not a number"],
      [answer({ events: [{ ...kEvent, handled: [{ ...kHandled, outcome: null }] }] }), "data.events[0].handled[0].outcome is not a string"],
      [answer({ edges: [{ ...kEdge, latency_us: null }] }), "data.edges[0].latency_us is not a number"],
    ];
    for (const [body, message] of wrong) {
      expect(() => parseLineage(body)).toThrow(ShapeError);
      expect(() => parseLineage(body)).toThrow(message);
    }
  });
});
