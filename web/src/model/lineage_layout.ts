// SPDX-License-Identifier: Apache-2.0
//
// Where the cards of the events lie: in columns by causation, effects to the right of their cause. An event, its first
// effect, the first effect of that and so on stand in one straight row, as far up as all of them find room; further effects
// begin rows below. So cards do not overlap, and lines neither cross nor run into each other. Sizes are in pixels; no
// recursion, however long a chain is.
import type { EventNode } from "./lineage_graph";

export const kCardWidth = 212;
export const kColumnGap = 92;
const kRowGap = 14;
const kHeadHeight = 50;
/** How far below the top of a card its arrows begin and end. */
const kAnchor = 24;
/** The arrow turns at this distance from its cause, with corners of this radius; the rest is room for the latency. */
const kTurn = 18;
const kRadius = 6;
const kHandlerHeight = 20;
const kFootHeight = 8;

/** Handlers that a card shows; the rest is counted. */
export const kMaxCardHandlers = 4;

export interface Card {
  node: EventNode;
  /** From 0. */
  column: number;
  left: number;
  top: number;
  height: number;
}

/** The way from a cause to its effect. */
export interface Arrow {
  to: Card;
  /** An SVG path. */
  path: string;
  /** Where it ends. */
  x: number;
  y: number;
}

export interface LineageLayout {
  /** Each cause before its effects, and what follows from one event together: the order for reading aloud. */
  cards: Card[];
  arrows: Arrow[];
  width: number;
  height: number;
}

export function cardHeight(node: EventNode): number {
  const shown = Math.min(node.groups.length, kMaxCardHandlers);
  const more = node.groups.length > kMaxCardHandlers ? 1 : 0;
  return kHeadHeight + Math.max(1, shown + more) * kHandlerHeight + kFootHeight;
}

/** Causes before effects, depth first. */
function inReadingOrder(nodes: EventNode[]): EventNode[] {
  const ordered: EventNode[] = [];
  const waiting = nodes.filter((node) => node.cause === null).reverse();
  while (waiting.length > 0) {
    const node = waiting.pop()!;
    ordered.push(node);
    waiting.push(...[...node.effects].reverse());
  }
  return ordered;
}

function arrowOf(from: Card, to: Card): Arrow {
  const turn = from.left + kCardWidth + kTurn;
  const [x, y] = [to.left, to.top + kAnchor];
  const start = `M${from.left + kCardWidth} ${from.top + kAnchor}`;
  const down = to.top - from.top;
  if (down === 0) return { to, path: `${start}H${x}`, x, y };
  const radius = Math.min(kRadius, down / 2);
  const corners = [`q${radius} 0 ${radius} ${radius}`, `q0 ${radius} ${radius} ${radius}`];
  return { to, path: `${start}H${turn - radius}${corners[0]}V${y - radius}${corners[1]}H${x}`, x, y };
}

/** The top of the row that begins with `node`, below all that stands in its columns. */
function topOfRow(node: EventNode, column: number, above: number, free: number[]): number {
  let top = above;
  let end: EventNode | undefined = node;
  for (let at = column; end !== undefined; at++) {
    top = Math.max(top, free[at] ?? 0);
    end = end.effects[0];
  }
  return top;
}

export function layOut(nodes: EventNode[]): LineageLayout {
  const cards = new Map<EventNode, Card>();
  const arrows: Arrow[] = [];
  /** The first free place of each column. */
  const free: number[] = [];
  for (const node of inReadingOrder(nodes)) {
    const cause = node.cause === null ? undefined : cards.get(node.cause);
    const column = cause === undefined ? 0 : cause.column + 1;
    const inRow = cause !== undefined && cause.node.effects[0] === node;
    const top = inRow ? cause.top : topOfRow(node, column, cause?.top ?? 0, free);
    const card = { node, column, left: column * (kCardWidth + kColumnGap), top, height: cardHeight(node) };
    free[column] = top + card.height + kRowGap;
    cards.set(node, card);
    if (cause !== undefined) arrows.push(arrowOf(cause, card));
  }
  return {
    cards: [...cards.values()],
    arrows,
    width: Math.max(0, free.length * (kCardWidth + kColumnGap) - kColumnGap),
    height: Math.max(0, ...free.map((bottom) => bottom - kRowGap)),
  };
}
