// SPDX-License-Identifier: Apache-2.0
//
// When two hosts' clocks disagree, a callee can appear to begin before its caller. The page moves such a span, with all
// that ran on the same clock below it, to a place that is possible, and says that it did.
//
// Only the impossible is corrected. A child that ends after its parent is left where it is: a server may well go on
// after its caller gave up, and a consumer runs after its producer is done.
import type { Process } from "./jaeger";

interface Interval {
  start: number;
  duration: number;
}

// In the order of trust: what names the machine, then what names the process.
const kHostTags = ["host.id", "host.name", "hostname", "ip", "service.instance.id"];

/** What two processes share if they read the same clock. */
export function clockOf(process: Process): string {
  for (const key of kHostTags) {
    const tag = process.tags.find((candidate) => candidate.key === key);
    if (tag !== undefined) return JSON.stringify([key, tag.value]);
  }
  return JSON.stringify(["process", process.serviceName]);
}

/**
 * What to add to the start of `child`, which ran on another clock than `parent`: 0 if it began within or after it.
 * Otherwise the child goes to the middle of the parent, as if the way there and back took the same time, or to the
 * parent's start if it is the longer one.
 */
export function shiftFor(parent: Interval, child: Interval): number {
  if (child.start >= parent.start) return 0;
  return parent.start + Math.max(0, Math.floor((parent.duration - child.duration) / 2)) - child.start;
}
