// SPDX-License-Identifier: Apache-2.0
//
// When the traces happened and how long they took: a dot for each, larger with more spans, red with errors. The table
// below says the same in words, so that this picture is hidden from screen readers and needs no keyboard.
import { formatClock, formatDuration } from "../model/format";
import { colorVariable } from "../model/color";
import { traceHash } from "../model/route";
import type { Summary } from "../model/summary";
import { ticksOf } from "../model/waterfall";

const kWidth = 1000;
const kHeight = 120;
const kPadding = 10;
const kFewest = 3;

export interface Dot {
  summary: Summary;
  x: number;
  y: number;
  radius: number;
}

/** Positions within kWidth by kHeight; the duration axis begins at 0, the time axis at the oldest trace. */
export function dotsOf(summaries: Summary[]): Dot[] {
  const starts = summaries.map((summary) => summary.startTime);
  const first = Math.min(...starts);
  const span = Math.max(...starts) - first;
  const longest = Math.max(...summaries.map((summary) => summary.duration));
  return summaries.map((summary) => ({
    summary,
    x: kPadding + (span > 0 ? (summary.startTime - first) / span : 0.5) * (kWidth - 2 * kPadding),
    y: kHeight - kPadding - (longest > 0 ? summary.duration / longest : 0) * (kHeight - 2 * kPadding),
    radius: Math.min(9, 3 + Math.log2(summary.spans + 1) * 0.7),
  }));
}

export function DurationPlot({ summaries, colors }: { summaries: Summary[]; colors: Map<string, number> }) {
  if (summaries.length < kFewest) return null;
  const longest = Math.max(...summaries.map((summary) => summary.duration));
  const starts = summaries.map((summary) => summary.startTime / 1000);
  const lines = ticksOf(longest, 4).slice(1);
  const heightOf = (duration: number) => kHeight - kPadding - (duration / longest) * (kHeight - 2 * kPadding);
  return (
    <figure class="plot" aria-hidden="true">
      <div class="scale">
        {lines.map((tick) => (
          <span key={tick} style={{ top: `${heightOf(tick)}px` }}>
            {formatDuration(tick)}
          </span>
        ))}
      </div>
      <div class="area">
        {lines.map((tick) => (
          <span key={tick} class="line" style={{ top: `${heightOf(tick)}px` }} />
        ))}
        {dotsOf(summaries).map(({ summary, x, y, radius }) => (
          <a
            key={summary.id}
            class={summary.errors > 0 ? "dot error" : "dot"}
            href={traceHash(summary.id)}
            tabIndex={-1}
            title={`${summary.service} ${summary.operation}: ${formatDuration(summary.duration)}`}
            style={{
              left: `${(x / kWidth) * 100}%`,
              top: `${y}px`,
              width: `${2 * radius}px`,
              height: `${2 * radius}px`,
              "--service": colorVariable(colors.get(summary.service)),
            }}
          />
        ))}
      </div>
      <figcaption>
        <span>{formatClock(Math.min(...starts))}</span>
        <span>{formatClock(Math.max(...starts))}</span>
      </figcaption>
    </figure>
  );
}
