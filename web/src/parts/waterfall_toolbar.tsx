// SPDX-License-Identifier: Apache-2.0
import { useState } from "preact/hooks";
import { plural } from "../model/format";
import type { Span, Trace } from "../model/trace";
import { findSpans } from "../model/waterfall";

interface WaterfallToolbarProps {
  trace: Trace;
  onFound: (spans: Span[]) => void;
  onGo: (span: Span) => void;
  onFoldAll: () => void;
  onUnfoldAll: () => void;
}

export function WaterfallToolbar({ trace, onFound, onGo, onFoldAll, onUnfoldAll }: WaterfallToolbarProps) {
  const [query, setQuery] = useState("");
  const [at, setAt] = useState(-1);
  const found = findSpans(trace, query);
  const change = (next: string) => {
    setQuery(next);
    setAt(-1);
    onFound(findSpans(trace, next));
  };
  const go = (spans: Span[], step: number) => {
    if (spans.length === 0) return;
    const next = at < 0 && step < 0 ? spans.length - 1 : (at + step + spans.length) % spans.length;
    setAt(next);
    onGo(spans[next]!);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Enter") {
      event.preventDefault();
      go(found, event.shiftKey ? -1 : 1);
    }
  };
  return (
    <div class="toolbar" role="toolbar" aria-label="Waterfall">
      <input
        type="search"
        aria-label="Find spans by service, operation, tag or id; Enter goes to the next"
        placeholder="Find spans: name, tag=value, error"
        value={query}
        onInput={(event) => change(event.currentTarget.value)}
        onKeyDown={onKeyDown}
      />
      <span class="found" role="status">
        {query.trim() !== "" && (at < 0 ? plural(found.length, "hit") : `${at + 1} of ${found.length}`)}
      </span>
      {found.length > 0 && (
        <>
          <button type="button" class="quiet" onClick={() => go(found, -1)}>
            Previous
          </button>
          <button type="button" class="quiet" onClick={() => go(found, 1)}>
            Next
          </button>
        </>
      )}
      <span class="spring" />
      {trace.errors > 0 && query.trim() !== "error" && (
        <button type="button" class="quiet" onClick={() => change("error")}>
          Mark errors
        </button>
      )}
      <button type="button" class="quiet" onClick={onUnfoldAll}>
        Unfold all
      </button>
      <button type="button" class="quiet" onClick={onFoldAll}>
        Fold all
      </button>
    </div>
  );
}
