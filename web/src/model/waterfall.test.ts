// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from "vitest";
import { traceOf } from "../../test/helpers";
import { buildTrace } from "./trace";
import { keyAction } from "./tree_keys";
import { barOf, errorText, eventPosition, findSpans, foldable, targetOf, tickLabel, ticksOf, unfoldTo, visibleRows } from "./waterfall";

const trace = buildTrace(
  traceOf(
    { id: "r", start: 0, duration: 100, service: "gateway" },
    { id: "a", parent: "r", start: 10, duration: 40, service: "order" },
    { id: "a1", parent: "a", start: 15, duration: 10, service: "user", error: true },
    { id: "b", parent: "r", start: 60, duration: 20, service: "inventory" },
  ),
);
const span = (id: string) => trace.spans.find((candidate) => candidate.id === id)!;
const shown = (folded: string[]) => visibleRows(trace, new Set(folded.map((id) => span(id).key))).map((row) => row.span.id);

describe("rows", () => {
  test("are all spans while nothing is folded", () => {
    expect(shown([])).toEqual(["r", "a", "a1", "b"]);
  });

  test("below a folded span are hidden, with a fold inside of a fold too", () => {
    expect(shown(["a"])).toEqual(["r", "a", "b"]);
    expect(shown(["r"])).toEqual(["r"]);
    expect(shown(["r", "a"])).toEqual(["r"]);
  });

  test("count the errors that a fold hides", () => {
    const rows = visibleRows(trace, new Set([span("r").key]));
    expect(rows[0]).toMatchObject({ folded: true, hiddenErrors: 1 });
  });

  test("of a span without children cannot be folded", () => {
    expect(visibleRows(trace, new Set([span("b").key])).at(-1)).toMatchObject({ folded: false });
    expect([...foldable(trace)]).toEqual([span("r").key, span("a").key]);
  });

  test("become visible by unfolding the ancestors alone", () => {
    const folded = new Set([span("r").key, span("a").key, span("b").key]);
    expect(unfoldTo(span("a1"), folded)).toEqual(new Set([span("b").key]));
  });
});

describe("bars", () => {
  test("lie where the span lies in the trace", () => {
    expect(barOf(span("a"), 100)).toMatchObject({ left: 0.1, width: 0.4 });
  });

  test("have the label behind, before or inside, wherever there is room", () => {
    expect(barOf({ start: 10, duration: 40 }, 100).label).toBe("after");
    expect(barOf({ start: 60, duration: 38 }, 100).label).toBe("before");
    expect(barOf({ start: 2, duration: 97 }, 100).label).toBe("inside");
  });

  test("stay inside of the time line whatever the times are", () => {
    for (const [start, duration] of [[-50, 20], [-50, 500], [90, 500], [200, 10], [0, 0]] as const) {
      const { left, width } = barOf({ start, duration }, 100);
      expect(left).toBeGreaterThanOrEqual(0);
      expect(width).toBeGreaterThanOrEqual(0);
      expect(left + width).toBeLessThanOrEqual(1);
    }
  });

  test("of a trace that took no time fill it", () => {
    expect(barOf({ start: 0, duration: 0 }, 0)).toEqual({ left: 0, width: 1, label: "inside" });
  });

  test("carry the events that lie within the trace", () => {
    expect(eventPosition(span("a"), trace, 25)).toBe(0.25);
    expect(eventPosition(span("a"), trace, 101)).toBeNull();
    expect(eventPosition({ ...span("a"), shift: 50 }, trace, 25)).toBe(0.75);
  });
});

describe("ticks", () => {
  test("are round, begin at 0, stay below the duration and are neither too few nor too many", () => {
    for (const duration of [1, 3, 7, 9.9, 10, 12, 850, 999, 13_100, 1_260_000, 59_999_999, 3_600_000_000]) {
      const ticks = ticksOf(duration);
      expect(ticks[0]).toBe(0);
      expect(ticks.length).toBeGreaterThanOrEqual(3);
      expect(ticks.length).toBeLessThanOrEqual(7);
      expect(ticks.at(-1)).toBeLessThan(duration);
      const step = ticks[1]!;
      expect([1, 2, 5]).toContain(Math.round(step / 10 ** Math.floor(Math.log10(step) + 1e-9)));
    }
  });

  test("of no duration are 0 alone", () => {
    expect(ticksOf(0)).toEqual([0]);
  });

  test("are labelled on their left where there is no room on their right", () => {
    expect(ticksOf(101).map((tick) => tickLabel(tick, 101))).toEqual(["after", "after", "after", "after", "after", "before"]);
    expect(tickLabel(0, 0)).toBe("after");
  });
});

describe("targets", () => {
  const tags = [
    { key: "http.request.method", value: "POST" },
    { key: "server.address", value: "order" },
    { key: "url.path", value: "/api/orders" },
  ];

  test("complete the names of HTTP clients' spans, which are the method alone", () => {
    expect(targetOf({ kind: "client", operation: "POST", tags })).toBe("order/api/orders");
    expect(targetOf({ kind: "client", operation: "POST", tags: tags.slice(0, 2) })).toBe("order");
  });

  test("are left out where the name says more already, or nothing is known", () => {
    expect(targetOf({ kind: "client", operation: "POST /api/orders", tags })).toBe("");
    expect(targetOf({ kind: "server", operation: "POST", tags })).toBe("");
    expect(targetOf({ kind: "client", operation: "POST", tags: tags.slice(0, 1) })).toBe("");
    expect(targetOf({ kind: "client", operation: "", tags: [] })).toBe("");
  });
});

describe("search", () => {
  test("finds spans that contain every word in service, operation, tags or id", () => {
    expect(findSpans(trace, "user op").map(({ id }) => id)).toEqual(["a1"]);
    expect(findSpans(trace, "ERROR=true").map(({ id }) => id)).toEqual(["a1"]);
    expect(findSpans(trace, "gateway inventory")).toEqual([]);
  });

  test("takes the word error for the spans with errors", () => {
    expect(findSpans(trace, " error ").map(({ id }) => id)).toEqual(["a1"]);
  });

  test("for nothing finds nothing", () => {
    expect(findSpans(trace, "  ")).toEqual([]);
  });

  test("tells what went wrong from the exception first, then from the status", () => {
    const failed = { ...span("a1"), tags: [{ key: "otel.status_description", value: "gone" }] };
    expect(errorText(failed)).toBe("gone");
    const fields = [{ key: "event", value: "exception" }, { key: "exception.message", value: "disk full" }];
    expect(errorText({ ...failed, logs: [{ timestamp: 1, fields }] })).toBe("disk full");
    expect(errorText(span("b"))).toBe("");
  });
});

describe("keys", () => {
  const rows = visibleRows(trace, new Set([span("a").key]));
  const press = (key: string, id: string) => {
    const action = keyAction(key, rows, rows.find((row) => row.span.id === id)!);
    return action?.kind === "go" ? action.span.id : (action?.kind ?? null);
  };

  test("up and down go over the visible rows and stop at the ends", () => {
    expect(press("ArrowDown", "a")).toBe("b");
    expect(press("ArrowDown", "b")).toBeNull();
    expect(press("ArrowUp", "a")).toBe("r");
    expect(press("ArrowUp", "r")).toBeNull();
    expect(press("End", "r")).toBe("b");
    expect(press("Home", "b")).toBe("r");
    expect(press("PageDown", "r")).toBe("b");
  });

  test("right unfolds, then goes to the first child", () => {
    expect(press("ArrowRight", "a")).toBe("fold");
    expect(press("ArrowRight", "r")).toBe("a");
    expect(press("ArrowRight", "b")).toBeNull();
  });

  test("left folds, then goes to the parent", () => {
    expect(press("ArrowLeft", "r")).toBe("fold");
    expect(press("ArrowLeft", "a")).toBe("r");
    expect(press("ArrowLeft", "b")).toBe("r");
  });

  test("enter and space open, others mean nothing", () => {
    expect(press("Enter", "a")).toBe("open");
    expect(press(" ", "a")).toBe("open");
    expect(press("x", "a")).toBeNull();
  });
});
