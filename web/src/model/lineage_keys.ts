// SPDX-License-Identifier: Apache-2.0
//
// What a key does on a card of the graph of events: left and right go along causation, up and down within the column.
import type { Card, LineageLayout } from "./lineage_layout";

export type CardAction = { kind: "go"; card: Card } | { kind: "open" };

/** Null where the key means nothing here, or there is nowhere to go. */
export function cardAction(key: string, layout: LineageLayout, card: Card): CardAction | null {
  const to = (target: Card | undefined): CardAction | null =>
    target === undefined || target === card ? null : { kind: "go", card: target };
  const cardOf = (node: Card["node"] | null | undefined) => layout.cards.find((candidate) => candidate.node === node);
  const column = layout.cards.filter((other) => other.column === card.column).sort((a, b) => a.top - b.top);
  const row = column.indexOf(card);
  switch (key) {
    case "ArrowRight":
      return to(cardOf(card.node.effects[0]));
    case "ArrowLeft":
      return to(cardOf(card.node.cause));
    case "ArrowDown":
      return to(column[row + 1]);
    case "ArrowUp":
      return to(column[row - 1]);
    case "Home":
      return to(layout.cards[0]);
    case "End":
      return to(layout.cards.at(-1));
    case "Enter":
    case " ":
      return { kind: "open" };
    default:
      return null;
  }
}
