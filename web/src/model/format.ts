// SPDX-License-Identifier: Apache-2.0
//
// Numbers and times as people read them. Durations come in microseconds, moments in milliseconds since the epoch.

const kMinuteUs = 60_000_000;

function significant(value: number): string {
  if (value >= 100) return value.toFixed(0);
  if (value >= 10) return trimZeros(value.toFixed(1));
  return trimZeros(value.toFixed(2));
}

function trimZeros(digits: string): string {
  return digits.includes(".") ? digits.replace(/\.?0+$/, "") : digits;
}

/** "850 µs", "1.25 ms", "12.3 ms", "1.2 s", "2 m 03 s", "1 h 05 m": about three digits. */
export function formatDuration(microseconds: number): string {
  const us = Math.max(0, microseconds);
  // The limits lie where rounding would otherwise write "1000 µs".
  if (us < 999.5) return `${significant(us)} µs`;
  if (us < 999_500) return `${significant(us / 1000)} ms`;
  if (us < kMinuteUs - 50_000) return `${significant(us / 1_000_000)} s`;
  const seconds = Math.round(us / 1_000_000);
  if (seconds < 3600) return `${Math.floor(seconds / 60)} m ${pad(seconds % 60)} s`;
  const minutes = Math.round(seconds / 60);
  return `${Math.floor(minutes / 60)} h ${pad(minutes % 60)} m`;
}

/** How long something lasts by now, in whole units: "just now", "5 s", "3 m", "2 h 05 m", "4 d 3 h". */
export function formatAge(milliseconds: number): string {
  const seconds = Math.floor(milliseconds / 1000);
  if (seconds < 1) return "just now";
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} m ${pad(seconds % 60)} s`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return `${hours} h ${pad(minutes % 60)} m`;
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** "just now" or "5 s ago". */
export function formatAgo(milliseconds: number): string {
  const age = formatAge(milliseconds);
  return age === "just now" ? age : `${age} ago`;
}

/** "14:03:07.123" in local time. */
export function formatClock(milliseconds: number): string {
  const date = new Date(milliseconds);
  const millis = String(date.getMilliseconds()).padStart(3, "0");
  return `${pad(date.getHours())}:${pad(date.getMinutes())}:${pad(date.getSeconds())}.${millis}`;
}

/** "2026-03-01" in local time. */
export function formatDay(milliseconds: number): string {
  const date = new Date(milliseconds);
  return `${date.getFullYear()}-${pad(date.getMonth() + 1)}-${pad(date.getDate())}`;
}

function pad(value: number): string {
  return String(value).padStart(2, "0");
}

/** "1 span", "2 spans", "1,204 spans". */
export function plural(count: number, noun: string): string {
  return `${count.toLocaleString("en")} ${noun}${count === 1 ? "" : "s"}`;
}

const kGoDuration = /^(\d+(\.\d+)?(ns|us|µs|ms|s|m|h))+$/;

/**
 * A duration as it is typed, in the form that the query API reads (Go's): "5ms", "1.5s", "1m30s". A bare number means
 * milliseconds. Empty stays empty; null means that it cannot be understood.
 */
export function normalizeDuration(typed: string): string | null {
  const compact = typed.replace(/\s+/g, "").toLowerCase().replace("μ", "µ");
  if (compact === "") return "";
  if (/^\d+(\.\d+)?$/.test(compact)) return `${compact}ms`;
  return kGoDuration.test(compact) ? compact.replace("µ", "u") : null;
}
