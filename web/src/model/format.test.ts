// SPDX-License-Identifier: Apache-2.0
import { expect, test } from "vitest";
import { formatAge, formatAgo, formatClock, formatDuration, normalizeDuration, plural } from "./format";

test("durations have about three digits and the largest unit that fits", () => {
  const cases: [number, string][] = [
    [0, "0 µs"],
    [7, "7 µs"],
    [850, "850 µs"],
    [999.6, "1 ms"],
    [1000, "1 ms"],
    [1250, "1.25 ms"],
    [12_340, "12.3 ms"],
    [123_400, "123 ms"],
    [999_499, "999 ms"],
    [999_600, "1 s"],
    [1_200_000, "1.2 s"],
    [59_900_000, "59.9 s"],
    [59_999_999, "1 m 00 s"],
    [123_000_000, "2 m 03 s"],
    [3_899_000_000, "1 h 05 m"],
    [-5, "0 µs"],
  ];
  for (const [microseconds, words] of cases) expect(formatDuration(microseconds)).toBe(words);
});

test("ages are in whole units", () => {
  const cases: [number, string][] = [
    [-20_000, "just now"],
    [400, "just now"],
    [5_900, "5 s"],
    [65_000, "1 m 05 s"],
    [7_500_000, "2 h 05 m"],
    [356_400_000, "4 d 3 h"],
  ];
  for (const [milliseconds, words] of cases) expect(formatAge(milliseconds)).toBe(words);
  expect(formatAgo(5000)).toBe("5 s ago");
  expect(formatAgo(0)).toBe("just now");
});

test("the time of day has milliseconds", () => {
  expect(formatClock(new Date(2026, 2, 1, 4, 3, 2, 7).getTime())).toBe("04:03:02.007");
});

test("counts agree with their noun", () => {
  expect([plural(0, "span"), plural(1, "span"), plural(1204, "span")]).toEqual(["0 spans", "1 span", "1,204 spans"]);
});

test("a typed duration becomes what the query API reads", () => {
  const cases: [string, string | null][] = [
    ["", ""],
    ["5ms", "5ms"],
    [" 1.5 S ", "1.5s"],
    ["300µs", "300us"],
    ["300μs", "300us"],
    ["1m30s", "1m30s"],
    ["20", "20ms"],
    ["0.5", "0.5ms"],
    ["soon", null],
    ["5 parsecs", null],
    ["-5ms", null],
  ];
  for (const [typed, duration] of cases) expect(normalizeDuration(typed)).toBe(duration);
});
