// SPDX-License-Identifier: Apache-2.0
import { useRef, useState } from "preact/hooks";
import { traceHash, traceIdOf, type Route } from "../model/route";
import { Logo } from "./icons";

const kPages = [
  { hash: "#/services", label: "Services", pages: ["services"] },
  { hash: "#/traces", label: "Traces", pages: ["traces", "trace"] },
];

export function Header({ page }: { page: Route["page"] }) {
  return (
    <header class="top">
      <a class="brand" href="#/services">
        <Logo />
        <span>Skerry</span>
      </a>
      <nav aria-label="Pages">
        {kPages.map(({ hash, label, pages }) => (
          <a key={hash} href={hash} aria-current={pages.includes(page) ? "page" : undefined}>
            {label}
          </a>
        ))}
      </nav>
      <TraceLookup />
    </header>
  );
}

/** Opens a trace by its id, as it stands in the header x-trace-id of every response. */
function TraceLookup() {
  const input = useRef<HTMLInputElement>(null);
  const [wrong, setWrong] = useState(false);
  const open = (event: Event) => {
    event.preventDefault();
    const id = traceIdOf(input.current!.value);
    setWrong(id === null);
    if (id === null) return input.current!.focus();
    input.current!.value = "";
    location.hash = traceHash(id);
  };
  return (
    <form class="lookup" role="search" onSubmit={open}>
      <label class="visually-hidden" for="trace-id">
        Open the trace with this id
      </label>
      <input
        id="trace-id"
        ref={input}
        class="mono"
        placeholder="Trace id (x-trace-id)"
        autocomplete="off"
        spellcheck={false}
        aria-invalid={wrong}
        aria-describedby={wrong ? "trace-id-wrong" : undefined}
        onInput={() => setWrong(false)}
      />
      <button type="submit">Open</button>
      {wrong && (
        <span id="trace-id-wrong" class="wrong" role="alert">
          A trace id has up to 32 digits 0-9 and a-f.
        </span>
      )}
    </form>
  );
}
