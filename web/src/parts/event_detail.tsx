// SPDX-License-Identifier: Apache-2.0
//
// All that is known of one event: its attributes, its cause and effects, and each attempt to handle it, with links to the
// spans.
import type { ComponentChildren } from "preact";
import { colorVariable } from "../model/color";
import { formatClock, formatDuration } from "../model/format";
import type { Handling } from "../model/lineage";
import { outcomeWord, toneOf, unhandledWord, type EventNode } from "../model/lineage_graph";
import { traceHash } from "../model/route";
import { CopyButton } from "./small";

interface EventDetailProps {
  node: EventNode;
  color: number | undefined;
  /** Opens another event. */
  onGo: (node: EventNode) => void;
}

export function EventDetail({ node, color, onGo }: EventDetailProps) {
  const { event } = node;
  const facts: [string, string][] = [
    ["Type", event.type],
    ["Source", event.source],
    ["Topic", event.topic],
    ["Key", event.key],
    ["Flow", event.correlationId],
  ];
  return (
    <section
      class="event-detail"
      aria-label={`Event ${node.name}`}
      style={{ "--service": color === undefined ? "var(--line-strong)" : colorVariable(color) }}
    >
      <h2>{node.name}</h2>
      <dl class="facts">
        <Fact name="Id">
          <span class="mono">{event.id}</span> <CopyButton value={event.id} what="the event's id" />
        </Fact>
        {facts
          .filter(([, value]) => value !== "")
          .map(([name, value]) => (
            <Fact key={name} name={name}>
              {value}
            </Fact>
          ))}
        <Fact name="Published">
          <Published node={node} />
        </Fact>
        <Fact name="Caused by">
          <Cause node={node} onGo={onGo} />
        </Fact>
        {node.effects.length > 0 && (
          <Fact name="Causes">
            {node.effects.map((effect) => (
              <button key={effect.key} type="button" class="quiet" onClick={() => onGo(effect)}>
                {effect.name}
              </button>
            ))}
          </Fact>
        )}
      </dl>
      <Attempts node={node} />
    </section>
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

function Published({ node }: { node: EventNode }) {
  const { published } = node.event;
  if (published === null) return <>elsewhere: its publishing is not among the spans</>;
  return (
    <>
      by <a href={traceHash(published.traceId, published.spanId)}>{published.service}</a> at {formatClock(published.at / 1000)}
    </>
  );
}

function Cause({ node, onGo }: { node: EventNode; onGo: (node: EventNode) => void }) {
  const { cause, event } = node;
  if (cause !== null) {
    return (
      <>
        <button type="button" class="quiet" onClick={() => onGo(cause)}>
          {cause.name}
        </button>{" "}
        {formatDuration(node.latency)} before
      </>
    );
  }
  if (event.causationId === "") return <>no event</>;
  return (
    <>
      <span class="mono">{event.causationId}</span>, which is not here
    </>
  );
}

function Attempts({ node }: { node: EventNode }) {
  if (node.groups.length === 0) return <p class="muted">{unhandledWord(node)}</p>;
  return (
    <div class="attempts">
      <table>
        <thead>
          <tr>
            {["Group", "Service", "Attempt", "Started", "Took", "Outcome", ""].map((head) => (
              <th key={head} scope="col">
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {node.groups.flatMap(({ group, attempts }) =>
            attempts.map((attempt) => <Attempt key={attempt.spanId} group={group} attempt={attempt} node={node} />),
          )}
        </tbody>
      </table>
    </div>
  );
}

function Attempt({ group, attempt, node }: { group: string; attempt: Handling; node: EventNode }) {
  const { published } = node.event;
  return (
    <tr>
      <th scope="row">{group}</th>
      <td title={attempt.instance}>{attempt.service}</td>
      <td class="numeric">{attempt.attempt}</td>
      <td>
        {formatClock(attempt.startedAt / 1000)}
        {published !== null && (
          <span class="muted"> {formatDuration(attempt.startedAt - published.at)} after publishing</span>
        )}
      </td>
      <td class="numeric">{formatDuration(attempt.duration)}</td>
      <td class={`outcome tone-${toneOf(attempt.outcome)}`}>
        {outcomeWord(attempt.outcome)}
        {attempt.error !== "" && <span class="reason">{attempt.error}</span>}
      </td>
      <td>
        <a href={traceHash(attempt.traceId, attempt.spanId)}>Span</a>
      </td>
    </tr>
  );
}
