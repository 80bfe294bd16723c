// SPDX-License-Identifier: Apache-2.0
//
// The built page in a browser, against the mock server. After each test the page must have thrown nothing, and its
// content policy must have had nothing to refuse.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { kFailedTrace, kOrderTrace, kOrphanTrace, kSkewedTrace, kWideTrace, orderTrace, Random } from "../mock/data";
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

const kActiveText = "document.activeElement.innerText";

describe("services", () => {
  test("are listed with their instances, and follow the registry without a reload", async () => {
    await open("");
    await page.untilText("127.0.0.1:40031");
    expect(await page.text(".totals")).toContain("4 services · 5 instances");
    const inventory = server.served.registry.services.find(({ name }) => name === "inventory")!;
    const [gone] = inventory.instances.splice(1, 1);
    await page.untilText("left ");
    expect(await page.text(".totals")).toContain("4 instances");
    inventory.instances.push(gone!);
    await page.until(`document.querySelector(".tag.new")`);
    expect(await page.count(".instance.gone")).toBe(0);
  });

  test("that cannot be read any more stay on the screen, with a word that they are old", async () => {
    await open("#/services");
    await page.untilText("127.0.0.1:40031");
    server.served.failing = { prefix: "/api/registry", status: 503, message: "the registry does not answer" };
    await page.untilText("Not live.");
    await page.untilText("the registry does not answer");
    expect(await page.count(".instance")).toBe(5);
    server.served.failing = null;
    await page.until(`!document.body.innerText.includes("Not live.")`);
  });

  test("that were never read say what to do, and appear by themselves", async () => {
    server.served.failing = { prefix: "/api/registry", status: 503, message: "the registry does not answer" };
    await open("#/services");
    await page.untilText("The registry could not be read");
    server.served.failing = null;
    await page.click(".notice button");
    await page.untilText("127.0.0.1:40031");
  });

  test("that are none say how to start some", async () => {
    server.served.registry.services = [];
    await open("#/services");
    await page.untilText("skerry dev skerry.yaml");
  });

  test("are filtered by what is typed and lead to their traces", async () => {
    await open("#/services");
    await page.type("#service-filter", "order");
    await page.until(`document.querySelectorAll(".service-row").length === 1`);
    await page.click(".to-traces");
    await page.until(`location.hash === "#/traces?service=order"`);
    await page.until(`document.querySelector(".traces tbody tr")`);
  });
});

describe("traces", () => {
  test("of all services are found without a choice, the newest first, each once", async () => {
    await open("#/traces");
    await page.until(`document.querySelectorAll(".traces tbody tr").length === 20`);
    const links = await page.evaluate<string[]>(`[...document.querySelectorAll(".traces .root a")].map(a => a.hash)`);
    expect(new Set(links).size).toBe(20);
    expect(links[0]).toBe(`#/trace/${kOrderTrace}`);
  });

  test("are searched by service, operation, duration and errors, and the search is a link", async () => {
    await open("#/traces");
    await page.until(`[...document.querySelectorAll("option")].some(o => o.value === "order")`);
    const choose = (label: string, value: string) =>
      page.evaluate(`(() => {
        const field = [...document.querySelectorAll(".field")].find(f => f.innerText.startsWith(${JSON.stringify(label)}));
        const select = field.querySelector("select");
        select.value = ${JSON.stringify(value)};
        select.dispatchEvent(new Event("change", { bubbles: true }));
      })()`);
    await choose("Service", "order");
    await page.until(`[...document.querySelectorAll("option")].some(o => o.value === "shop.InventoryService/Reserve")`);
    await choose("Operation", "shop.InventoryService/Reserve");
    await page.type(".search input:not([type=checkbox])", "2");
    await page.press("Enter");
    await page.until(`location.hash.includes("minDuration=2ms")`);
    await page.click(".search .check input");
    await page.until(`location.hash.includes("errors=1")`);
    await page.until(
      `document.querySelector(".with-errors") && !document.querySelector(".traces tbody tr:not(.with-errors)")`,
    );
    const asked = new URL(server.requests.findLast((target) => target.startsWith("/api/traces?"))!, base).searchParams;
    expect(Object.fromEntries(asked)).toMatchObject({
      service: "order",
      operation: "shop.InventoryService/Reserve",
      minDuration: "2ms",
      limit: "20",
      lookback: "1h",
      tags: '{"error":"true"}',
    });
  });

  test("are not searched by a duration that cannot be understood", async () => {
    await open("#/traces");
    await page.type(".search input:not([type=checkbox])", "soon");
    await page.press("Enter");
    await page.untilText("Write it as 500us, 5ms or 1.5s.");
  });

  test("are sorted by a click on a column", async () => {
    await open("#/traces?limit=100");
    await page.until(`document.querySelector(".traces tbody tr")`);
    await page.click(".traces th:nth-child(3) button");
    await page.until(`document.querySelector(".traces tbody tr").innerText.includes("recount stock")`);
    expect(await page.evaluate(`document.querySelector(".traces th:nth-child(3)").ariaSort`)).toBe("descending");
  });

  test("that are none say how to make one, or how to search wider", async () => {
    await open("#/traces?service=user&minDuration=10s");
    await page.untilText("No trace matches");
    await page.click(".choices a:last-child");
    await page.until(`document.querySelector(".traces tbody tr")`);
    server.served.traces = [];
    await page.goto("about:blank");
    await page.goto(`${base}/#/traces`);
    await page.untilText("No span has arrived yet");
  });

  test("come by themselves while live", async () => {
    await open("#/traces?service=order");
    await page.until(`document.querySelector(".traces tbody tr")`);
    await page.evaluate(`[...document.querySelectorAll(".check")].find(c => c.innerText.includes("Live")).querySelector("input").click()`);
    // After the search that the switch itself causes.
    const before = server.requests.length;
    while (server.requests.length === before) await page.until("true");
    await page.untilText("15 traces");
    const id = "ab".repeat(16);
    server.served.traces.push(orderTrace(new Random(99), Date.now() * 1000, { id }));
    await page.until(`document.querySelector('a[href="#/trace/${id}"]')`);
  });
});

describe("a trace", () => {
  test("is found by a pasted id and drawn as a tree over time", async () => {
    await open("#/services");
    await page.type("#trace-id", `x-trace-id: ${kOrderTrace}`);
    await page.press("Enter");
    await page.until(`document.querySelectorAll(".span-row").length === 11`);
    expect(await page.evaluate(`location.hash`)).toBe(`#/trace/${kOrderTrace}`);
    const rows = await page.evaluate<[string, number, number][]>(
      `[...document.querySelectorAll(".span-row")].map(r => [r.querySelector(".service").innerText, Number(r.ariaLevel),
        r.querySelector(".bar").getBoundingClientRect().left])`,
    );
    expect(rows.map(([service]) => service)).toEqual([
      "gateway", "gateway", "order", "order", "user", "user", "order", "inventory", "inventory", "inventory", "order",
    ]);
    expect(rows.map(([, level]) => level)).toEqual([1, 2, 3, 4, 5, 6, 4, 5, 6, 6, 4]);
    expect(await page.text(`[aria-level="2"] .operation`)).toBe("POST → 127.0.0.1/api/orders");
    // What the time line says is inside of it.
    const outside = await page.evaluate<string[]>(
      `(() => { const line = document.querySelector(".axis .ticks").parentElement.getBoundingClientRect();
        return [...document.querySelectorAll(".axis .ticks span")].filter(tick => {
          const { left, right } = tick.getBoundingClientRect();
          return left < line.left || right > line.right;
        }).map(tick => tick.innerText); })()`,
    );
    expect(outside).toEqual([]);
    // No bar begins before the one of its parent.
    for (let index = 1; index < rows.length; index++) {
      const parent = rows.slice(0, index).findLast(([, level]) => level === rows[index]![1] - 1)!;
      expect(rows[index]![2]).toBeGreaterThanOrEqual(parent[2]);
    }
  });

  test("opens a span with a click, shows tags and events, and the address names it", async () => {
    await open(`#/trace/${kFailedTrace}`);
    await page.until(`document.querySelectorAll(".span-row").length === 10`);
    await page.click(".span-row:nth-of-type(9)");
    await page.until(`document.querySelector(".span-detail")`);
    const detail = await page.text(".span-detail");
    for (const text of ["SKU-0010: 2 wanted, 1 in stock", "rpc.system", "stock.insufficient", "host.name"]) {
      expect(detail).toContain(text);
    }
    const link = await page.evaluate<string>("location.href");
    expect(link).toContain("?span=");
    await page.goto("about:blank");
    await page.goto(link);
    await page.until(`document.querySelector(".span-detail")?.innerText.includes("stock.insufficient")`);
  });

  test("is walked with the keyboard alone", async () => {
    await open(`#/trace/${kOrderTrace}`);
    await page.until(`document.querySelectorAll(".span-row").length === 11`);
    await page.evaluate(`document.querySelector(".toolbar").lastElementChild.focus()`);
    await page.press("Tab");
    await page.until(`${kActiveText}.includes("POST /api/orders") && document.activeElement.ariaLevel === "1"`);
    await page.press("ArrowDown");
    await page.press("ArrowDown");
    await page.until(`document.activeElement.ariaLevel === "3"`);
    await page.press("ArrowLeft");
    await page.until(`document.querySelectorAll(".span-row").length === 3`);
    expect(await page.evaluate(`document.activeElement.ariaExpanded`)).toBe("false");
    await page.press("ArrowRight");
    await page.until(`document.querySelectorAll(".span-row").length === 11`);
    await page.press("Enter");
    await page.until(`document.querySelector(".span-detail")`);
    await page.press("End");
    await page.until(`${kActiveText}.includes("sqlite insert orders")`);
  });

  test("marks what a search finds and goes to it, also below a fold", async () => {
    await open(`#/trace/${kOrderTrace}`);
    await page.untilText("Fold all");
    await page.evaluate(`document.querySelector(".toolbar").lastElementChild.click()`);
    await page.until(`document.querySelectorAll(".span-row").length === 1`);
    await page.type(".waterfall input", "db.synchronous=full");
    await page.press("Enter");
    await page.until(`document.querySelector(".span-row.found")?.innerText.includes("sqlite commit")`);
    expect(await page.text(".found")).toBe("1 of 1");
  });

  test("with skewed clocks is corrected, says so, and can be seen as recorded", async () => {
    await open(`#/trace/${kSkewedTrace}`);
    await page.untilText("Clocks differ");
    await page.click(".remarks button");
    await page.untilText("as recorded");
    expect(await page.count(".span-row")).toBe(11);
  });

  test("with a missing span is drawn and says what is missing", async () => {
    await open(`#/trace/${kOrphanTrace}`);
    await page.untilText("names a parent that is not here");
    expect(await page.count(".span-row")).toBe(10);
  });

  test("of very many spans is drawn in steps", async () => {
    await open(`#/trace/${kWideTrace}`);
    await page.untilText("500 of 1,400 rows");
    await page.click(".more button");
    await page.until(`document.querySelectorAll(".span-row").length === 1000`);
  });

  test("that has not arrived is waited for", async () => {
    const id = "cd".repeat(16);
    await open(`#/trace/${id}`);
    await page.untilText("Waiting for the spans");
    server.served.traces.push(orderTrace(new Random(5), Date.now() * 1000, { id }));
    await page.until(`document.querySelectorAll(".span-row").length === 11`);
  });

  test("grows on the screen while its spans arrive", async () => {
    const id = "ef".repeat(16);
    const whole = orderTrace(new Random(5), Date.now() * 1000, { id });
    server.served.traces.push({ ...whole, spans: whole.spans.slice(2) });
    await open(`#/trace/${id}`);
    await page.until(`document.querySelectorAll(".span-row").length === 9`);
    await page.click(".span-row");
    await page.until(`document.querySelector(".span-detail")`);
    server.served.traces[server.served.traces.length - 1] = whole;
    await page.until(`document.querySelectorAll(".span-row").length === 11`);
    expect(await page.count(".span-detail")).toBe(1);
  });
});

describe("the page", () => {
  test("asks no other origin for anything", async () => {
    await open("#/traces");
    await page.until(`document.querySelector(".traces tbody tr")`);
    const names = await page.evaluate<string[]>(`performance.getEntriesByType("resource").map(e => e.name)`);
    expect(names.length).toBeGreaterThan(3);
    for (const name of names) expect(name.startsWith(base)).toBe(true);
  });

  test("leads on from an address that it does not know", async () => {
    await open("#/nowhere");
    await page.untilText("There is no such page");
  });

  test("scrolls nowhere sideways on a narrow screen", async () => {
    for (const hash of ["#/services", "#/traces", `#/trace/${kOrderTrace}`]) {
      await open(hash, { width: 400 });
      await page.until(`document.querySelector("table tbody tr, .span-row")`);
      expect(await page.evaluate(`document.documentElement.scrollWidth <= innerWidth`)).toBe(true);
      if (hash !== `#/trace/${kOrderTrace}`) await page.close();
    }
  });

  test("has readable text in light and dark", async () => {
    for (const dark of [false, true]) {
      await open(`#/trace/${kFailedTrace}`, { dark });
      await page.until(`document.querySelector(".span-row")`);
      const lowest = await page.evaluate<[string, number]>(kLowestContrast);
      expect(lowest[1], lowest[0]).toBeGreaterThanOrEqual(4.5);
      if (!dark) await page.close();
    }
  });
});
