// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from "vitest";
import { traceOf } from "../../test/helpers";
import { dotsOf, durationScale, kPlotHeight } from "./plot";
import { sortSummaries, summarize, type Summary } from "./summary";

describe("the list", () => {
  const trace = traceOf(
    { id: "r", start: 1000, duration: 100, service: "gateway" },
    { id: "a", parent: "r", start: 1010, duration: 40, service: "order", error: true },
    { id: "b", parent: "r", start: 1060, duration: 80, service: "order" },
  );

  test("names each trace by its root and counts spans, errors and services", () => {
    expect(summarize([trace])).toEqual([
      {
        id: "t1",
        service: "gateway",
        operation: "op r",
        startTime: 1000,
        duration: 140,
        spans: 3,
        errors: 1,
        orphans: 0,
        services: [{ service: "order", spans: 2 }, { service: "gateway", spans: 1 }],
      },
    ]);
  });

  test("has a trace that two services found once, with most of its spans, and none without spans", () => {
    const part = { ...trace, spans: trace.spans.slice(0, 1) };
    const empty = { ...trace, traceID: "t2", spans: [] };
    expect(summarize([part, trace, part, empty]).map(({ id, spans }) => [id, spans])).toEqual([["t1", 3]]);
  });

  test("is sorted by any figure, the newest first among equals", () => {
    const summary = (id: string, startTime: number, duration: number) => ({ id, startTime, duration }) as Summary;
    const all = [summary("a", 1, 5), summary("b", 2, 9), summary("c", 3, 5)];
    const order = (descending: boolean) => sortSummaries(all, { key: "duration", descending }).map(({ id }) => id);
    expect(order(true)).toEqual(["b", "c", "a"]);
    expect(order(false)).toEqual(["c", "a", "b"]);
    expect(all.map(({ id }) => id)).toEqual(["a", "b", "c"]);
  });
});

describe("the plot", () => {
  const summary = (startTime: number, duration: number) => ({ startTime, duration, spans: 3 }) as Summary;

  test("puts time from left to right and longer traces higher, all inside of it", () => {
    const dots = dotsOf([summary(0, 100), summary(50, 1000), summary(100, 1_000_000)]);
    expect(dots.map(({ left }) => left)).toEqual([...dots.map(({ left }) => left)].sort((a, b) => a - b));
    expect(dots[0]!.top).toBeGreaterThan(dots[1]!.top);
    for (const { left, top } of dots) {
      expect(left > 0 && left < 1 && top >= 0 && top <= kPlotHeight).toBe(true);
    }
  });

  test("has round marks around all durations, also for equal ones and for none", () => {
    for (const durations of [[100, 100], [1, 2], [0, 0], [2100, 17_600], [900, 1_260_000]]) {
      const { ticks, top } = durationScale(durations);
      expect(ticks.length).toBeGreaterThanOrEqual(2);
      expect(ticks.length).toBeLessThanOrEqual(9);
      for (const duration of durations) {
        expect(top(duration)).toBeGreaterThanOrEqual(0);
        expect(top(duration)).toBeLessThanOrEqual(kPlotHeight);
      }
    }
  });

  test("of traces of one moment lies in the middle", () => {
    expect(dotsOf([summary(5, 10), summary(5, 20)]).map(({ left }) => left)).toEqual([0.5, 0.5]);
  });
});
