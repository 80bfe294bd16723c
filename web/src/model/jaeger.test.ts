// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from "vitest";
import { parseNames, parseTraces, ShapeError } from "./jaeger";

// An answer of Jaeger's query service, with all that it sends.
const kAnswer = {
  data: [
    {
      traceID: "4bf92f3577b34da6a3ce929d0e0e4736",
      spans: [
        {
          traceID: "4bf92f3577b34da6a3ce929d0e0e4736",
          spanID: "00f067aa0ba902b7",
          flags: 1,
          operationName: "GET /",
          references: [{ refType: "CHILD_OF", traceID: "4bf92f3577b34da6a3ce929d0e0e4736", spanID: "11" }],
          startTime: 1700000000000123,
          duration: 4567,
          tags: [
            { key: "http.status_code", type: "int64", value: 200 },
            { key: "sampler.param", type: "bool", value: true },
            { key: "blob", type: "binary", value: "AAEC" },
          ],
          logs: [{ timestamp: 1700000000000200, fields: [{ key: "event", type: "string", value: "cache miss" }] }],
          processID: "p1",
          warnings: null,
        },
      ],
      processes: { p1: { serviceName: "frontend", tags: [{ key: "hostname", type: "string", value: "h" }] } },
      warnings: null,
    },
  ],
  total: 0,
  limit: 0,
  offset: 0,
  errors: null,
};

describe("an answer of the query API", () => {
  test("is read with all that the page shows", () => {
    const [trace] = parseTraces(kAnswer);
    expect(trace?.spans[0]).toMatchObject({
      spanID: "00f067aa0ba902b7",
      startTime: 1700000000000123,
      duration: 4567,
      warnings: [],
    });
    expect(trace?.spans[0]?.tags[0]).toEqual({ key: "http.status_code", value: 200 });
    expect(trace?.processes["p1"]?.serviceName).toBe("frontend");
  });

  test("may leave lists out or write null for them", () => {
    const [trace] = parseTraces({ data: [{ traceID: "t", spans: [{ spanID: "s", startTime: 1, duration: 2, tags: null }] }] });
    expect(trace?.spans[0]).toMatchObject({ tags: [], logs: [], references: [], operationName: "", processID: "" });
    expect(parseTraces({ data: null })).toEqual([]);
    expect(parseNames({ data: null })).toEqual([]);
  });

  test("may name the parent by the older field", () => {
    const [trace] = parseTraces({ data: [{ traceID: "t", spans: [{ spanID: "s", parentSpanID: "p", startTime: 1, duration: 2 }] }] });
    expect(trace?.spans[0]?.references).toEqual([{ refType: "CHILD_OF", traceID: "t", spanID: "p" }]);
  });

  test("of another shape is refused with the place", () => {
    const cases: [unknown, string][] = [
      [[], "answer is not an object"],
      ["<html>", "answer is not an object"],
      [undefined, "answer is not an object"],
      [{ data: {} }, "data is not a list"],
      [{ data: [{ traceID: 5 }] }, "data[0].traceID is not a string"],
      [{ data: [{ traceID: "t", spans: [{ spanID: "s", startTime: "now", duration: 1 }] }] }, "data[0].spans[0].startTime is not a number"],
    ];
    for (const [body, message] of cases) {
      expect(() => parseTraces(body)).toThrow(new ShapeError(message));
    }
  });

  test("of names is sorted", () => {
    expect(parseNames({ data: ["user", "order"] })).toEqual(["order", "user"]);
  });
});
