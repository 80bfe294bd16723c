// SPDX-License-Identifier: Apache-2.0
//
// When the traces happened and how long they took: a dot for each, larger with more spans, red with errors. The table
// below says the same in words, so that this picture is hidden from screen readers and needs no keyboard.
import { colorVariable } from "../model/color";
import { formatClock, formatDuration } from "../model/format";
import { dotsOf, durationScale, kFewestDots, kPlotHeight } from "../model/plot";
import { traceHash } from "../model/route";
import type { Summary } from "../model/summary";

export function DurationPlot({ summaries, colors }: { summaries: Summary[]; colors: Map<string, number> }) {
  if (summaries.length < kFewestDots) return null;
  const scale = durationScale(summaries.map((summary) => summary.duration));
  const starts = summaries.map((summary) => summary.startTime / 1000);
  return (
    <figure class="plot" aria-hidden="true">
      <div class="scale">
        {scale.ticks.map((tick) => (
          <span key={tick} style={{ top: `${scale.top(tick)}px` }}>
            {formatDuration(tick)}
          </span>
        ))}
      </div>
      <div class="area" style={{ height: `${kPlotHeight}px` }}>
        {scale.ticks.map((tick) => (
          <span key={tick} class="gridline" style={{ top: `${scale.top(tick)}px` }} />
        ))}
        {dotsOf(summaries).map(({ summary, left, top, diameter }) => (
          <a
            key={summary.id}
            class={summary.errors > 0 ? "dot error" : "dot"}
            href={traceHash(summary.id)}
            tabIndex={-1}
            title={`${summary.service} ${summary.operation}: ${formatDuration(summary.duration)}`}
            style={{
              left: `${(left * 100).toFixed(2)}%`,
              top: `${top}px`,
              width: `${diameter}px`,
              height: `${diameter}px`,
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
