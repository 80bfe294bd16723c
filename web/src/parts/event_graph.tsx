// SPDX-License-Identifier: Apache-2.0
//
// The graph as a tree (WAI-ARIA's pattern of that name): one card is in the tab order, the arrow keys go from there along
// causation. Enter opens what is known of the event.
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { colorVariable } from "../model/color";
import { formatDuration } from "../model/format";
import {
  describeEvent,
  groupWord,
  outcomeWord,
  unhandledWord,
  type EventNode,
  type GroupHandling,
  type LineageGraph,
} from "../model/lineage_graph";
import { cardAction } from "../model/lineage_keys";
import { kCardWidth, kMaxCardHandlers, layOut, type Arrow, type Card } from "../model/lineage_layout";
import { ErrorMark } from "./icons";

/** From the card that an arrow ends at to the middle of what is written on it, in pixels. */
const kLatencyFromCard = 39;

interface EventGraphProps {
  graph: LineageGraph;
  /** The others are drawn faintly. */
  found: EventNode[];
  colorOf: (node: EventNode) => number | undefined;
  /** The key of the event that is open, or empty. */
  open: string;
  onToggle: (node: EventNode) => void;
}

export function EventGraph({ graph, found, colorOf, open, onToggle }: EventGraphProps) {
  const layout = useMemo(() => layOut(graph.nodes), [graph]);
  const [active, setActive] = useState(open);
  const area = useRef<HTMLDivElement>(null);
  const cardOf = (key: string) => area.current?.querySelector<HTMLElement>(`[data-key="${CSS.escape(key)}"]`);
  useEffect(() => {
    if (open !== "") cardOf(open)?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }, [open]);
  const onKeyDown = (event: KeyboardEvent, card: Card) => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const action = cardAction(event.key, layout, card);
    if (action === null) return;
    event.preventDefault();
    if (action.kind === "open") return onToggle(card.node);
    setActive(action.card.node.key);
    const focused = cardOf(action.card.node.key);
    focused?.focus({ preventScroll: true });
    focused?.scrollIntoView({ block: "nearest", inline: "nearest" });
  };
  const inTabOrder = graph.nodes.some(({ key }) => key === active) ? active : layout.cards[0]?.node.key;
  return (
    <div class="event-graph">
      <div
        class="area"
        role="tree"
        aria-label="Which event caused which"
        aria-orientation="horizontal"
        ref={area}
        style={{ width: `${layout.width}px`, height: `${layout.height}px` }}
      >
        <Arrows arrows={layout.arrows} width={layout.width} height={layout.height} />
        {layout.cards.map((card) => (
          <EventCard
            key={card.node.key}
            card={card}
            color={colorOf(card.node)}
            faint={!found.includes(card.node)}
            open={card.node.key === open}
            tabbable={card.node.key === inTabOrder}
            onToggle={() => {
              setActive(card.node.key);
              onToggle(card.node);
            }}
            onKeyDown={(event) => onKeyDown(event, card)}
          />
        ))}
      </div>
    </div>
  );
}

/** Decoration: each card says in words what it is connected with. */
function Arrows({ arrows, width, height }: { arrows: Arrow[]; width: number; height: number }) {
  return (
    <>
      <svg class="arrows" width={width} height={height} aria-hidden="true">
        {arrows.map(({ to, path, x, y }) => (
          <g key={to.node.key} class={to.node.event.abandoned ? "abandoned" : undefined}>
            <path d={path} />
            <path class="head" d={`M${x} ${y}l-7 -4v8z`} />
          </g>
        ))}
      </svg>
      {arrows.map(({ to, x, y }) => (
        <span key={to.node.key} class="latency" aria-hidden="true" style={{ left: `${x - kLatencyFromCard}px`, top: `${y}px` }}>
          {formatDuration(to.node.latency)}
        </span>
      ))}
    </>
  );
}

interface EventCardProps {
  card: Card;
  color: number | undefined;
  faint: boolean;
  open: boolean;
  tabbable: boolean;
  onToggle: () => void;
  onKeyDown: (event: KeyboardEvent) => void;
}

function EventCard({ card, color, faint, open, tabbable, onToggle, onKeyDown }: EventCardProps) {
  const { node, left, top, height, column } = card;
  const { event } = node;
  const classes = ["event-card", `tone-${node.tone}`, open && "open", event.published === null && "elsewhere", event.abandoned && "abandoned", faint && "faint"];
  return (
    <div
      class={classes.filter(Boolean).join(" ")}
      role="treeitem"
      data-key={node.key}
      aria-level={column + 1}
      aria-selected={open}
      aria-label={describeEvent(node)}
      tabIndex={tabbable ? 0 : -1}
      style={{
        left: `${left}px`,
        top: `${top}px`,
        width: `${kCardWidth}px`,
        height: `${height}px`,
        "--service": color === undefined ? "var(--line-strong)" : colorVariable(color),
      }}
      onClick={onToggle}
      onKeyDown={onKeyDown}
    >
      <p class="event-name" title={event.type}>
        {node.tone === "bad" && <ErrorMark />}
        <span>{node.name}</span>
      </p>
      <p class="event-origin">
        <span class="service">{event.published?.service ?? "published elsewhere"}</span>
        <span class="at">+{formatDuration(node.at)}</span>
      </p>
      <ul class="handlers">
        {node.groups.slice(0, kMaxCardHandlers).map((handling) => (
          <HandlerLine key={handling.group} handling={handling} />
        ))}
        {node.groups.length > kMaxCardHandlers && <li class="muted">and {node.groups.length - kMaxCardHandlers} more</li>}
        {node.groups.length === 0 && <li class="muted">{unhandledWord(node)}</li>}
      </ul>
    </div>
  );
}

function HandlerLine({ handling }: { handling: GroupHandling }) {
  const word = groupWord(handling);
  // Where it went wrong there is room for nothing else.
  const shown = handling.tone === "bad" ? outcomeWord(handling.outcome) : word;
  return (
    <li class={`tone-${handling.tone}`} title={`${handling.group}: ${word}`}>
      <span class="mark" aria-hidden="true" />
      <span class="group">{handling.group}</span>
      <span class="came-to">{shown === "ok" ? formatDuration(handling.duration) : shown}</span>
    </li>
  );
}
