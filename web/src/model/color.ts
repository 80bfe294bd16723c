// SPDX-License-Identifier: Apache-2.0
//
// A colour for each service: the same one wherever it appears, as far as the services on the screen allow, and never
// the same for two of them while there are colours left. The palette itself is in base.css, for light and dark.

export const kColors = 12;

function hash(name: string): number {
  let value = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(name)) value = Math.imul(value ^ byte, 0x01000193) >>> 0;
  return value % kColors;
}

/** The index into the palette for each of these services. Depends on the set of names alone, not on their order. */
export function assignColors(services: Iterable<string>): Map<string, number> {
  const colors = new Map<string, number>();
  const taken = new Set<number>();
  for (const service of [...new Set(services)].sort()) {
    if (taken.size === kColors) taken.clear();
    let color = hash(service);
    while (taken.has(color)) color = (color + 5) % kColors;
    taken.add(color);
    colors.set(service, color);
  }
  return colors;
}

export function colorVariable(index: number | undefined): string {
  return `var(--service-${index ?? 0})`;
}
