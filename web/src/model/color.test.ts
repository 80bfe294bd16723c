// SPDX-License-Identifier: Apache-2.0
import { expect, test } from "vitest";
import { ColorBook, kColors, type Memory } from "./color";

function memoryOf(content: string | null = null): Memory & { content: string | null } {
  return {
    content,
    getItem() {
      return this.content;
    },
    setItem(_key, value) {
      this.content = value;
    },
  };
}

const names = (count: number) => Array.from({ length: count }, (_, index) => `service-${index}`);

test("services on one screen differ as long as there are colours", () => {
  expect(new Set(new ColorBook(null).assign(names(kColors)).values()).size).toBe(kColors);
});

test("services on one screen differ also where they were first seen on different ones", () => {
  const book = new ColorBook(null);
  for (const name of names(40)) book.assign([name]);
  for (let first = 0; first + kColors <= 40; first++) {
    expect(new Set(book.assign(names(40).slice(first, first + kColors)).values()).size).toBe(kColors);
  }
});

test("a service keeps its colour beside others and after a reload", () => {
  const memory = memoryOf();
  const alone = new ColorBook(memory).assign(["order"]).get("order");
  const beside = new ColorBook(memory).assign(["batch", "gateway", "inventory", "order", "user"]);
  expect(beside.get("order")).toBe(alone);
});

test("more services than colours all get one", () => {
  const colors = new ColorBook(null).assign(names(30));
  expect(colors.size).toBe(30);
  for (const color of colors.values()) expect(color >= 0 && color < kColors).toBe(true);
});

test("a damaged or forbidden memory does no harm", () => {
  for (const content of ["{", "5", "null", '{"order":99,"user":"red","batch":3}']) {
    const colors = new ColorBook(memoryOf(content)).assign(["order", "user"]);
    for (const color of colors.values()) expect(color >= 0 && color < kColors).toBe(true);
  }
  const forbidden: Memory = {
    getItem: () => null,
    setItem: () => {
      throw new Error("quota");
    },
  };
  expect(new ColorBook(forbidden).assign(["order"]).size).toBe(1);
});
