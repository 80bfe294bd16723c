// SPDX-License-Identifier: Apache-2.0
//
// The events of the graph that were found, in the order in which they were published, in words: what the picture shows,
// for whoever reads it better as a list.
import { formatDuration } from "../model/format";
import { groupWord, unhandledWord, type EventNode } from "../model/lineage_graph";
import { ServiceDot } from "./small";

interface EventTableProps {
  nodes: EventNode[];
  colorOf: (node: EventNode) => number | undefined;
  /** The key of the event that is open, or empty. */
  open: string;
  onToggle: (node: EventNode) => void;
}

export function EventTable({ nodes, colorOf, open, onToggle }: EventTableProps) {
  return (
    <div class="table-frame">
      <table class="events">
        <caption>In the order of time</caption>
        <thead>
          <tr>
            {["At", "Event", "Published by", "Caused by", "Handled by"].map((head) => (
              <th key={head} scope="col">
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {nodes.map((node) => (
            <EventRow key={node.key} node={node} color={colorOf(node)} open={node.key === open} onToggle={() => onToggle(node)} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

interface EventRowProps {
  node: EventNode;
  color: number | undefined;
  open: boolean;
  onToggle: () => void;
}

function EventRow({ node, color, open, onToggle }: EventRowProps) {
  const { event } = node;
  const unhandled = unhandledWord(node);
  return (
    <tr class={open ? "open" : undefined}>
      <td class="numeric">+{formatDuration(node.at)}</td>
      <th scope="row">
        {color === undefined ? <span class="service-dot unknown" aria-hidden="true" /> : <ServiceDot color={color} />}
        <button type="button" class="quiet" aria-expanded={open} onClick={onToggle}>
          {node.name}
        </button>
        <span class="muted">{[event.topic, event.key].filter((part) => part !== "").join(" · ")}</span>
      </th>
      <td>{event.published?.service ?? <span class="muted">elsewhere</span>}</td>
      <td>{causeWord(node)}</td>
      <td>
        {unhandled !== "" && <span class="muted">{unhandled}</span>}
        <ul>
          {node.groups.map((handling) => (
            <li key={handling.group} class={`tone-${handling.tone}`}>
              {handling.group} in {formatDuration(handling.duration)}: <span class="outcome">{groupWord(handling)}</span>
            </li>
          ))}
        </ul>
      </td>
    </tr>
  );
}

function causeWord({ cause, latency, event }: EventNode): string {
  if (cause !== null) return `${cause.name}, ${formatDuration(latency)} before`;
  return event.causationId === "" ? "" : "an event that is not here";
}
