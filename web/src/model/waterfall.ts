// SPDX-License-Identifier: Apache-2.0
//
// The layout of the waterfall: which rows are visible, where their bars lie, what the time axis says. Pure functions of
// the trace and of what is folded.
import { tagOf, type Span, type Trace } from "./trace";

export interface Row {
  span: Span;
  folded: boolean;
  /** Spans with errors that are hidden below this folded row. */
  hiddenErrors: number;
}

/** The rows that are visible when the subtrees of the spans with these keys are folded. */
export function visibleRows(trace: Trace, folded: ReadonlySet<string>): Row[] {
  const rows: Row[] = [];
  for (let index = 0; index < trace.spans.length; index++) {
    const span = trace.spans[index]!;
    const isFolded = span.descendants > 0 && folded.has(span.key);
    let hiddenErrors = 0;
    if (isFolded) {
      const end = index + span.descendants;
      while (index < end) if (trace.spans[++index]!.error) hiddenErrors += 1;
    }
    rows.push({ span, folded: isFolded, hiddenErrors });
  }
  return rows;
}

export interface Bar {
  /** Fractions of the width of the time line, within 0 and 1. */
  left: number;
  width: number;
  /** Where the duration is written so that it stays inside the time line. */
  label: "after" | "before" | "inside";
}

const kLabelRoom = 0.16;

export function barOf(span: Pick<Span, "start" | "duration">, traceDuration: number): Bar {
  if (traceDuration <= 0) return { left: 0, width: 1, label: "inside" };
  const left = clamp(span.start / traceDuration);
  const width = clamp((span.start + span.duration) / traceDuration) - left;
  const label = left + width <= 1 - kLabelRoom ? "after" : left >= kLabelRoom ? "before" : "inside";
  return { left, width, label };
}

/** The fraction of the time line at which an event of the span lies, or null if it lies outside of it. */
export function eventPosition(span: Span, trace: Trace, timestamp: number): number | null {
  if (trace.duration <= 0) return null;
  const position = (timestamp + span.shift - trace.startTime) / trace.duration;
  return position >= 0 && position <= 1 ? position : null;
}

function clamp(fraction: number): number {
  return Math.min(1, Math.max(0, fraction));
}

/** Round times (1, 2 or 5 times a power of ten) from 0 to below `duration`: about 3 to `most` of them. */
export function ticksOf(duration: number, most = 7): number[] {
  if (duration <= 0) return [0];
  let step = 10 ** Math.floor(Math.log10(duration / most));
  for (const factor of [2, 2.5, 2, 2, 2.5, 2]) {
    if (duration / step <= most) break;
    step *= factor;
  }
  const ticks: number[] = [];
  for (let index = 0; index * step < duration; index++) ticks.push(index * step);
  return ticks;
}

const kTickRoom = 0.07;

/** On which side of its line a tick is labelled so that the label stays inside the time line. */
export function tickLabel(tick: number, traceDuration: number): "after" | "before" {
  return traceDuration > 0 && tick / traceDuration > 1 - kTickRoom ? "before" : "after";
}

/** The keys of all spans that have children. */
export function foldable(trace: Trace): Set<string> {
  return new Set(trace.spans.filter((span) => span.descendants > 0).map((span) => span.key));
}

/** `folded` without the ancestors of `span`, so that it is visible. */
export function unfoldTo(span: Span, folded: ReadonlySet<string>): Set<string> {
  const result = new Set(folded);
  for (let at = span.parent; at !== null; at = at.parent) result.delete(at.key);
  return result;
}

/**
 * The spans that match all words of `query`: each word is part of the service, the operation, the span's id, a tag's
 * `key=value` or a log field. `error` alone finds the spans with errors. No words match nothing.
 */
export function findSpans(trace: Trace, query: string): Span[] {
  const words = query.toLowerCase().split(/\s+/).filter((word) => word !== "");
  if (words.length === 0) return [];
  if (words.length === 1 && words[0] === "error") return trace.spans.filter((span) => span.error);
  return trace.spans.filter((span) => {
    const haystack = haystackOf(span);
    return words.every((word) => haystack.includes(word));
  });
}

function haystackOf(span: Span): string {
  const pairs = [...span.tags, ...span.logs.flatMap((log) => log.fields)].map(({ key, value }) => `${key}=${value}`);
  return [span.service, span.operation, span.id, ...pairs].join("\n").toLowerCase();
}

/**
 * Whom an HTTP client asked, and for what, or empty. By OpenTelemetry's conventions such a span is named by the method
 * alone, which says little in a row of the waterfall.
 */
export function targetOf(span: Pick<Span, "kind" | "operation" | "tags">): string {
  if (span.kind !== "client" || span.operation !== tagOf(span.tags, "http.request.method")) return "";
  return `${tagOf(span.tags, "server.address")}${tagOf(span.tags, "url.path")}`;
}

/** What went wrong in the span, in one line, or empty. */
export function errorText(span: Span): string {
  for (const log of span.logs) {
    const message = tagOf(log.fields, "exception.message") || tagOf(log.fields, "message");
    if (tagOf(log.fields, "event") === "exception" && message !== "") return message;
  }
  return tagOf(span.tags, "otel.status_description") || tagOf(span.tags, "error.message");
}
