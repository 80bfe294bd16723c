// SPDX-License-Identifier: Apache-2.0
import { formatAgo, formatDuration, plural } from "../model/format";
import { traceHash } from "../model/route";
import type { Order, SortKey, Summary } from "../model/summary";
import { ErrorMark } from "./icons";
import { Moment, ServiceDot } from "./small";

interface TraceTableProps {
  summaries: Summary[];
  order: Order;
  onOrder: (order: Order) => void;
  colors: Map<string, number>;
  now: number;
}

interface Column {
  label: string;
  /** What a click on the head sorts by; null where it does not sort. */
  sortKey: SortKey | null;
  numeric?: boolean;
}

const kColumns: Column[] = [
  { label: "Time", sortKey: "startTime" },
  { label: "Root span", sortKey: null },
  { label: "Duration", sortKey: "duration" },
  { label: "Spans", sortKey: "spans", numeric: true },
  { label: "Errors", sortKey: "errors", numeric: true },
  { label: "Services", sortKey: null },
];

export function TraceTable({ summaries, order, onOrder, colors, now }: TraceTableProps) {
  const longest = summaries.reduce((most, summary) => Math.max(most, summary.duration), 0);
  return (
    <div class="table-frame">
      <table class="traces">
        <thead>
          <tr>
            {kColumns.map((column) => (
              <ColumnHead key={column.label} {...column} order={order} onOrder={onOrder} />
            ))}
          </tr>
        </thead>
        <tbody>
          {summaries.map((summary) => (
            <TraceRow key={summary.id} summary={summary} longest={longest} colors={colors} now={now} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

interface ColumnHeadProps extends Column {
  order: Order;
  onOrder: (order: Order) => void;
}

function ColumnHead({ label, sortKey, numeric = false, order, onOrder }: ColumnHeadProps) {
  const className = numeric ? "numeric" : undefined;
  if (sortKey === null) {
    return (
      <th scope="col" class={className}>
        {label}
      </th>
    );
  }
  const sorted = order.key === sortKey;
  return (
    <th scope="col" class={className} aria-sort={sorted ? (order.descending ? "descending" : "ascending") : "none"}>
      <button
        type="button"
        class="quiet sort"
        onClick={() => onOrder({ key: sortKey, descending: sorted ? !order.descending : true })}
      >
        {label}
        <span class="arrow" aria-hidden="true">
          {sorted ? (order.descending ? "↓" : "↑") : ""}
        </span>
      </button>
    </th>
  );
}

const kServicesShown = 4;

interface TraceRowProps {
  summary: Summary;
  longest: number;
  colors: Map<string, number>;
  now: number;
}

function TraceRow({ summary, longest, colors, now }: TraceRowProps) {
  const share = longest > 0 ? summary.duration / longest : 0;
  const startedMs = summary.startTime / 1000;
  const others = summary.services.length - kServicesShown;
  return (
    <tr class={summary.errors > 0 ? "with-errors" : undefined}>
      <td class="when">
        <Moment milliseconds={startedMs} now={now} />{" "}
        <span class="ago">{formatAgo(now - startedMs)}</span>
      </td>
      <td class="root">
        <a href={traceHash(summary.id)} title={`Trace ${summary.id}`}>
          <ServiceDot color={colors.get(summary.service)} />
          <span class="service">{summary.service}</span>{" "}
          <span class="operation">{summary.operation || "(no name)"}</span>
        </a>
        {summary.orphans > 0 && (
          <span class="tag" title="Some spans name a parent that has not arrived">
            incomplete
          </span>
        )}
      </td>
      <td class="length">
        <span class="track" aria-hidden="true">
          <span class="share" style={{ width: `${(share * 100).toFixed(2)}%` }} />
        </span>
        <span class="value">{formatDuration(summary.duration)}</span>
      </td>
      <td class="numeric">{summary.spans.toLocaleString("en")}</td>
      <td class="numeric">
        {summary.errors > 0 ? (
          <span class="errors" title={plural(summary.errors, "span") + " with errors"}>
            <ErrorMark />
            {summary.errors}
          </span>
        ) : (
          <span class="none">0</span>
        )}
      </td>
      <td class="chips">
        {summary.services.slice(0, kServicesShown).map(({ service, spans }) => (
          <span class="chip" key={service} title={plural(spans, "span")}>
            <ServiceDot color={colors.get(service)} />
            {service}
          </span>
        ))}
        {others > 0 && <span class="chip more">{others} more</span>}
      </td>
    </tr>
  );
}
