// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from "vitest";
import { eventsHash, kDefaultQuery, lookbackMs, parseRoute, traceHash, traceIdOf, tracesHash, type Query } from "./route";

describe("routes", () => {
  test("begin at the services", () => {
    for (const hash of ["", "#", "#/", "#/services"]) expect(parseRoute(hash)).toEqual({ page: "services" });
  });

  test("of a search say all that was asked, and only what is not the default", () => {
    const query: Query = { service: "a&b ü", operation: "GET /x?y=#", minDuration: "5ms", lookback: "6h", limit: 50, errorsOnly: true };
    expect(parseRoute(tracesHash(query))).toEqual({ page: "traces", query });
    expect(tracesHash(kDefaultQuery)).toBe("#/traces");
    expect(parseRoute("#/traces")).toEqual({ page: "traces", query: kDefaultQuery });
  });

  test("of a search fall back to the default where a link asks for nonsense", () => {
    expect(parseRoute("#/traces?limit=1e9&lookback=forever&minDuration=soon&operation=x")).toEqual({
      page: "traces",
      query: kDefaultQuery,
    });
  });

  test("of a trace name the span that is open", () => {
    expect(parseRoute(traceHash("ABCdef12", "77"))).toEqual({
      page: "trace",
      id: "abcdef12",
      view: { name: "waterfall", span: "77" },
    });
    expect(parseRoute("#/trace/abc")).toEqual({ page: "trace", id: "abc", view: { name: "waterfall", span: "" } });
  });

  test("of a trace's events name the event that is open, whatever its key is made of", () => {
    const event = "/shop/order 1&2?#ü";
    expect(parseRoute(eventsHash("ab12", event))).toEqual({ page: "trace", id: "ab12", view: { name: "events", event } });
    expect(eventsHash("ab12")).toBe("#/trace/ab12/events");
    expect(parseRoute("#/trace/ab12/events")).toEqual({ page: "trace", id: "ab12", view: { name: "events", event: "" } });
  });

  test("that lead nowhere are told so", () => {
    for (const hash of ["#/nowhere", "#/trace/", "#/trace/xyz", "#/trace/%E0%A4%A", "#/trace/ab/spans", "#/trace/ab/events/x", "#/services/x"]) {
      expect(parseRoute(hash)).toEqual({ page: "unknown", hash });
    }
  });

  test("count lookbacks in milliseconds", () => {
    expect([lookbackMs("5m"), lookbackMs("48h")]).toEqual([300_000, 172_800_000]);
  });
});

describe("a pasted trace id", () => {
  const id = "4bf92f3577b34da6a3ce929d0e0e4736";

  test("is found in the forms in which people have it", () => {
    for (const pasted of [
      id,
      ` ${id.toUpperCase()}\n`,
      "4bf92f35-77b3-4da6-a3ce-929d0e0e4736",
      `00-${id}-00f067aa0ba902b7-01`,
      `x-trace-id: ${id}`,
      `traceparent: 00-${id}-00f067aa0ba902b7-01`,
    ]) {
      expect(traceIdOf(pasted)).toBe(id);
    }
    expect(traceIdOf("abc")).toBe("abc");
  });

  test("is refused where it cannot be one", () => {
    for (const pasted of ["", "  ", "hello", `${id}0`, "0".repeat(32), "../../x"]) expect(traceIdOf(pasted)).toBeNull();
  });
});
