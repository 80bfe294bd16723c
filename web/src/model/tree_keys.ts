// SPDX-License-Identifier: Apache-2.0
//
// What a key does on a row of the waterfall, as WAI-ARIA's tree grid pattern has it.
import type { Span } from "./trace";
import type { Row } from "./waterfall";

export type KeyAction = { kind: "go"; span: Span } | { kind: "fold" } | { kind: "open" };

const kPageRows = 20;

/** Null where the key means nothing here, or there is nowhere to go. */
export function keyAction(key: string, rows: Row[], row: Row): KeyAction | null {
  const index = rows.indexOf(row);
  const { span, folded } = row;
  const to = (target: number): KeyAction | null => {
    const found = rows[Math.min(rows.length - 1, Math.max(0, target))];
    return found === undefined || found === row ? null : { kind: "go", span: found.span };
  };
  switch (key) {
    case "ArrowDown":
      return to(index + 1);
    case "ArrowUp":
      return to(index - 1);
    case "PageDown":
      return to(index + kPageRows);
    case "PageUp":
      return to(index - kPageRows);
    case "Home":
      return to(0);
    case "End":
      return to(rows.length - 1);
    case "ArrowRight":
      if (folded) return { kind: "fold" };
      return span.descendants > 0 ? to(index + 1) : null;
    case "ArrowLeft":
      if (span.descendants > 0 && !folded) return { kind: "fold" };
      return span.parent === null ? null : { kind: "go", span: span.parent };
    case "Enter":
    case " ":
      return { kind: "open" };
    default:
      return null;
  }
}
