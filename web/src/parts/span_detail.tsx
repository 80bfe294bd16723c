// SPDX-License-Identifier: Apache-2.0
import type { ComponentChildren } from "preact";
import { colorVariable } from "../model/color";
import { formatClock, formatDuration } from "../model/format";
import type { KeyValue, Log } from "../model/jaeger";
import { traceHash } from "../model/route";
import type { Span, Trace } from "../model/trace";
import { errorText } from "../model/waterfall";
import { ErrorMark } from "./icons";
import { CopyButton } from "./small";

/** All that is known about one span, below its row. */
export function SpanDetail({ span, trace, color }: { span: Span; trace: Trace; color: number | undefined }) {
  const message = errorText(span);
  return (
    <div class="span-detail" role="row" style={{ "--service": colorVariable(color) }}>
      <div role="gridcell">
        {span.error && (
          <p class="error-line">
            <ErrorMark /> {message || "This span ended with an error."}
          </p>
        )}
        <Facts span={span} trace={trace} />
        <div class="columns">
          <Section title="Tags" count={span.tags.length}>
            <Pairs pairs={span.tags} />
          </Section>
          <Section title={`Process ${span.service}`} count={span.processTags.length}>
            <Pairs pairs={span.processTags} />
          </Section>
        </div>
        {span.logs.length > 0 && (
          <Section title="Events" count={span.logs.length}>
            <Events span={span} trace={trace} />
          </Section>
        )}
        {span.links.length > 0 && (
          <Section title="Links" count={span.links.length}>
            <ul class="links">
              {span.links.map((link) => (
                <li key={`${link.traceID} ${link.spanID}`}>
                  {link.refType === "FOLLOWS_FROM" ? "follows from" : "child of"}{" "}
                  <a class="mono" href={traceHash(link.traceID, link.spanID)}>
                    {link.spanID}
                  </a>
                  {link.traceID !== trace.id && <span class="muted"> in another trace</span>}
                </li>
              ))}
            </ul>
          </Section>
        )}
        {span.warnings.map((warning) => (
          <p key={warning} class="warning">
            {warning}
          </p>
        ))}
      </div>
    </div>
  );
}

function Facts({ span, trace }: { span: Span; trace: Trace }) {
  const recordedMs = (trace.startTime + span.start - span.shift) / 1000;
  return (
    <dl class="facts">
      <Fact name="Starts after">{formatDuration(span.start)}</Fact>
      <Fact name="Duration">{formatDuration(span.duration)}</Fact>
      <Fact name="Own time">{formatDuration(span.selfTime)}</Fact>
      <Fact name="Recorded at">{formatClock(recordedMs)}</Fact>
      {span.shift !== 0 && <Fact name="Drawn later by">{formatDuration(span.shift)}</Fact>}
      {span.kind !== "" && <Fact name="Kind">{span.kind}</Fact>}
      {span.missingParent !== null && (
        <Fact name="Missing parent">
          <span class="mono">{span.missingParent}</span>
        </Fact>
      )}
      <Fact name="Span id">
        <span class="mono">{span.id}</span>
        <CopyButton value={span.id} what="the span id" />
      </Fact>
    </dl>
  );
}

function Fact({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Section({ title, count, children }: { title: string; count: number; children: ComponentChildren }) {
  return (
    <section>
      <h3>
        {title} <span class="muted">{count}</span>
      </h3>
      {count === 0 ? <p class="muted">none</p> : children}
    </section>
  );
}

function Pairs({ pairs }: { pairs: KeyValue[] }) {
  return (
    <table class="pairs">
      <tbody>
        {pairs.map((pair, index) => (
          <tr key={index}>
            <th scope="row">{pair.key}</th>
            <td class="mono">{String(pair.value)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Events({ span, trace }: { span: Span; trace: Trace }) {
  const byTime = [...span.logs].sort((a, b) => a.timestamp - b.timestamp);
  return (
    <ol class="events">
      {byTime.map((log, index) => (
        <li key={index}>
          <p>
            <span class="mono at">{offset(log, span, trace)}</span>
            <strong>{nameOf(log)}</strong>
          </p>
          <Pairs pairs={log.fields.filter((field) => field.key !== "event")} />
        </li>
      ))}
    </ol>
  );
}

function offset(log: Log, span: Span, trace: Trace): string {
  const after = log.timestamp + span.shift - trace.startTime;
  return after < 0 ? `−${formatDuration(-after)}` : `+${formatDuration(after)}`;
}

function nameOf(log: Log): string {
  return String(log.fields.find((field) => field.key === "event")?.value ?? "event");
}
