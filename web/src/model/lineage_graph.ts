// SPDX-License-Identifier: Apache-2.0
//
// A lineage made ready for the screen: events with their causes and effects, what went wrong with each, and the words
// for it. What comes in is whatever arrived at the store: an event may be named by an edge and not be there, and causes
// may go in a circle.
import { formatDuration, plural } from "./format";
import type { Handling, Lineage, LineageEvent } from "./lineage";

/** What all attempts of one group at one event came to. */
export interface GroupHandling {
  group: string;
  /** Of the last attempt. */
  service: string;
  attempts: Handling[];
  /** The last one's. */
  outcome: string;
  tone: Tone;
  /** From publishing to the start of the first attempt; null where publishing was not seen. */
  wait: number | null;
  /** The last attempt's. */
  duration: number;
}

export type Tone = "good" | "quiet" | "warn" | "bad";

export interface EventNode {
  /** Unique in the graph. */
  key: string;
  event: LineageEvent;
  /** The type without its package: "OrderAccepted". */
  name: string;
  /** Microseconds since the graph's first event. */
  at: number;
  /** Null for the first events of the flow. */
  cause: EventNode | null;
  /** From the cause to this event. */
  latency: number;
  /** In the order in which they were published, with the abandoned ones at the end. */
  effects: EventNode[];
  groups: GroupHandling[];
  /** The worst of its groups. */
  tone: Tone;
}

export interface LineageGraph {
  traceId: string;
  /** In the order in which they were published. */
  nodes: EventNode[];
  /** Microseconds since the epoch. */
  startTime: number;
  /** From the first publishing to the end of the last handling. */
  duration: number;
  /** Who published and handled, sorted. */
  services: string[];
  /** Sorted. */
  topics: string[];
  retries: number;
  /** Handlings that ended in failure, dead letters among them. */
  failures: number;
  deadLetters: number;
  truncated: boolean;
}

const kTones: Record<string, Tone> = {
  ok: "good",
  retried: "warn",
  duplicate: "quiet",
  stale: "quiet",
  parked: "warn",
  error: "bad",
  dead: "bad",
};
const kToneOrder: Tone[] = ["quiet", "good", "warn", "bad"];

function worst(tones: Tone[]): Tone {
  return tones.reduce((a, b) => (kToneOrder.indexOf(b) > kToneOrder.indexOf(a) ? b : a), "quiet");
}

export function toneOf(outcome: string): Tone {
  return kTones[outcome] ?? "quiet";
}

const kOutcomeWords: Record<string, string> = {
  ok: "ok",
  error: "failed",
  retried: "failed, tried again",
  duplicate: "duplicate, dropped",
  stale: "stale, dropped",
  parked: "parked",
  dead: "dead letter",
};

/** "failed", "dead letter" ... */
export function outcomeWord(outcome: string): string {
  return kOutcomeWords[outcome] ?? outcome;
}

/** What a group came to, short: "ok", "dead letter", "ok, attempt 3". */
export function groupWord(handling: GroupHandling): string {
  const attempt = handling.attempts.at(-1)?.attempt ?? 1;
  return attempt > 1 ? `${outcomeWord(handling.outcome)}, attempt ${attempt}` : outcomeWord(handling.outcome);
}

/** When an event was published; where that was not seen, when it was first handled. */
function momentOf(event: LineageEvent): number {
  return event.published?.at ?? event.handled[0]?.startedAt ?? 0;
}

function keyOf(source: string, id: string): string {
  return `${source} ${id}`;
}

function groupsOf(event: LineageEvent): GroupHandling[] {
  const attempts = new Map<string, Handling[]>();
  for (const handling of event.handled) {
    const group = handling.group || handling.service;
    attempts.set(group, [...(attempts.get(group) ?? []), handling]);
  }
  return [...attempts].map(([group, made]) => {
    const last = made.at(-1)!;
    const tones = made.map(({ outcome }) => toneOf(outcome));
    return {
      group,
      service: last.service,
      attempts: made,
      outcome: last.outcome,
      // What was healed by trying again is no failure any more, but worth a look.
      tone: worst(tones) === "warn" ? "warn" : toneOf(last.outcome),
      wait: event.published === null ? null : Math.max(0, made[0]!.startedAt - event.published.at),
      duration: last.duration,
    };
  });
}

function nodeOf(event: LineageEvent, startTime: number): EventNode {
  const groups = groupsOf(event);
  return {
    key: keyOf(event.source, event.id),
    event,
    name: event.type.split(".").at(-1) || event.topic || event.id,
    at: momentOf(event) - startTime,
    cause: null,
    latency: 0,
    effects: [],
    groups,
    tone: event.abandoned ? "warn" : worst(groups.map(({ tone }) => tone)),
  };
}

/** True if making `cause` the cause of `effect` would close a circle. */
function closesCircle(cause: EventNode, effect: EventNode): boolean {
  for (let above: EventNode | null = cause; above !== null; above = above.cause) {
    if (above === effect) return true;
  }
  return false;
}

export function buildLineageGraph(lineage: Lineage): LineageGraph {
  const startTime = lineage.events.reduce((first, event) => Math.min(first, momentOf(event)), Infinity);
  const nodes = new Map<string, EventNode>();
  for (const event of lineage.events) {
    const node = nodeOf(event, startTime);
    if (!nodes.has(node.key)) nodes.set(node.key, node);
  }
  for (const edge of lineage.edges) {
    const cause = nodes.get(keyOf(edge.fromSource, edge.from));
    const effect = nodes.get(keyOf(edge.toSource, edge.to));
    if (cause === undefined || effect === undefined || effect.cause !== null || closesCircle(cause, effect)) continue;
    effect.cause = cause;
    effect.latency = edge.latency;
    cause.effects.push(effect);
  }
  const all = [...nodes.values()];
  for (const node of all) node.effects.sort((a, b) => Number(a.event.abandoned) - Number(b.event.abandoned) || a.at - b.at);
  const handled = all.flatMap(({ event }) => event.handled);
  const ended = handled.reduce((last, { startedAt, duration }) => Math.max(last, startedAt + duration), startTime);
  const lastPublished = all.reduce((last, { at }) => Math.max(last, at), 0);
  const services = [...all.map(({ event }) => event.published?.service ?? ""), ...handled.map(({ service }) => service)];
  const sorted = (names: string[]) => [...new Set(names)].filter((name) => name !== "").sort();
  const count = (...outcomes: string[]) => handled.filter(({ outcome }) => outcomes.includes(outcome)).length;
  return {
    traceId: lineage.traceId,
    nodes: all,
    startTime: all.length === 0 ? 0 : startTime,
    duration: all.length === 0 ? 0 : Math.max(ended - startTime, lastPublished),
    services: sorted(services),
    topics: sorted(all.map(({ event }) => event.topic)),
    retries: count("retried"),
    failures: count("error", "dead"),
    deadLetters: count("dead"),
    truncated: lineage.truncated,
  };
}

/** Why nobody is named as its handler (see LineageEvent.abandoned), or "" where somebody is. */
export function unhandledWord(node: EventNode): string {
  if (node.groups.length > 0) return "";
  return node.event.abandoned ? "most likely never sent" : "not handled yet";
}

/** Everything that a card shows, as one sentence for screen readers. */
export function describeEvent(node: EventNode): string {
  const { event } = node;
  const parts = [node.name];
  if (event.published === null) parts.push("published elsewhere");
  else parts.push(`published by ${event.published.service} after ${formatDuration(node.at)}`);
  if (node.cause !== null) parts.push(`caused by ${node.cause.name} ${formatDuration(node.latency)} before`);
  if (node.effects.length > 0) parts.push(`causes ${plural(node.effects.length, "event")}`);
  for (const handling of node.groups) {
    parts.push(`handled by ${handling.group} in ${formatDuration(handling.duration)}: ${groupWord(handling)}`);
  }
  const unhandled = unhandledWord(node);
  if (unhandled !== "") parts.push(unhandled);
  return parts.join(", ");
}

export interface GraphFigure {
  name: string;
  value: string;
  bad: boolean;
}

/** The figures above the graph. */
export function graphFigures(graph: LineageGraph): GraphFigure[] {
  return [
    { name: "Events", value: graph.nodes.length.toLocaleString("en"), bad: false },
    { name: "Services", value: String(graph.services.length), bad: false },
    { name: "First to last", value: formatDuration(graph.duration), bad: false },
    { name: "Retries", value: String(graph.retries), bad: false },
    { name: "Failed", value: String(graph.failures), bad: graph.failures > 0 },
    { name: "Dead letters", value: String(graph.deadLetters), bad: graph.deadLetters > 0 },
  ];
}
