// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from "vitest";
import { lineageOf } from "../../test/events";
import { buildLineageGraph, describeEvent, graphFigures, groupWord, outcomeWord, toneOf, unhandledWord } from "./lineage_graph";

const graphOf = (...sketches: Parameters<typeof lineageOf>) => buildLineageGraph(lineageOf(...sketches));

describe("the graph", () => {
  test("joins causes and effects, the earliest effect first and what was never sent last", () => {
    const { nodes } = graphOf(
      { id: "Accepted", at: 1000 },
      { id: "Lost", cause: "Accepted", at: 1100, abandoned: true },
      { id: "Late", cause: "Accepted", at: 1300 },
      { id: "Early", cause: "Accepted", at: 1200 },
    );
    const [accepted, lost, late, early] = nodes;
    expect(accepted!.cause).toBeNull();
    expect(accepted!.effects).toEqual([early, late, lost]);
    expect(late!.cause).toBe(accepted);
    expect([accepted!.at, late!.at, late!.latency]).toEqual([0, 300, 300]);
    expect(late!.name).toBe("Late");
  });

  test("of nothing is empty", () => {
    expect(graphOf()).toMatchObject({ nodes: [], startTime: 0, duration: 0, services: [], topics: [] });
  });

  test("lasts from the first event to the end of the last handling", () => {
    const graph = graphOf({ id: "a", at: 1000, handled: [{ startedAt: 1100, duration: 50 }] }, { id: "b", at: 1020 });
    expect([graph.startTime, graph.duration]).toEqual([1000, 150]);
    expect(graphOf({ id: "a", at: 1000 }, { id: "b", at: 1020 }).duration).toBe(20);
  });

  test("dates an event that was published elsewhere by its first handling", () => {
    const graph = graphOf({ id: "a", handled: [{ startedAt: 500, group: "g" }] }, { id: "b", cause: "a", at: 520 });
    expect(graph.nodes.map(({ at }) => at)).toEqual([0, 20]);
    expect(graph.nodes[0]!.groups[0]!.wait).toBeNull();
  });

  test("survives causes that go in a circle, edges that lead nowhere, and a second cause", () => {
    const lineage = lineageOf({ id: "a", cause: "b", at: 1 }, { id: "b", cause: "a", at: 2 }, { id: "c", cause: "c", at: 3 });
    lineage.edges.push({ from: "gone", fromSource: "", to: "c", toSource: "/s", service: "", latency: 0 });
    lineage.edges.push({ from: "c", fromSource: "/s", to: "a", toSource: "/s", service: "", latency: 0 });
    const { nodes } = buildLineageGraph(lineage);
    expect(nodes.map(({ cause }) => cause?.event.id ?? "")).toEqual(["b", "", ""]);
  });

  test("tells events of one id and different sources apart", () => {
    const { nodes } = graphOf({ id: "1", source: "/a", at: 1 }, { id: "1", source: "/b", at: 2 });
    expect(new Set(nodes.map(({ key }) => key)).size).toBe(2);
  });

  test("names who takes part, and counts what went wrong", () => {
    const graph = graphOf(
      { id: "a", at: 0, by: "order", topic: "orders", handled: [
        { service: "stock", group: "stock", outcome: "retried" },
        { service: "stock", group: "stock", outcome: "ok", attempt: 2 },
        { service: "mail", group: "mail", outcome: "dead" },
        { service: "mail", group: "statistics", outcome: "error" },
      ] },
      { id: "b", topic: "answers", handled: [{ service: "order" }] },
    );
    expect(graph.services).toEqual(["mail", "order", "stock"]);
    expect(graph.topics).toEqual(["answers", "orders"]);
    expect([graph.retries, graph.failures, graph.deadLetters]).toEqual([1, 2, 1]);
    expect(graphFigures(graph).filter(({ bad }) => bad).map(({ name, value }) => [name, value])).toEqual([
      ["Failed", "2"],
      ["Dead letters", "1"],
    ]);
  });
});

describe("the handlers of an event", () => {
  const groupsOf = (...handled: { group: string; outcome: string; startedAt?: number; attempt?: number }[]) =>
    graphOf({ id: "e", at: 100, handled }).nodes[0]!.groups;

  test("are its groups, each with all its attempts", () => {
    const groups = groupsOf(
      { group: "a", outcome: "retried", startedAt: 130 },
      { group: "b", outcome: "ok", startedAt: 140 },
      { group: "a", outcome: "ok", startedAt: 190, attempt: 2 },
    );
    expect(groups.map(({ group, attempts }) => [group, attempts.length])).toEqual([["a", 2], ["b", 1]]);
    expect(groups[0]).toMatchObject({ outcome: "ok", tone: "warn", wait: 30 });
    expect(groups.map(groupWord)).toEqual(["ok, attempt 2", "ok"]);
  });

  test("of one that was read by a service without a group are that service", () => {
    expect(groupsOf({ group: "", outcome: "ok" })[0]!.group).toBe("s");
  });

  test("colour the event by the worst of them", () => {
    const tone = (...outcomes: string[]) =>
      graphOf({ id: "e", at: 0, handled: outcomes.map((outcome, index) => ({ group: `g${index}`, outcome })) }).nodes[0]!.tone;
    expect(tone("ok", "duplicate")).toBe("good");
    expect(tone("duplicate", "stale")).toBe("quiet");
    expect(tone("ok", "parked")).toBe("warn");
    expect(tone("ok", "dead", "parked")).toBe("bad");
    expect(tone()).toBe("quiet");
  });

  test("may have had an outcome that is newer than this page", () => {
    expect([toneOf("postponed"), outcomeWord("postponed")]).toEqual(["quiet", "postponed"]);
  });

  test("that are missing are accounted for", () => {
    const { nodes } = graphOf({ id: "a", at: 0 }, { id: "b", at: 0, abandoned: true }, { id: "c", handled: [{}] });
    expect(nodes.map(unhandledWord)).toEqual(["not handled yet", "most likely never sent", ""]);
  });
});

describe("an event in words", () => {
  test("says all that its card shows", () => {
    const { nodes } = graphOf(
      { id: "Accepted", at: 0, by: "order", handled: [{ group: "stock", duration: 9000, outcome: "dead", attempt: 8 }] },
      { id: "Reserved", cause: "Accepted", at: 12_000, by: "stock" },
    );
    expect(nodes.map(describeEvent)).toEqual([
      "Accepted, published by order after 0 µs, causes 1 event, handled by stock in 9 ms: dead letter, attempt 8",
      "Reserved, published by stock after 12 ms, caused by Accepted 12 ms before, not handled yet",
    ]);
    expect(describeEvent(graphOf({ id: "Gone", handled: [{ group: "g" }] }).nodes[0]!)).toContain("published elsewhere");
  });
});
