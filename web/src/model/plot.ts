// SPDX-License-Identifier: Apache-2.0
//
// Where the dots of the plot of traces lie. Durations are on a logarithmic axis, so that one slow trace does not press
// all others to the floor.
import type { Summary } from "./summary";

/** In pixels. */
export const kPlotHeight = 116;
const kPadding = 10;
const kSidePadding = 0.01;

/** Fewer traces than this are read faster in the table. */
export const kFewestDots = 3;

export interface Scale {
  /** Microseconds, ascending. */
  ticks: number[];
  /** The distance from the top of a duration, in pixels. */
  top: (duration: number) => number;
}

export function durationScale(durations: number[]): Scale {
  const known = durations.map((duration) => Math.max(1, duration));
  const shortest = Math.min(...known);
  const longest = Math.max(...known);
  const steps = Math.log10(longest / shortest) > 2 ? [1] : [1, 2, 5];
  const marks: number[] = [];
  for (let power = 10 ** Math.floor(Math.log10(shortest)); power <= longest * 10; power *= 10) {
    marks.push(...steps.map((step) => step * power));
  }
  // From the last mark at or below the shortest to the first at or above the longest.
  const low = marks.filter((mark) => mark <= shortest).at(-1) ?? shortest;
  const high = marks.find((mark) => mark >= longest && mark > low) ?? longest;
  const usable = kPlotHeight - 2 * kPadding;
  const top = (duration: number) =>
    kPadding + usable * (1 - Math.log(Math.max(1, duration) / low) / Math.log(high / low));
  return { ticks: marks.filter((mark) => low <= mark && mark <= high), top };
}

export interface Dot {
  summary: Summary;
  /** A fraction of the width. */
  left: number;
  /** Pixels. */
  top: number;
  diameter: number;
}

export function dotsOf(summaries: Summary[]): Dot[] {
  const starts = summaries.map((summary) => summary.startTime);
  const first = Math.min(...starts);
  const span = Math.max(...starts) - first;
  const scale = durationScale(summaries.map((summary) => summary.duration));
  return summaries.map((summary) => ({
    summary,
    left: kSidePadding + (span > 0 ? (summary.startTime - first) / span : 0.5) * (1 - 2 * kSidePadding),
    top: scale.top(summary.duration),
    diameter: Math.min(18, 6 + Math.log2(summary.spans + 1) * 1.4),
  }));
}
