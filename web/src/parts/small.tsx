// SPDX-License-Identifier: Apache-2.0
//
// Small parts that several pages use.
import { useEffect, useRef, useState } from "preact/hooks";
import { colorVariable } from "../model/color";
import { formatClock, formatDay } from "../model/format";

export function ServiceDot({ color }: { color: number | undefined }) {
  return <span class="service-dot" style={{ "--service": colorVariable(color) }} aria-hidden="true" />;
}

const kCopiedVisibleMs = 1500;

/** Copies `value`; says so for a moment. */
export function CopyButton({ value, what }: { value: string; what: string }) {
  const [outcome, setOutcome] = useState<"" | "Copied" | "Not copied">("");
  const timer = useRef<ReturnType<typeof setTimeout>>();
  useEffect(() => () => clearTimeout(timer.current), []);
  const copy = async () => {
    const copied = await navigator.clipboard.writeText(value).then(
      () => true,
      () => false,
    );
    setOutcome(copied ? "Copied" : "Not copied");
    clearTimeout(timer.current);
    timer.current = setTimeout(() => setOutcome(""), kCopiedVisibleMs);
  };
  return (
    <button type="button" class="quiet copy" aria-label={`Copy ${what}`} onClick={() => void copy()}>
      <span aria-live="polite">{outcome || "Copy"}</span>
    </button>
  );
}

/** The time of day; the date where it is not today's. */
export function Moment({ milliseconds, now }: { milliseconds: number; now: number }) {
  const day = formatDay(milliseconds);
  return (
    <time dateTime={new Date(milliseconds).toISOString()} title={new Date(milliseconds).toString()}>
      {day === formatDay(now) ? "" : `${day} `}
      {formatClock(milliseconds)}
    </time>
  );
}
