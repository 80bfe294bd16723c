// SPDX-License-Identifier: Apache-2.0
//
// Finding events by text: by what they are, by who published and handled them, and by what became of them.
import { groupWord, unhandledWord, type EventNode } from "./lineage_graph";

/**
 * The events that match all words of `query`: each word is part of the event's type, id, source, topic, key, publisher, of
 * a group, service or instance that handled it, of an attempt's error, or of its state: the outcome by its name
 * ("handled", "dead", "parked" ...) or as the page says it ("dead letter", "not handled yet"). No words match all.
 */
export function findEvents(nodes: EventNode[], query: string): EventNode[] {
  const words = query.toLowerCase().split(/\s+/).filter((word) => word !== "");
  if (words.length === 0) return nodes;
  return nodes.filter((node) => {
    const haystack = haystackOf(node);
    return words.every((word) => haystack.includes(word));
  });
}

function haystackOf(node: EventNode): string {
  const { event } = node;
  const attempts = event.handled.flatMap(({ service, group, instance, outcome, error }) => [
    service,
    group,
    instance,
    outcome === "ok" ? "handled" : outcome,
    error,
  ]);
  return [
    event.type,
    event.id,
    event.source,
    event.topic,
    event.key,
    event.published?.service ?? "elsewhere",
    ...attempts,
    ...node.groups.map(groupWord),
    unhandledWord(node),
  ]
    .join("\n")
    .toLowerCase();
}
