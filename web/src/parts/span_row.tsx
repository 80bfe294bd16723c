// SPDX-License-Identifier: Apache-2.0
import { colorVariable } from "../model/color";
import { formatDuration } from "../model/format";
import type { Span, Trace } from "../model/trace";
import { barOf, errorText, eventPosition, targetOf, type Row } from "../model/waterfall";
import { Chevron, ErrorMark } from "./icons";
import { position } from "./waterfall_view";

interface SpanRowProps {
  row: Row;
  trace: Trace;
  ticks: number[];
  color: number | undefined;
  open: boolean;
  found: boolean;
  /** Whether this row is the one that Tab reaches. */
  tabbable: boolean;
  onToggleFold: () => void;
  onToggleOpen: () => void;
  onKeyDown: (event: KeyboardEvent) => void;
}

/** Deeper rows are not indented further, so that names stay readable. */
const kIndentMax = 24;

export function SpanRow(props: SpanRowProps) {
  const { row, trace, color, open, found, tabbable } = props;
  const { span, folded } = row;
  const classes = ["span-row", span.error && "with-error", open && "open", found && "found"].filter(Boolean).join(" ");
  return (
    <div
      class={classes}
      role="row"
      data-key={span.key}
      aria-level={span.depth + 1}
      aria-expanded={span.descendants > 0 ? !folded : undefined}
      aria-selected={open}
      aria-label={describe(span)}
      tabIndex={tabbable ? 0 : -1}
      style={{ "--service": colorVariable(color), "--depth": Math.min(span.depth, kIndentMax) }}
      onClick={props.onToggleOpen}
      onKeyDown={props.onKeyDown}
    >
      <div class="name" role="gridcell">
        <Fold row={row} onToggleFold={props.onToggleFold} />
        <span class="stripe" />
        <span class="service">{span.service}</span>
        {/* The hidden errors of a folded row count as its own for the eye. */}
        {(span.error || row.hiddenErrors > 0) && (
          <span class="errors" title={span.error ? errorText(span) || "error" : `${row.hiddenErrors} with errors below`}>
            <ErrorMark hollow={!span.error} />
          </span>
        )}
        <Operation span={span} />
        {span.missingParent !== null && <span class="tag">parent missing</span>}
      </div>
      <div class="line" role="gridcell">
        {props.ticks.slice(1).map((tick) => (
          <span key={tick} class="tick" style={{ left: position(tick, trace) }} />
        ))}
        <BarAndLabel span={span} trace={trace} />
      </div>
    </div>
  );
}

function describe(span: Span): string {
  const parts = [`${span.service} ${nameOf(span)}`, formatDuration(span.duration), `starts at ${formatDuration(span.start)}`];
  if (span.error) parts.push(`error ${errorText(span)}`.trim());
  return parts.join(", ");
}

function nameOf(span: Span): string {
  const target = targetOf(span);
  return target === "" ? span.operation || "(no name)" : `${span.operation} → ${target}`;
}

function Operation({ span }: { span: Span }) {
  const name = nameOf(span);
  return (
    <span class="operation" title={name}>
      {name}
    </span>
  );
}

function Fold({ row, onToggleFold }: { row: Row; onToggleFold: () => void }) {
  if (row.span.descendants === 0) return <span class="fold" />;
  const toggle = (event: Event) => {
    event.stopPropagation();
    onToggleFold();
  };
  // The arrow keys of the row do the same, so the button needs no place in the tab order.
  return (
    <button
      type="button"
      class="fold"
      tabIndex={-1}
      aria-label={row.folded ? `Unfold ${row.span.descendants} spans` : "Fold"}
      onClick={toggle}
    >
      <Chevron open={!row.folded} />
      {row.folded && <span class="hidden-count">{row.span.descendants}</span>}
    </button>
  );
}

function BarAndLabel({ span, trace }: { span: Span; trace: Trace }) {
  const bar = barOf(span, trace.duration);
  const percent = (fraction: number) => `${(fraction * 100).toFixed(4)}%`;
  const label = formatDuration(span.duration);
  const beside =
    bar.label === "after"
      ? { left: percent(bar.left + bar.width) }
      : bar.label === "before"
        ? { right: percent(1 - bar.left) }
        : { left: percent(bar.left) };
  return (
    <>
      <span class="bar" style={{ left: percent(bar.left), width: percent(bar.width) }} />
      {span.logs.map((log, index) => {
        const at = eventPosition(span, trace, log.timestamp);
        return at !== null && <span key={index} class="event" style={{ left: percent(at) }} />;
      })}
      <span class={`label ${bar.label}`} style={beside}>
        {label}
      </span>
    </>
  );
}
