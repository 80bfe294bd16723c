// SPDX-License-Identifier: Apache-2.0
//
// A colour for each service: the same one on every page and after a reload, and never the same for two services that
// are on the screen together while there are colours left. The palette itself is in base.css, for light and dark.

export const kColors = 12;

/** What keeps the choices: the browser's localStorage. */
export type Memory = Pick<Storage, "getItem" | "setItem">;

const kMemoryKey = "skerry.service-colors";
const kMaxRemembered = 500;
// Neighbours in the palette look alike, so the next free colour is sought a step away; 5 and 12 have no common factor.
const kStep = 5;

function hash(name: string): number {
  let value = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(name)) value = Math.imul(value ^ byte, 0x01000193) >>> 0;
  return value % kColors;
}

function firstFree(wanted: number, taken: ReadonlySet<number>): number {
  let color = wanted;
  for (let tried = 0; tried < kColors && taken.has(color); tried++) color = (color + kStep) % kColors;
  return color;
}

export class ColorBook {
  private readonly chosen: Map<string, number>;

  /** Without a memory the choices last as long as the page. */
  constructor(private readonly memory: Memory | null) {
    this.chosen = recall(memory);
  }

  /** The index into the palette for each of these services. */
  assign(services: Iterable<string>): Map<string, number> {
    const names = [...new Set(services)].sort();
    const before = this.chosen.size;
    for (const name of names) {
      if (!this.chosen.has(name)) this.chosen.set(name, firstFree(hash(name), new Set(this.chosen.values())));
    }
    if (this.chosen.size !== before) this.remember();
    const colors = new Map<string, number>();
    const taken = new Set<number>();
    for (const name of names) {
      const color = firstFree(this.chosen.get(name)!, taken);
      taken.add(color);
      colors.set(name, color);
    }
    return colors;
  }

  private remember(): void {
    const newest = [...this.chosen].slice(-kMaxRemembered);
    try {
      this.memory?.setItem(kMemoryKey, JSON.stringify(Object.fromEntries(newest)));
    } catch {
      // Full or forbidden: the colours then last as long as the page.
    }
  }
}

function recall(memory: Memory | null): Map<string, number> {
  try {
    const kept = JSON.parse(memory?.getItem(kMemoryKey) ?? "{}") as Record<string, unknown>;
    const valid = Object.entries(kept).filter(([, color]) => Number.isInteger(color) && 0 <= Number(color) && Number(color) < kColors);
    return new Map(valid as [string, number][]);
  } catch {
    return new Map();
  }
}

export function colorVariable(index: number | undefined): string {
  return `var(--service-${index ?? 0})`;
}
