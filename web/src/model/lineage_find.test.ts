// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from "vitest";
import { lineageOf } from "../../test/events";
import { findEvents } from "./lineage_find";
import { buildLineageGraph } from "./lineage_graph";

const { nodes } = buildLineageGraph(
  lineageOf(
    { id: "Accepted", at: 1000, handled: [{ group: "stock", outcome: "retried", error: "busy" }, { group: "stock", outcome: "ok", attempt: 2 }] },
    { id: "Charged", at: 1100, handled: [{ group: "mail", outcome: "dead", error: "no such mailbox" }] },
    { id: "Shipped", at: 1200, handled: [{ group: "stock", outcome: "parked" }] },
    { id: "Granted", at: 1300 },
  ),
);
const found = (query: string) => findEvents(nodes, query).map(({ event }) => event.id);

describe("events are found", () => {
  test("all of them without a word", () => {
    expect(found("  ")).toEqual(["Accepted", "Charged", "Shipped", "Granted"]);
  });

  test("by what became of them, by its name and as the page says it", () => {
    expect(found("handled")).toEqual(["Accepted", "Granted"]);
    expect(found("dead")).toEqual(["Charged"]);
    expect(found("dead letter")).toEqual(["Charged"]);
    expect(found("parked")).toEqual(["Shipped"]);
    expect(found("not handled yet")).toEqual(["Granted"]);
    expect(found("retried")).toEqual(["Accepted"]);
  });

  test("by type, group and error, whatever the case, and only with all words", () => {
    expect(found("CHARGED")).toEqual(["Charged"]);
    expect(found("stock")).toEqual(["Accepted", "Shipped"]);
    expect(found("stock parked")).toEqual(["Shipped"]);
    expect(found("mailbox no")).toEqual(["Charged"]);
    expect(found("stock dead")).toEqual([]);
  });
});
