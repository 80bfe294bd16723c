// SPDX-License-Identifier: Apache-2.0
import { useEffect, useMemo, useState } from "preact/hooks";
import { fetchTrace, type ApiError } from "../api";
import { usePolled, useTitle } from "../hooks";
import type { JaegerTrace } from "../model/jaeger";
import type { Polled } from "../model/poller";
import { eventsHash, traceHash, type TraceView } from "../model/route";
import { kSettleMs, settleDelay } from "../model/settle";
import { buildTrace } from "../model/trace";
import { LineageView } from "../parts/lineage_view";
import { Failed, Loading, Notice } from "../parts/notice";
import { TraceHead } from "../parts/trace_head";
import { WaterfallView } from "../parts/waterfall_view";

/** When to read the trace again: `openedAt` and now in milliseconds since the epoch; null for not again. */
export function refreshDelay(state: Polled<JaegerTrace, ApiError>, openedAt: number, now: number): number | null {
  const ended = (state.data?.spans ?? []).reduce((last, span) => Math.max(last, span.startTime + span.duration), 0) / 1000;
  return settleDelay(state.error, ended, openedAt, now);
}

export function TracePage({ id, view }: { id: string; view: TraceView }) {
  const [openedAt, setOpenedAt] = useState(Date.now);
  const [correctSkew, setCorrectSkew] = useState(true);
  const loaded = usePolled(
    `${id} ${openedAt}`,
    (signal) => fetchTrace(id, signal),
    (state) => refreshDelay(state, openedAt, Date.now()),
  );
  const source = useKeptSource(loaded.data);
  const trace = useMemo(() => (source === null ? null : buildTrace(source, { correctSkew })), [source, correctSkew]);
  useTitle(trace?.root == null ? `Trace ${id.slice(0, 8)}` : `${trace.root.service} ${trace.root.operation}`);
  if (trace !== null) {
    return (
      <>
        <TraceHead
          trace={trace}
          correctSkew={correctSkew}
          onCorrectSkew={setCorrectSkew}
          onRefresh={() => setOpenedAt(Date.now())}
        />
        <Views id={id} view={view} />
        {view.name === "waterfall" ? (
          <WaterfallView trace={trace} opened={view.span} />
        ) : (
          <LineageView id={id} openedAt={openedAt} opened={view.event} />
        )}
      </>
    );
  }
  return <Absent id={id} error={loaded.error} openedAt={openedAt} retry={() => setOpenedAt(Date.now())} />;
}

/** The ways to look at the trace. */
function Views({ id, view }: { id: string; view: TraceView }) {
  const views: [TraceView["name"], string, string][] = [
    ["waterfall", "Waterfall", traceHash(id)],
    ["events", "Events", eventsHash(id)],
  ];
  return (
    <nav class="views" aria-label="Views of the trace">
      {views.map(([name, label, hash]) => (
        <a key={name} href={hash} aria-current={view.name === name ? "page" : undefined}>
          {label}
        </a>
      ))}
    </nav>
  );
}

/** The last answer, and the same object as long as nothing new came, so that an unchanged trace is not built again. */
function useKeptSource(data: JaegerTrace | null): JaegerTrace | null {
  const [kept, setKept] = useState<JaegerTrace | null>(null);
  useEffect(() => {
    if (data !== null && (kept === null || !sameTrace(kept, data))) setKept(data);
  }, [data]);
  return kept ?? data;
}

// Spans are stored once, when they end: the same number of them is the same trace.
function sameTrace(a: JaegerTrace, b: JaegerTrace): boolean {
  return a.traceID === b.traceID && a.spans.length === b.spans.length;
}

interface AbsentProps {
  id: string;
  error: ApiError | null;
  openedAt: number;
  retry: () => void;
}

function Absent({ id, error, openedAt, retry }: AbsentProps) {
  if (error === null) return <Loading what="the trace" />;
  if (error.failure !== "not_found") return <Failed error={error} part="trace store" retry={retry} />;
  if (Date.now() - openedAt < kSettleMs) {
    return (
      <Notice title="Waiting for the spans of this trace" level="h1">
        <p class="mono">{id}</p>
        <p>None has arrived yet. Services send their spans within some seconds; this page looks again every second.</p>
      </Notice>
    );
  }
  return (
    <Notice title="There is no such trace" level="h1">
      <p class="mono">{id}</p>
      <p>
        Either the id is not complete, the trace was not sampled, or it is so old that the store has dropped it to stay
        within its quota. Compare the id with the response's header <code>x-trace-id</code>.
      </p>
      <p class="choices">
        <button type="button" onClick={retry}>
          Look again
        </button>
        <a href="#/traces">Search the traces</a>
      </p>
    </Notice>
  );
}
