// SPDX-License-Identifier: Apache-2.0
//
// When to read again what grows while it is looked at. Spans of one trace arrive one service after the other, each with
// its exporter's next batch. So what is not there yet is waited for, and what has just ended is read again for a while.
import type { ApiError } from "../api";

/** Milliseconds. */
export const kSettleMs = 15_000;
const kSettlingRefreshMs = 2000;
const kWaitingRefreshMs = 1000;
const kFailedRefreshMs = 5000;

/**
 * Milliseconds until the next look; null for none. All times in milliseconds since the epoch: when the page was opened,
 * now, and the end of the latest thing that was read.
 */
export function settleDelay(error: ApiError | null, endedAt: number, openedAt: number, now: number): number | null {
  const fresh = now - openedAt < kSettleMs;
  if (error?.failure === "not_found") return fresh ? kWaitingRefreshMs : null;
  if (error !== null) return fresh ? kWaitingRefreshMs : kFailedRefreshMs;
  return now - endedAt < kSettleMs ? kSettlingRefreshMs : null;
}
