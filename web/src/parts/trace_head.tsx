// SPDX-License-Identifier: Apache-2.0
//
// What is known about a trace as a whole: its name and figures, where its time went, and what to keep in mind when
// reading the waterfall.
import { colorVariable } from "../model/color";
import { formatClock, formatDay, formatDuration, plural } from "../model/format";
import type { ServiceShare, Trace } from "../model/trace";
import { serviceColors } from "./colors";
import { ErrorMark } from "./icons";
import { CopyButton, ServiceDot } from "./small";

interface TraceHeadProps {
  trace: Trace;
  correctSkew: boolean;
  onCorrectSkew: (correct: boolean) => void;
  onRefresh: () => void;
}

export function TraceHead({ trace, correctSkew, onCorrectSkew, onRefresh }: TraceHeadProps) {
  return (
    <>
      <div class="page-head trace-head">
        <h1>
          <span class="service">{trace.root?.service}</span> <span class="operation">{trace.root?.operation}</span>
        </h1>
        <p class="trace-id">
          <span class="mono">{trace.id}</span>
          <CopyButton value={trace.id} what="the trace id" />
          <a href={`/api/traces/${trace.id}`}>JSON</a>
          <button type="button" class="quiet" onClick={onRefresh}>
            Refresh
          </button>
        </p>
      </div>
      <Figures trace={trace} />
      <Shares trace={trace} />
      <Remarks trace={trace} correctSkew={correctSkew} onCorrectSkew={onCorrectSkew} />
    </>
  );
}

function Figures({ trace }: { trace: Trace }) {
  const startedMs = trace.startTime / 1000;
  const figures: [string, string][] = [
    ["Started", `${formatDay(startedMs)} ${formatClock(startedMs)}`],
    ["Duration", formatDuration(trace.duration)],
    ["Spans", trace.spans.length.toLocaleString("en")],
    ["Services", String(trace.services.length)],
    ["Depth", String(trace.depth)],
  ];
  return (
    <dl class="figures">
      {figures.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
      <div class={trace.errors > 0 ? "bad" : undefined}>
        <dt>Errors</dt>
        <dd>
          {trace.errors > 0 && <ErrorMark />}
          {trace.errors}
        </dd>
      </div>
    </dl>
  );
}

function percent(part: number, whole: number): string {
  if (whole <= 0) return "0 %";
  const value = (100 * part) / whole;
  return value > 0 && value < 1 ? "< 1 %" : `${Math.round(value)} %`;
}

/** Where the time went: each service's part of all self time. */
function Shares({ trace }: { trace: Trace }) {
  const colors = serviceColors.assign(trace.services.map(({ service }) => service));
  const total = trace.services.reduce((sum, share) => sum + share.selfTime, 0);
  const describe = ({ service, selfTime, spans }: ServiceShare) =>
    `${service}: ${formatDuration(selfTime)} of its own time in ${plural(spans, "span")}`;
  return (
    <section class="shares" aria-label="Time by service">
      <div class="shares-bar" aria-hidden="true">
        {trace.services.map((share) => (
          <span
            key={share.service}
            title={describe(share)}
            style={{ flexGrow: total > 0 ? share.selfTime / total : 1, "--service": colorVariable(colors.get(share.service)) }}
          />
        ))}
      </div>
      <ul>
        {trace.services.map((share) => (
          <li key={share.service} title={describe(share)}>
            <ServiceDot color={colors.get(share.service)} />
            <span class="service">{share.service}</span>
            <span class="muted">
              {percent(share.selfTime, total)} · {plural(share.spans, "span")}
            </span>
            {share.errors > 0 && (
              <span class="errors">
                <ErrorMark />
                {share.errors}
                <span class="visually-hidden"> with errors</span>
              </span>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}

interface RemarksProps {
  trace: Trace;
  correctSkew: boolean;
  onCorrectSkew: (correct: boolean) => void;
}

function Remarks({ trace, correctSkew, onCorrectSkew }: RemarksProps) {
  return (
    <div class="remarks">
      {trace.orphans > 0 && (
        <p>
          {plural(trace.orphans, "span")} {trace.orphans === 1 ? "names a parent" : "name parents"} that{" "}
          {trace.orphans === 1 ? "is" : "are"} not here (not arrived yet, not sampled, or still running), and{" "}
          {trace.orphans === 1 ? "stands" : "stand"} at the top level.
        </p>
      )}
      {trace.shifts.length > 0 && (
        <p>
          Clocks differ: spans of {trace.shifts.map(({ service, shift }) => `${service} (by ${formatDuration(shift)})`).join(", ")}{" "}
          began before their callers and are drawn later than recorded.{" "}
          <button type="button" class="quiet" onClick={() => onCorrectSkew(false)}>
            Show as recorded
          </button>
        </p>
      )}
      {!correctSkew && (
        <p>
          Times are shown as recorded, without regard to differing clocks.{" "}
          <button type="button" class="quiet" onClick={() => onCorrectSkew(true)}>
            Correct them
          </button>
        </p>
      )}
      {trace.warnings.map((warning) => (
        <p key={warning}>{warning}</p>
      ))}
    </div>
  );
}
