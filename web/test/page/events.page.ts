// SPDX-License-Identifier: Apache-2.0
//
// The events of a trace in the built page, in a browser, against the mock server.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { kOrderTrace, Random } from "../mock/data";
import { kEventsTrace, kManyEventsTrace, kOneEventTrace, orderFlow } from "../mock/events";
import { MockServer } from "../mock/server";
import { Browser, type Page, type ViewOptions } from "./browser";
import { kLowestContrast } from "./contrast";

let browser: Browser;
let server: MockServer;
let base: string;
let page: Page;

beforeAll(async () => {
  browser = await Browser.launch();
});
afterAll(() => browser.close());
beforeEach(async () => {
  server = new MockServer();
  base = await server.listen();
});
afterEach(async () => {
  const { problems } = page;
  await page.close();
  await server.close();
  expect(problems).toEqual([]);
});

async function open(hash: string, options?: ViewOptions): Promise<void> {
  page = await browser.open(`${base}/${hash}`, options);
}

async function openEvents(id: string, cards: number, options?: ViewOptions): Promise<void> {
  await open(`#/trace/${id}/events`, options);
  await page.until(`document.querySelectorAll(".event-card").length === ${cards}`);
}

interface Box {
  name: string;
  left: number;
  top: number;
  right: number;
  bottom: number;
  column: number;
}

function boxes(): Promise<Box[]> {
  return page.evaluate(`[...document.querySelectorAll(".event-card")].map((card) => {
    const { left, top, right, bottom } = card.getBoundingClientRect();
    return { name: card.querySelector(".event-name").innerText, left, top, right, bottom, column: Number(card.ariaLevel) };
  })`);
}

const kActive = "document.activeElement.ariaLabel ?? ''";

describe("the events of a trace", () => {
  test("are the second view of its page, which the address names", async () => {
    await open(`#/trace/${kEventsTrace}`);
    await page.until(`document.querySelector(".span-row")`);
    await page.click(".views a:nth-child(2)");
    await page.until(`document.querySelectorAll(".event-card").length === 7`);
    expect(await page.evaluate("location.hash")).toBe(`#/trace/${kEventsTrace}/events`);
    expect(await page.text('.views [aria-current="page"]')).toBe("Events");
    // The trace was read once for both.
    expect(server.requests.filter((target) => target === `/api/traces/${kEventsTrace}`)).toHaveLength(1);
    await page.click(".views a:nth-child(1)");
    await page.until(`document.querySelector(".span-row")`);
    expect(await page.count(".event-card")).toBe(0);
  });

  test("stand in columns by causation, with the time between them and their handlers", async () => {
    await openEvents(kEventsTrace, 7);
    const found = await boxes();
    expect(found.map(({ name, column }) => `${column} ${name}`)).toEqual([
      "1 OrderAccepted", "2 StockReserved", "3 PaymentTaken", "4 PointsCredited", "4 ShipmentPlanned", "5 OrderCompleted", "3 PaymentTaken",
    ]);
    for (const box of found) {
      for (const other of found) {
        if (box.column < other.column) expect(box.right).toBeLessThan(other.left);
        else if (box !== other && box.column === other.column) expect(box.top >= other.bottom || other.top >= box.bottom).toBe(true);
      }
    }
    const latencies = await page.evaluate<string[]>(`[...document.querySelectorAll(".latency")].map(l => l.innerText)`);
    expect(latencies).toEqual(["15.9 ms", "362 ms", "11 ms", "32 ms", "13 ms", "6 ms"]);
    expect(await page.count(".arrows g")).toBe(6);
    // Nothing that a card shows is cut off by it.
    const cut = await page.evaluate<string[]>(
      `[...document.querySelectorAll(".event-card")].filter(c => c.scrollHeight > c.clientHeight).map(c => c.innerText)`,
    );
    expect(cut).toEqual([]);
  });

  test("tell by words and not by colour alone what went wrong", async () => {
    await openEvents(kEventsTrace, 7);
    const graph = await page.text(".event-graph");
    for (const word of ["ok, attempt 3", "dead letter", "duplicate, dropped", "most likely never sent", "not handled yet", "and 1 more"]) {
      expect(graph).toContain(word);
    }
    expect(await page.count(".event-card .error-mark")).toBe(1);
    expect(await page.text(".lineage .figures")).toMatch(/Retries\s*2\s*Failed\s*1\s*Dead letters\s*1/);
  });

  test("are found by what became of them", async () => {
    await openEvents(kEventsTrace, 7);
    await page.type(".lineage input[type=search]", "dead");
    await page.until(`document.querySelectorAll("table.events tbody tr").length === 1`);
    expect(await page.text("table.events tbody")).toContain("dead letter");
    expect(await page.count(".event-card.faint")).toBe(6);
    expect(await page.text(".lineage .found")).toBe("1 hit");
  });

  test("open with a click, say all that is known, and the address names the open one", async () => {
    await openEvents(kEventsTrace, 7);
    await page.click(`.event-card[aria-level="2"]`);
    await page.until(`document.querySelector(".event-detail")`);
    const detail = await page.text(".event-detail");
    for (const text of ["shop.StockReserved", "/shop/inventory", "ord_7f3a", "UNAVAILABLE: the bank does not answer", "failed, tried again", "OrderAccepted"]) {
      expect(detail).toContain(text);
    }
    expect(await page.count(".attempts tbody tr")).toBe(3);
    const link = await page.evaluate<string>("location.href");
    expect(link).toContain("/events?event=");
    await page.goto("about:blank");
    await page.goto(link);
    await page.until(`document.querySelector(".event-detail")?.innerText.includes("shop.StockReserved")`);
    // From there on to the cause, and to the span.
    await page.evaluate(`[...document.querySelectorAll(".event-detail button")].find(b => b.innerText === "OrderAccepted").click()`);
    await page.until(`document.querySelector(".event-detail h2").innerText === "OrderAccepted"`);
    await page.click(`.attempts a`);
    await page.until(`document.querySelector(".span-detail")?.innerText.includes("messaging.consumer.group.name")`);
  });

  test("are walked with the keyboard alone", async () => {
    await openEvents(kEventsTrace, 7);
    await page.evaluate(`document.querySelector(".legend a").focus()`);
    await page.press("Tab");
    await page.until(`(${kActive}).startsWith("OrderAccepted, published by order")`);
    await page.press("ArrowRight");
    await page.press("ArrowRight");
    await page.until(`(${kActive}).includes("dead letter")`);
    await page.press("ArrowDown");
    await page.until(`(${kActive}).includes("never sent")`);
    await page.press("ArrowUp");
    await page.press("ArrowRight");
    await page.until(`(${kActive}).startsWith("PointsCredited")`);
    await page.press("ArrowDown");
    await page.press("ArrowRight");
    await page.until(`(${kActive}).startsWith("OrderCompleted")`);
    // The graph is wider than the screen; what has the focus is in sight.
    const visible = `(() => { const r = document.activeElement.getBoundingClientRect(); return r.left >= 0 && r.right <= innerWidth; })()`;
    await page.until(visible);
    await page.press("ArrowLeft");
    await page.press("Enter");
    await page.until(`document.querySelector(".event-detail h2").innerText === "ShipmentPlanned"`);
    expect(await page.evaluate("document.activeElement.ariaSelected")).toBe("true");
    await page.press("Enter");
    await page.until(`!document.querySelector(".event-detail")`);
  });

  test("are there as a table too, from which they open as well", async () => {
    await openEvents(kEventsTrace, 7);
    const rows = await page.evaluate<string[]>(`[...document.querySelectorAll(".events tbody tr")].map(r => r.innerText)`);
    expect(rows).toHaveLength(7);
    expect(rows[1]).toContain("OrderAccepted, 15.9 ms before");
    expect(rows[3]).toContain("mail in 9 ms: dead letter, attempt 8");
    await page.click(".events tbody tr:nth-child(5) button");
    await page.until(`document.querySelector(".event-detail h2")?.innerText === "PointsCredited"`);
    expect(await page.evaluate(`document.querySelector(".events tr.open button").ariaExpanded`)).toBe("true");
  });

  test("are coloured by topic where that is wished for", async () => {
    await openEvents(kEventsTrace, 7);
    expect(await page.text(".legend ul")).toBe("inventory\nlogistics\norder\npayment\npoints");
    await page.evaluate(`(() => { const s = document.querySelector(".legend select"); s.value = "topic"; s.dispatchEvent(new Event("change", { bubbles: true })); })()`);
    await page.until(`document.querySelector(".legend ul").innerText.includes("shop.order")`);
  });

  test("may be a single one that came from elsewhere", async () => {
    await openEvents(kOneEventTrace, 1);
    expect(await page.text(".event-card")).toContain("published elsewhere");
    expect(await page.count(".arrows g")).toBe(0);
  });

  test("may be many: the graph scrolls in itself, and no card lies on another", async () => {
    await openEvents(kManyEventsTrace, 40);
    const found = await boxes();
    for (const [index, box] of found.entries()) {
      for (const other of found.slice(index + 1)) {
        const apart = box.right <= other.left || other.right <= box.left || box.bottom <= other.top || other.bottom <= box.top;
        expect(apart, `${box.name} and ${other.name}`).toBe(true);
      }
    }
    expect(await page.evaluate(`document.documentElement.scrollWidth <= innerWidth`)).toBe(true);
    expect(await page.evaluate(`document.querySelector(".event-graph").scrollWidth > innerWidth`)).toBe(true);
  });

  test("come to the screen while the flow is still going on", async () => {
    const { trace, lineage } = orderFlow(new Random(3), Date.now() * 1000 - 500_000, "ab".repeat(16));
    const events = lineage.events.splice(2);
    server.served.flows.push(trace);
    server.served.lineages.push(lineage);
    await openEvents(trace.traceID, 2);
    lineage.events.push(...events);
    await page.until(`document.querySelectorAll(".event-card").length === 7`);
  });
});

describe("a trace without a graph", () => {
  test("says that it has no events", async () => {
    await open(`#/trace/${kOrderTrace}/events`);
    await page.untilText("No event in this trace");
  });

  test("says so where the trace store knows of none, and why it cannot be read", async () => {
    server.served.failing = { prefix: "/api/lineage", status: 404, message: "no such path" };
    await open(`#/trace/${kEventsTrace}/events`);
    await page.untilText("does not answer /api/lineage");
    expect(await page.count(".views a")).toBe(2);
    await page.close();
    server.served.failing = { prefix: "/api/lineage", status: 503, message: "the trace store cannot be reached" };
    await open(`#/trace/${kEventsTrace}/events`);
    await page.untilText("the trace store cannot be reached");
    server.served.failing = null;
    await page.until(`document.querySelectorAll(".event-card").length === 7`);
  });
});

describe("the view of events", () => {
  test("scrolls the page nowhere sideways on a narrow screen", async () => {
    await openEvents(kEventsTrace, 7, { width: 400 });
    await page.click(".event-card");
    await page.until(`document.querySelector(".event-detail")`);
    expect(await page.evaluate(`document.documentElement.scrollWidth <= innerWidth`)).toBe(true);
  });

  test("has readable text in light and dark", async () => {
    for (const dark of [false, true]) {
      await openEvents(kEventsTrace, 7, { dark });
      await page.click(`.event-card[aria-level="2"]`);
      await page.until(`document.querySelector(".event-detail")`);
      const lowest = await page.evaluate<[string, number]>(kLowestContrast);
      expect(lowest[1], lowest[0]).toBeGreaterThanOrEqual(4.5);
      if (!dark) await page.close();
    }
  });

  test("is served with nothing that its content policy refuses, and asks no other origin", async () => {
    await openEvents(kEventsTrace, 7);
    const names = await page.evaluate<string[]>(`performance.getEntriesByType("resource").map(e => e.name)`);
    for (const name of names) expect(name.startsWith(base)).toBe(true);
  });
});
