// SPDX-License-Identifier: Apache-2.0
//
// A trace made ready for the screen: spans as a tree in the order of the waterfall, with times relative to the trace.
//
// What comes in is whatever arrived at the store, so nothing is taken for granted: parents may be missing (not received
// yet, not sampled), references may form a cycle, spans may be there twice, and the clocks of two hosts may disagree.
// Every span that came in is shown exactly once, and building takes no recursion, however deep a trace is.
import type { JaegerSpan, JaegerTrace, KeyValue, Log, Process, Reference } from "./jaeger";
import { clockOf, shiftFor } from "./clock_skew";

export interface Span {
  /** Unique within the trace, also where a store sends two spans of one id. */
  key: string;
  id: string;
  service: string;
  operation: string;
  kind: string;
  /** Microseconds since the beginning of the trace, with the clock shift applied. */
  start: number;
  duration: number;
  /** What was added to the recorded start, because it lay before the start of the parent on another host's clock. */
  shift: number;
  /** The part of the duration that no child covers. */
  selfTime: number;
  error: boolean;
  tags: KeyValue[];
  logs: Log[];
  processTags: KeyValue[];
  warnings: string[];
  /** References that are not the place in the tree: other traces, second parents. */
  links: Reference[];
  depth: number;
  parent: Span | null;
  children: Span[];
  /** How many spans are below it: its subtree is the next so many in Trace.spans. */
  descendants: number;
  /** The id of the parent it names and that is not in the trace; null otherwise. */
  missingParent: string | null;
}

export interface ServiceShare {
  service: string;
  spans: number;
  errors: number;
  selfTime: number;
}

export interface Trace {
  id: string;
  /** Depth first, children by start. */
  spans: Span[];
  /** The span that stands for the trace; null for a trace without spans. */
  root: Span | null;
  /** Microseconds since the epoch. */
  startTime: number;
  duration: number;
  /** Largest self time first. */
  services: ServiceShare[];
  errors: number;
  /** How many spans name a parent that is not there. */
  orphans: number;
  /** Services whose clock was shifted, with the largest shift of each in microseconds. */
  shifts: { service: string; shift: number }[];
  depth: number;
  warnings: string[];
}

interface Draft extends Span {
  source: JaegerSpan;
  process: Process;
}

const kNoProcess: Process = { serviceName: "unknown", tags: [] };

export function tagOf(tags: KeyValue[], key: string): string {
  const value = tags.find((tag) => tag.key === key)?.value;
  return value === undefined ? "" : String(value);
}

/** OpenTracing's tag `error`, or OpenTelemetry's status as Jaeger writes it. */
function isError(tags: KeyValue[]): boolean {
  return tagOf(tags, "error") === "true" || tagOf(tags, "otel.status_code") === "ERROR";
}

function draftOf(source: JaegerSpan, process: Process, key: string): Draft {
  return {
    key,
    id: source.spanID,
    service: process.serviceName,
    operation: source.operationName,
    kind: tagOf(source.tags, "span.kind"),
    start: source.startTime,
    duration: source.duration,
    shift: 0,
    selfTime: source.duration,
    error: isError(source.tags),
    tags: source.tags,
    logs: source.logs,
    processTags: process.tags,
    warnings: source.warnings,
    links: source.references,
    depth: 0,
    parent: null,
    children: [],
    descendants: 0,
    missingParent: null,
    source,
    process,
  };
}

/** One draft for each span; what a store delivers twice counts once. */
function draftsOf(trace: JaegerTrace): Draft[] {
  const seen = new Set<string>();
  const keys = new Set<string>();
  const drafts: Draft[] = [];
  for (const span of trace.spans) {
    const identity = JSON.stringify([span.spanID, span.processID, span.startTime, span.duration, span.operationName]);
    if (seen.has(identity)) continue;
    seen.add(identity);
    // The id alone wherever it will do, so that a span keeps its key when others arrive before it.
    const key = keys.has(span.spanID) ? `${span.spanID}.${keys.size}` : span.spanID;
    keys.add(key);
    drafts.push(draftOf(span, trace.processes[span.processID] ?? kNoProcess, key));
  }
  return drafts;
}

function connect(drafts: Draft[]): void {
  const byId = new Map<string, Draft>();
  for (const draft of drafts) if (!byId.has(draft.id)) byId.set(draft.id, draft);
  for (const draft of drafts) {
    const local = draft.source.references.filter((reference) => reference.traceID === draft.source.traceID);
    const reference = local.find((candidate) => candidate.refType === "CHILD_OF") ?? local[0];
    if (reference === undefined) continue;
    draft.links = draft.source.references.filter((other) => other !== reference);
    const parent = byId.get(reference.spanID);
    if (parent === undefined) draft.missingParent = reference.spanID;
    else if (parent !== draft) {
      draft.parent = parent;
      parent.children.push(draft);
    }
  }
}

/** All spans below `root`, parents before children, as they are connected now. */
function below(root: Span): Span[] {
  const found = [root];
  for (let index = 0; index < found.length; index++) {
    for (const child of found[index]!.children) found.push(child);
  }
  return found;
}

/** The tops of the trees; a cycle is cut at its earliest span, so that its spans are not lost. */
function rootsOf(drafts: Draft[]): Span[] {
  const roots: Span[] = drafts.filter((draft) => draft.parent === null);
  const reached = new Set(roots.flatMap(below));
  if (reached.size === drafts.length) return roots;
  for (const draft of [...drafts].sort((a, b) => a.start - b.start)) {
    if (reached.has(draft)) continue;
    const parent = draft.parent!;
    parent.children = parent.children.filter((child) => child !== draft);
    draft.parent = null;
    roots.push(draft);
    for (const span of below(draft)) reached.add(span);
  }
  return roots;
}

function correctClocks(roots: Span[]): void {
  for (const span of roots.flatMap(below)) {
    if (span.parent === null) continue;
    const sameClock = clockOf((span as Draft).process) === clockOf((span.parent as Draft).process);
    span.shift = sameClock ? span.parent.shift : shiftFor(span.parent, span);
    span.start += span.shift;
  }
}

const byStart = (a: Span, b: Span) => a.start - b.start || b.duration - a.duration || a.key.localeCompare(b.key);

/** Depth first; fills depth and descendants. */
function flatten(roots: Span[]): Span[] {
  const spans: Span[] = [];
  const pending = [...roots].sort(byStart).reverse();
  while (pending.length > 0) {
    const span = pending.pop()!;
    span.depth = span.parent === null ? 0 : span.parent.depth + 1;
    span.children.sort(byStart);
    spans.push(span);
    for (let index = span.children.length - 1; index >= 0; index--) pending.push(span.children[index]!);
  }
  for (let index = spans.length - 1; index >= 0; index--) {
    const { parent, descendants } = spans[index]!;
    if (parent !== null) parent.descendants += descendants + 1;
  }
  return spans;
}

/** The duration of `span` without the time that at least one child covers. Children are sorted by start. */
export function selfTimeOf(span: Pick<Span, "start" | "duration" | "children">): number {
  const end = span.start + span.duration;
  let free = 0;
  let cursor = span.start;
  for (const child of span.children) {
    if (child.start > cursor) free += Math.min(child.start, end) - cursor;
    cursor = Math.max(cursor, Math.min(child.start + child.duration, end));
    if (cursor >= end) break;
  }
  return free + Math.max(0, end - cursor);
}

function sharesOf(spans: Span[]): ServiceShare[] {
  const shares = new Map<string, ServiceShare>();
  for (const span of spans) {
    let share = shares.get(span.service);
    if (share === undefined) shares.set(span.service, (share = { service: span.service, spans: 0, errors: 0, selfTime: 0 }));
    share.spans += 1;
    share.errors += span.error ? 1 : 0;
    share.selfTime += span.selfTime;
  }
  return [...shares.values()].sort((a, b) => b.selfTime - a.selfTime || a.service.localeCompare(b.service));
}

function shiftsOf(spans: Span[]): Trace["shifts"] {
  const shifts = new Map<string, number>();
  for (const span of spans) {
    if (span.shift > (shifts.get(span.service) ?? 0)) shifts.set(span.service, span.shift);
  }
  return [...shifts].map(([service, shift]) => ({ service, shift }));
}

/** Builds the trace; `correctSkew` moves spans that began before their parent on the clock of another host. */
export function buildTrace(source: JaegerTrace, { correctSkew = true } = {}): Trace {
  const drafts = draftsOf(source);
  connect(drafts);
  const roots = rootsOf(drafts);
  if (correctSkew) correctClocks(roots);
  const spans = flatten(roots);
  let first = Infinity;
  let last = -Infinity;
  for (const span of spans) {
    first = Math.min(first, span.start);
    last = Math.max(last, span.start + span.duration);
  }
  for (const span of spans) span.start -= first;
  for (const span of spans) span.selfTime = selfTimeOf(span);
  const tops = spans.filter((span) => span.parent === null);
  return {
    id: source.traceID,
    spans,
    root: tops.find((span) => span.missingParent === null) ?? tops[0] ?? null,
    startTime: spans.length === 0 ? 0 : first,
    duration: spans.length === 0 ? 0 : last - first,
    services: sharesOf(spans),
    errors: spans.filter((span) => span.error).length,
    orphans: spans.filter((span) => span.missingParent !== null).length,
    shifts: shiftsOf(spans),
    depth: spans.reduce((deepest, span) => Math.max(deepest, span.depth + 1), 0),
    warnings: source.warnings,
  };
}
