// SPDX-License-Identifier: Apache-2.0
//
// The waterfall as a tree grid (WAI-ARIA's pattern of that name): one row is in the tab order, the arrow keys go from
// there. Enter opens a span's tags and logs below its row.
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { formatDuration } from "../model/format";
import { traceHash } from "../model/route";
import type { Span, Trace } from "../model/trace";
import { foldable, tickLabel, ticksOf, unfoldTo, visibleRows, type Row } from "../model/waterfall";
import { keyAction } from "../model/tree_keys";
import { serviceColors } from "./colors";
import { SpanDetail } from "./span_detail";
import { SpanRow } from "./span_row";
import { WaterfallToolbar } from "./waterfall_toolbar";

/** So many rows are drawn at first, and with each wish for more. */
const kRowsPerStep = 500;

/** `opened` is the id of the span that the link names, or empty. */
export function WaterfallView({ trace, opened }: { trace: Trace; opened: string }) {
  const [folded, setFolded] = useState<ReadonlySet<string>>(new Set());
  const [open, setOpen] = useState<ReadonlySet<string>>(() => openedFrom(trace, opened));
  const [active, setActive] = useState<string | null>(() => [...openedFrom(trace, opened)][0] ?? null);
  const [found, setFound] = useState<ReadonlySet<string>>(new Set());
  const [limit, setLimit] = useState(kRowsPerStep);
  const grid = useRef<HTMLDivElement>(null);
  const colors = useMemo(() => serviceColors.assign(trace.services.map(({ service }) => service)), [trace]);
  const rows = useMemo(() => visibleRows(trace, folded), [trace, folded]);
  const ticks = useMemo(() => ticksOf(trace.duration), [trace]);

  const rowOf = (key: string) => grid.current?.querySelector<HTMLElement>(`[data-key="${CSS.escape(key)}"]`);
  useEffect(() => {
    if (active !== null && opened !== "") rowOf(active)?.scrollIntoView({ block: "center" });
  }, []);

  const activate = (span: Span) => {
    setActive(span.key);
    // A row that is there is focused at once, so that the next key, however soon, goes to it; one that was folded away
    // is there after the next drawing.
    if (!focusRow(rowOf(span.key))) requestAnimationFrame(() => focusRow(rowOf(span.key)));
  };
  const goTo = (span: Span) => {
    setFolded(unfoldTo(span, folded));
    const index = visibleRows(trace, unfoldTo(span, folded)).findIndex((row) => row.span === span);
    setLimit((shown) => Math.max(shown, index + 1));
    activate(span);
  };
  const toggleFold = (span: Span) => setFolded(toggled(folded, span.key));
  const toggleOpen = (span: Span) => {
    const next = toggled(open, span.key);
    setOpen(next);
    setActive(span.key);
    history.replaceState(null, "", traceHash(trace.id, next.has(span.key) ? span.id : ""));
  };
  const onKeyDown = (event: KeyboardEvent, row: Row) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.target !== event.currentTarget) return;
    const action = keyAction(event.key, rows.slice(0, limit), row);
    if (action === null) return;
    event.preventDefault();
    if (action.kind === "go") activate(action.span);
    else if (action.kind === "fold") toggleFold(row.span);
    else toggleOpen(row.span);
  };

  const shown = rows.slice(0, limit);
  const inTabOrder = shown.some((row) => row.span.key === active) ? active : (shown[0]?.span.key ?? null);
  return (
    <section class="waterfall" aria-label="Waterfall">
      <WaterfallToolbar
        trace={trace}
        onFound={(spans) => setFound(new Set(spans.map((span) => span.key)))}
        onGo={goTo}
        onFoldAll={() => setFolded(foldable(trace))}
        onUnfoldAll={() => setFolded(new Set())}
      />
      <div class="grid" role="treegrid" aria-label="Spans" aria-rowcount={rows.length} ref={grid}>
        <div class="axis" role="row">
          <div role="columnheader">Service and operation</div>
          <div role="columnheader" class="ticks" aria-label="Time line">
            {ticks.map((tick) => (
              <span key={tick} class={tickLabel(tick, trace.duration)} style={{ left: position(tick, trace) }}>
                {tick === 0 ? "0" : formatDuration(tick)}
              </span>
            ))}
          </div>
        </div>
        {shown.map((row) => (
          <Entry
            key={row.span.key}
            row={row}
            trace={trace}
            ticks={ticks}
            color={colors.get(row.span.service)}
            open={open.has(row.span.key)}
            found={found.has(row.span.key)}
            tabbable={row.span.key === inTabOrder}
            onToggleFold={() => toggleFold(row.span)}
            onToggleOpen={() => toggleOpen(row.span)}
            onKeyDown={(event) => onKeyDown(event, row)}
          />
        ))}
      </div>
      {rows.length > limit && (
        <p class="more">
          {limit.toLocaleString("en")} of {rows.length.toLocaleString("en")} rows.{" "}
          <button type="button" onClick={() => setLimit(limit + kRowsPerStep)}>
            Show {Math.min(kRowsPerStep, rows.length - limit)} more
          </button>
        </p>
      )}
    </section>
  );
}

type EntryProps = Parameters<typeof SpanRow>[0];

function Entry(props: EntryProps) {
  return (
    <>
      <SpanRow {...props} />
      {props.open && <SpanDetail span={props.row.span} trace={props.trace} color={props.color} />}
    </>
  );
}

function openedFrom(trace: Trace, id: string): Set<string> {
  const span = trace.spans.find((candidate) => candidate.id === id);
  return new Set(span === undefined ? [] : [span.key]);
}

function focusRow(row: HTMLElement | null | undefined): boolean {
  row?.focus({ preventScroll: true });
  row?.scrollIntoView({ block: "nearest" });
  return row != null;
}

function toggled(set: ReadonlySet<string>, key: string): Set<string> {
  const result = new Set(set);
  if (!result.delete(key)) result.add(key);
  return result;
}

export function position(time: number, trace: Trace): string {
  return `${((trace.duration > 0 ? time / trace.duration : 0) * 100).toFixed(4)}%`;
}
