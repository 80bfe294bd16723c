// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from "vitest";
import { traceOf } from "../../test/helpers";
import { buildTrace, type Trace } from "./trace";

const ids = (trace: Trace) => trace.spans.map((span) => span.id);
const spanOf = (trace: Trace, id: string) => trace.spans.find((span) => span.id === id)!;

describe("the tree", () => {
  test("is in depth-first order with children by start, however the spans arrive", () => {
    const trace = buildTrace(
      traceOf(
        { id: "c2", parent: "r", start: 50, duration: 10 },
        { id: "g", parent: "c1", start: 12, duration: 5 },
        { id: "r", start: 0, duration: 100 },
        { id: "c1", parent: "r", start: 10, duration: 20 },
      ),
    );
    expect(ids(trace)).toEqual(["r", "c1", "g", "c2"]);
    expect(trace.spans.map((span) => span.depth)).toEqual([0, 1, 2, 1]);
    expect(trace.spans.map((span) => span.descendants)).toEqual([3, 1, 0, 0]);
    expect(trace.depth).toBe(3);
    expect(trace.root?.id).toBe("r");
  });

  test("takes times relative to the earliest span and lasts to the latest end", () => {
    const trace = buildTrace(
      traceOf({ id: "r", start: 1_000_000, duration: 100 }, { id: "late", parent: "r", start: 1_000_090, duration: 60 }),
    );
    expect(trace.startTime).toBe(1_000_000);
    expect(trace.duration).toBe(150);
    expect(spanOf(trace, "late").start).toBe(90);
  });

  test("shows a span whose parent is not there at the top level and says which it misses", () => {
    const trace = buildTrace(
      traceOf({ id: "o", parent: "gone", start: 0, duration: 5 }, { id: "r", start: 1, duration: 10 }),
    );
    expect(ids(trace)).toEqual(["o", "r"]);
    expect(trace.orphans).toBe(1);
    expect(spanOf(trace, "o").missingParent).toBe("gone");
    expect(trace.root?.id).toBe("r");
  });

  test("loses no span of a cycle", () => {
    const trace = buildTrace(
      traceOf(
        { id: "a", parent: "c", start: 5, duration: 1 },
        { id: "b", parent: "a", start: 6, duration: 1 },
        { id: "c", parent: "b", start: 7, duration: 1 },
        { id: "r", start: 0, duration: 9 },
      ),
    );
    expect(ids(trace)).toEqual(["r", "a", "b", "c"]);
    expect(trace.spans.map((span) => span.depth)).toEqual([0, 0, 1, 2]);
  });

  test("keeps a span that names itself as its parent", () => {
    expect(ids(buildTrace(traceOf({ id: "a", parent: "a", start: 0, duration: 1 })))).toEqual(["a"]);
  });

  test("counts a span that was delivered twice once, and keeps two different spans of one id", () => {
    const twice = { id: "a", start: 0, duration: 5 };
    expect(buildTrace(traceOf(twice, twice)).spans).toHaveLength(1);
    const shared = buildTrace(traceOf({ ...twice, service: "x" }, { ...twice, service: "y" }));
    expect(new Set(shared.spans.map((span) => span.key)).size).toBe(2);
  });

  test("gives a span the same key however many others arrive before it", () => {
    const span = { id: "b", parent: "a", start: 5, duration: 1 };
    const key = buildTrace(traceOf(span)).spans[0]!.key;
    const whole = buildTrace(traceOf({ id: "a", start: 0, duration: 9 }, span));
    expect(spanOf(whole, "b").key).toBe(key);
  });

  test("takes the parent from CHILD_OF before FOLLOWS_FROM and keeps the other reference as a link", () => {
    const source = traceOf({ id: "a", start: 0, duration: 9 }, { id: "b", start: 1, duration: 5 }, { id: "c", start: 2, duration: 1 });
    source.spans[2]!.references = [
      { refType: "FOLLOWS_FROM", traceID: "t1", spanID: "a" },
      { refType: "CHILD_OF", traceID: "t1", spanID: "b" },
      { refType: "FOLLOWS_FROM", traceID: "other", spanID: "x" },
    ];
    const span = spanOf(buildTrace(source), "c");
    expect(span.parent?.id).toBe("b");
    expect(span.links.map((link) => link.spanID)).toEqual(["a", "x"]);
  });

  test("does not take a reference into another trace for the parent", () => {
    const source = traceOf({ id: "a", start: 0, duration: 9 });
    source.spans[0]!.references = [{ refType: "FOLLOWS_FROM", traceID: "other", spanID: "x" }];
    const trace = buildTrace(source);
    expect(trace.orphans).toBe(0);
    expect(trace.spans[0]!.links).toHaveLength(1);
  });

  test("builds a chain of 20,000 spans and a parent of 200,000 children", () => {
    const chain = Array.from({ length: 20_000 }, (_, index) => ({
      id: `s${index}`,
      ...(index > 0 ? { parent: `s${index - 1}` } : {}),
      start: index,
      duration: 40_000 - index,
    }));
    expect(buildTrace(traceOf(...chain)).depth).toBe(20_000);
    const source = traceOf({ id: "r", start: 0, duration: 200_000 });
    const child = source.spans[0]!;
    for (let index = 0; index < 200_000; index++) {
      const references = [{ refType: "CHILD_OF", traceID: "t1", spanID: "r" }];
      source.spans.push({ ...child, spanID: `c${index}`, references, startTime: index, duration: 1 });
    }
    expect(buildTrace(source).spans).toHaveLength(200_001);
  });

  test("of a trace without spans is empty", () => {
    const trace = buildTrace(traceOf());
    expect(trace.root).toBeNull();
    expect(trace.duration).toBe(0);
  });
});

describe("the figures", () => {
  test("count errors by either way of marking them", () => {
    const source = traceOf({ id: "a", start: 0, duration: 1, error: true }, { id: "b", start: 0, duration: 1 }, { id: "c", start: 0, duration: 1 });
    source.spans[1]!.tags = [{ key: "otel.status_code", value: "ERROR" }];
    source.spans[2]!.tags = [{ key: "error", value: false }];
    const trace = buildTrace(source);
    expect(trace.errors).toBe(2);
    expect(trace.services[0]!.errors).toBe(2);
  });

  test("give as own time what no child covers, overlapping children counted once", () => {
    const trace = buildTrace(
      traceOf(
        { id: "r", start: 0, duration: 100 },
        { id: "a", parent: "r", start: 10, duration: 30 },
        { id: "b", parent: "r", start: 20, duration: 40 },
        { id: "outside", parent: "r", start: 90, duration: 50 },
      ),
    );
    expect(spanOf(trace, "r").selfTime).toBe(10 + 30);
  });

  test("do not count the time of a child that runs wholly after its parent", () => {
    const trace = buildTrace(traceOf({ id: "r", start: 0, duration: 10 }, { id: "after", parent: "r", start: 50, duration: 10 }));
    expect(spanOf(trace, "r").selfTime).toBe(10);
  });

  test("name the services with the largest share of own time first", () => {
    const trace = buildTrace(
      traceOf({ id: "r", start: 0, duration: 100, service: "gateway" }, { id: "a", parent: "r", start: 5, duration: 90, service: "order" }),
    );
    expect(trace.services.map(({ service, selfTime }) => [service, selfTime])).toEqual([["order", 90], ["gateway", 10]]);
  });
});

describe("clock skew", () => {
  const skewed = () =>
    traceOf(
      { id: "r", start: 1000, duration: 100, service: "order", host: "one" },
      { id: "c", parent: "r", start: 600, duration: 60, service: "inventory", host: "two" },
      { id: "g", parent: "c", start: 610, duration: 10, service: "inventory", host: "two" },
    );

  test("moves a span that began before its caller to the caller's middle, with its subtree, and reports the shift", () => {
    const trace = buildTrace(skewed());
    expect(trace.startTime).toBe(1000);
    expect(trace.duration).toBe(100);
    expect(spanOf(trace, "c").start).toBe(20);
    expect(spanOf(trace, "g").start).toBe(30);
    expect(spanOf(trace, "g").shift).toBe(420);
    expect(trace.shifts).toEqual([{ service: "inventory", shift: 420 }]);
  });

  test("is left as recorded on request", () => {
    const trace = buildTrace(skewed(), { correctSkew: false });
    expect(trace.startTime).toBe(600);
    expect(spanOf(trace, "r").start).toBe(400);
    expect(trace.shifts).toEqual([]);
  });

  test("puts a callee that is longer than its caller at the caller's start", () => {
    const trace = buildTrace(
      traceOf({ id: "r", start: 100, duration: 10, service: "a", host: "1" }, { id: "c", parent: "r", start: 0, duration: 50, service: "b", host: "2" }),
    );
    expect(spanOf(trace, "c").start).toBe(0);
    expect(spanOf(trace, "c").shift).toBe(100);
  });

  test("is not seen where both ran on one host", () => {
    const trace = buildTrace(
      traceOf({ id: "r", start: 100, duration: 10, service: "a", host: "1" }, { id: "c", parent: "r", start: 90, duration: 5, service: "b", host: "1" }),
    );
    expect(trace.shifts).toEqual([]);
    expect(spanOf(trace, "c").start).toBe(0);
  });

  test("does not move a span that goes on after its caller, as after a timeout or behind a queue", () => {
    const trace = buildTrace(
      traceOf({ id: "r", start: 0, duration: 10, service: "a", host: "1" }, { id: "c", parent: "r", start: 5, duration: 500, service: "b", host: "2" }),
    );
    expect(spanOf(trace, "c").start).toBe(5);
    expect(trace.shifts).toEqual([]);
  });

  test("judges a callee on a third host by the corrected time of its caller", () => {
    const trace = buildTrace(
      traceOf(
        { id: "r", start: 1000, duration: 100, service: "a", host: "1" },
        { id: "c", parent: "r", start: 0, duration: 100, service: "b", host: "2" },
        { id: "g", parent: "c", start: 1010, duration: 10, service: "c", host: "1" },
      ),
    );
    expect(spanOf(trace, "c").start).toBe(0);
    expect(spanOf(trace, "g").start).toBe(10);
  });
});
