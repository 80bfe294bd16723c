// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from "vitest";
import { lineageOf, type EventSketch } from "../../test/events";
import { Random } from "../../test/mock/data";
import { buildLineageGraph } from "./lineage_graph";
import { cardAction } from "./lineage_keys";
import { cardHeight, kCardWidth, kMaxCardHandlers, layOut, type Card, type LineageLayout } from "./lineage_layout";

const layoutOf = (...sketches: EventSketch[]) => layOut(buildLineageGraph(lineageOf(...sketches)).nodes);
const cardOf = (layout: LineageLayout, id: string) => layout.cards.find(({ node }) => node.event.id === id)!;

/** A forest of `count` events, each caused by one of those before it or by none, with up to six handlers. */
function randomForest(random: Random, count: number): EventSketch[] {
  return Array.from({ length: count }, (_, index) => {
    const cause = random.between(-1, index);
    const handled = Array.from({ length: random.between(0, 7) }, (_, group) => ({ group: `g${group}`, startedAt: index * 10 }));
    return { id: `e${index}`, at: index * 10, handled, ...(cause < 0 ? {} : { cause: `e${cause}` }) };
  });
}

function overlap(a: Card, b: Card): boolean {
  return a.column === b.column && a.top < b.top + b.height && b.top < a.top + a.height;
}

/** From where to where the lines to the effects of a card run down beside it; null where it has none. */
function linesOf(layout: LineageLayout, card: Card): [number, number] | null {
  const ends = layout.cards.filter(({ node }) => node.cause === card.node).map(({ top }) => top);
  return ends.length === 0 ? null : [card.top, Math.max(...ends)];
}

function share(a: [number, number] | null, b: [number, number] | null): boolean {
  return a !== null && b !== null && a[0] <= b[1] && b[0] <= a[1];
}

describe("the layout", () => {
  test("of nothing takes no room", () => {
    expect(layoutOf()).toEqual({ cards: [], arrows: [], width: 0, height: 0 });
  });

  test("puts effects one column to the right of their cause", () => {
    const layout = layoutOf({ id: "a", at: 0 }, { id: "b", cause: "a", at: 1 }, { id: "c", cause: "b", at: 2 }, { id: "d", cause: "a", at: 3 });
    expect(["a", "b", "c", "d"].map((id) => cardOf(layout, id).column)).toEqual([0, 1, 2, 1]);
    expect(layout.width).toBe(cardOf(layout, "c").left + kCardWidth);
  });

  test("makes a straight line of a plain chain", () => {
    const layout = layoutOf({ id: "a", at: 0, handled: [{ group: "x" }, { group: "y" }] }, { id: "b", cause: "a", at: 1 }, { id: "c", cause: "b", at: 2 });
    expect(layout.cards.map(({ top }) => top)).toEqual([0, 0, 0]);
    expect(layout.arrows.map(({ path }) => path)).toEqual(["M212 24H304", "M516 24H608"]);
  });

  test("leads a line around its corners to an effect further down", () => {
    const layout = layoutOf({ id: "a", at: 0 }, { id: "b", cause: "a", at: 1 }, { id: "c", cause: "a", at: 2 });
    const { top } = cardOf(layout, "c");
    expect(layout.arrows[1]!.path).toBe(`M212 24H224q6 0 6 6V${top + 18}q0 6 6 6H304`);
    expect(layout.arrows[1]).toMatchObject({ x: 304, y: top + 24 });
  });

  test("never lays one card over another, and no line across a card or into another line", () => {
    for (let seed = 1; seed <= 60; seed++) {
      const layout = layoutOf(...randomForest(new Random(seed), seed));
      expect(layout.cards).toHaveLength(seed);
      for (const [index, card] of layout.cards.entries()) {
        expect(card.top + card.height).toBeLessThanOrEqual(layout.height);
        const cause = layout.cards.find(({ node }) => node === card.node.cause);
        if (cause !== undefined) {
          expect(card.column).toBe(cause.column + 1);
          if (cause.node.effects[0] === card.node) expect(card.top).toBe(cause.top);
          else expect(card.top).toBeGreaterThan(cause.top);
        }
        for (const other of layout.cards.slice(index + 1)) {
          expect(overlap(card, other)).toBe(false);
          if (card.column === other.column) expect(share(linesOf(layout, card), linesOf(layout, other))).toBe(false);
        }
      }
    }
  });

  test("reads causes before effects, and finishes one effect before the next", () => {
    const layout = layoutOf(
      { id: "a", at: 0 }, { id: "b", cause: "a", at: 1 }, { id: "c", cause: "a", at: 2 }, { id: "d", cause: "b", at: 3 }, { id: "e", at: 4 },
    );
    expect(layout.cards.map(({ node }) => node.event.id)).toEqual(["a", "b", "d", "c", "e"]);
  });

  test("takes a very long chain", () => {
    const chain = Array.from({ length: 2000 }, (_, index): EventSketch => ({ id: `e${index}`, cause: `e${index - 1}`, at: index }));
    expect(layoutOf(...chain).cards.at(-1)!.column).toBe(1999);
  });

  test("leaves room for each handler, up to a limit", () => {
    const heightOf = (handlers: number) => {
      const handled = Array.from({ length: handlers }, (_, group) => ({ group: `g${group}` }));
      return cardHeight(buildLineageGraph(lineageOf({ id: "e", at: 0, handled })).nodes[0]!);
    };
    expect(heightOf(0)).toBe(heightOf(1));
    expect(heightOf(2)).toBeGreaterThan(heightOf(1));
    expect(heightOf(kMaxCardHandlers + 1)).toBe(heightOf(kMaxCardHandlers + 50));
  });
});

describe("a key on a card", () => {
  const layout = layoutOf(
    { id: "a", at: 0 }, { id: "b", cause: "a", at: 1 }, { id: "c", cause: "a", at: 2 }, { id: "d", cause: "b", at: 3 }, { id: "e", at: 4 },
  );
  const goes = (key: string, id: string) => {
    const action = cardAction(key, layout, cardOf(layout, id));
    return action?.kind === "go" ? action.card.node.event.id : (action?.kind ?? null);
  };

  test("goes along causation and within the column", () => {
    expect([goes("ArrowRight", "a"), goes("ArrowRight", "b"), goes("ArrowRight", "d")]).toEqual(["b", "d", null]);
    expect([goes("ArrowLeft", "d"), goes("ArrowLeft", "c"), goes("ArrowLeft", "a")]).toEqual(["b", "a", null]);
    expect([goes("ArrowDown", "b"), goes("ArrowDown", "c"), goes("ArrowUp", "c"), goes("ArrowUp", "b")]).toEqual(["c", null, "b", null]);
  });

  test("goes to the first and the last, and opens", () => {
    expect([goes("Home", "d"), goes("End", "d"), goes("Home", "a"), goes("End", "e")]).toEqual(["a", "e", null, null]);
    expect([goes("Enter", "a"), goes(" ", "a"), goes("x", "a")]).toEqual(["open", "open", null]);
  });
});
