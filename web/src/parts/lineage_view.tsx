// SPDX-License-Identifier: Apache-2.0
//
// The events of a trace: the graph of which caused which, what is known of the one that is open, and all of them as a
// table, which says the same to whoever cannot use the picture.
import { useMemo, useState } from "preact/hooks";
import { fetchLineage, type ApiError } from "../api";
import { usePolled } from "../hooks";
import { ColorBook } from "../model/color";
import { plural } from "../model/format";
import type { Lineage } from "../model/lineage";
import { findEvents } from "../model/lineage_find";
import { buildLineageGraph, graphFigures, type EventNode, type LineageGraph } from "../model/lineage_graph";
import type { Polled } from "../model/poller";
import { eventsHash } from "../model/route";
import { settleDelay } from "../model/settle";
import { serviceColors } from "./colors";
import { EventDetail } from "./event_detail";
import { EventGraph } from "./event_graph";
import { EventTable } from "./event_table";
import { ErrorMark } from "./icons";
import { Failed, Loading, Notice } from "./notice";
import { ServiceDot } from "./small";

/** When to read the lineage again, in milliseconds; null for not again. Times in milliseconds since the epoch. */
export function lineageDelay(state: Polled<Lineage, ApiError>, openedAt: number, now: number): number | null {
  const events = state.data?.events ?? [];
  // What has not been handled yet may still be; what is not there yet may still come.
  const ends = events.flatMap(({ published, handled }) => [
    published?.at ?? 0,
    ...handled.map(({ startedAt, duration }) => startedAt + duration),
  ]);
  const endedAt = events.length === 0 ? openedAt : Math.max(...ends) / 1000;
  return settleDelay(state.error, endedAt, openedAt, now);
}

export type ColorBy = "service" | "topic";

/** What the colour of an event stands for: who published it, or where to. */
export function colorName(node: EventNode, by: ColorBy): string {
  return by === "topic" ? node.event.topic : (node.event.published?.service ?? "");
}

const topicColors = new ColorBook(null);

/** `opened` is the key of the event that the link names, or empty. */
export function LineageView({ id, openedAt, opened }: { id: string; openedAt: number; opened: string }) {
  const [again, setAgain] = useState(0);
  const loaded = usePolled(
    `${id} ${openedAt} ${again}`,
    (signal) => fetchLineage(id, signal),
    (state) => lineageDelay(state, openedAt, Date.now()),
  );
  const graph = useMemo(() => (loaded.data === null ? null : buildLineageGraph(loaded.data)), [loaded.data]);
  if (graph !== null) return graph.nodes.length > 0 ? <Drawn graph={graph} opened={opened} /> : <NoEvents />;
  if (loaded.error === null) return <Loading what="the events" />;
  if (loaded.error.failure !== "not_found") {
    return <Failed error={loaded.error} part="trace store" retry={() => setAgain(again + 1)} />;
  }
  return (
    <Notice title="The events of this trace cannot be told">
      <p>
        The trace store does not answer <code>/api/lineage</code>: it is one of another kind. The spans of the events are
        in the waterfall.
      </p>
    </Notice>
  );
}

function NoEvents() {
  return (
    <Notice title="No event in this trace">
      <p>
        None was published or handled in it, or their spans have not arrived yet. An event is known by a producer&rsquo;s or
        a consumer&rsquo;s span that has its id, <code>cloudevents.event_id</code> or <code>messaging.message.id</code>.
      </p>
    </Notice>
  );
}

function Drawn({ graph, opened }: { graph: LineageGraph; opened: string }) {
  const [colorBy, setColorBy] = useState<ColorBy>("service");
  const [open, setOpen] = useState(opened);
  const [query, setQuery] = useState("");
  const found = findEvents(graph.nodes, query);
  const names = colorBy === "service" ? graph.services : graph.topics;
  const colors = (colorBy === "service" ? serviceColors : topicColors).assign(names);
  const colorOf = (node: EventNode) => colors.get(colorName(node, colorBy));
  const node = graph.nodes.find(({ key }) => key === open) ?? null;
  const toggle = (wanted: EventNode) => {
    const next = wanted.key === open ? "" : wanted.key;
    setOpen(next);
    history.replaceState(null, "", eventsHash(graph.traceId, next));
  };
  return (
    <section class="lineage" aria-label="Events">
      <dl class="figures">
        {graphFigures(graph).map(({ name, value, bad }) => (
          <div key={name} class={bad ? "bad" : undefined}>
            <dt>{name}</dt>
            <dd>
              {bad && <ErrorMark />}
              {value}
            </dd>
          </div>
        ))}
      </dl>
      {graph.truncated && (
        <div class="remarks">
          <p>There are more events, attempts or linked traces than the trace store reads at a time; some are missing here.</p>
        </div>
      )}
      <div class="toolbar legend">
        <label>
          Colour by{" "}
          <select value={colorBy} onChange={(event) => setColorBy(event.currentTarget.value as ColorBy)}>
            <option value="service">publisher</option>
            <option value="topic">topic</option>
          </select>
        </label>
        <ul>
          {[...new Set(graph.nodes.map((shown) => colorName(shown, colorBy)))].sort().map((name) => (
            <li key={name}>
              {name === "" ? <span class="service-dot unknown" aria-hidden="true" /> : <ServiceDot color={colors.get(name)} />}
              {name || "not seen"}
            </li>
          ))}
        </ul>
        <span class="spring" />
        <input
          type="search"
          aria-label="Find events by type, topic, key, service, group, outcome or error"
          placeholder="Find events: dead, parked, type"
          value={query}
          onInput={(event) => setQuery(event.currentTarget.value)}
        />
        <span class="found" role="status">
          {query.trim() !== "" && plural(found.length, "hit")}
        </span>
        <a href={`/api/lineage/${graph.traceId}`}>JSON</a>
      </div>
      <EventGraph graph={graph} found={found} colorOf={colorOf} open={open} onToggle={toggle} />
      {node !== null && <EventDetail node={node} color={colorOf(node)} onGo={toggle} />}
      <EventTable nodes={found} colorOf={colorOf} open={open} onToggle={toggle} />
    </section>
  );
}
