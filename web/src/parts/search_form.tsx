// SPDX-License-Identifier: Apache-2.0
import { useEffect, useState } from "preact/hooks";
import { fetchOperations } from "../api";
import { normalizeDuration } from "../model/format";
import { kLimits, kLookbacks, type Query } from "../model/route";

interface SearchFormProps {
  query: Query;
  services: string[];
  onSearch: (query: Query) => void;
  live: boolean;
  onLive: (live: boolean) => void;
  busy: boolean;
}

/** Choices take effect at once; what is typed does when the form is sent. */
export function SearchForm({ query, services, onSearch, live, onLive, busy }: SearchFormProps) {
  const [typed, setTyped] = useState(query.minDuration);
  const [wrong, setWrong] = useState(false);
  const operations = useOperations(query.service);
  useEffect(() => {
    setTyped(query.minDuration);
    setWrong(false);
  }, [query.minDuration]);
  const search = (change: Partial<Query>) => {
    const minDuration = normalizeDuration(typed);
    setWrong(minDuration === null);
    if (minDuration !== null) onSearch({ ...query, minDuration, ...change });
  };
  const submit = (event: Event) => {
    event.preventDefault();
    search({});
  };
  return (
    <form class="search" onSubmit={submit} aria-busy={busy}>
      <Choice
        label="Service"
        value={query.service}
        options={withChosen(services, query.service)}
        all="All services"
        onChange={(service) => search({ service, operation: "" })}
      />
      <Choice
        label="Operation"
        value={query.operation}
        options={withChosen(operations, query.operation)}
        all="All operations"
        disabled={query.service === ""}
        onChange={(operation) => search({ operation })}
      />
      <label class="field narrow">
        <span>Min. duration</span>
        <input
          value={typed}
          placeholder="e.g. 5ms"
          autocomplete="off"
          aria-invalid={wrong}
          aria-describedby={wrong ? "duration-wrong" : undefined}
          onInput={(event) => setTyped(event.currentTarget.value)}
        />
        {wrong && (
          <span id="duration-wrong" class="wrong" role="alert">
            Write it as 500us, 5ms or 1.5s.
          </span>
        )}
      </label>
      <Choice
        label="Within the last"
        value={query.lookback}
        options={[...kLookbacks]}
        onChange={(lookback) => search({ lookback })}
      />
      <Choice
        label="At most"
        value={String(query.limit)}
        options={kLimits.map(String)}
        onChange={(limit) => search({ limit: Number(limit) })}
      />
      <label class="check">
        <input
          type="checkbox"
          checked={query.errorsOnly}
          onChange={(event) => search({ errorsOnly: event.currentTarget.checked })}
        />
        With errors only
      </label>
      <label class="check">
        <input type="checkbox" checked={live} onChange={(event) => onLive(event.currentTarget.checked)} />
        Live
      </label>
      <button type="submit" class="primary">
        Search
      </button>
    </form>
  );
}

/** The choice stays in the list when it comes from a link and the store has (no longer) heard of it. */
function withChosen(options: string[], chosen: string): string[] {
  return chosen === "" || options.includes(chosen) ? options : [chosen, ...options];
}

function useOperations(service: string): string[] {
  const [held, setHeld] = useState<{ service: string; operations: string[] }>({ service: "", operations: [] });
  useEffect(() => {
    if (service === "") return;
    const aborted = new AbortController();
    fetchOperations(service, aborted.signal).then(
      (operations) => setHeld({ service, operations }),
      // The search itself says what is wrong with the store; without the list one can still search all operations.
      () => undefined,
    );
    return () => aborted.abort();
  }, [service]);
  return held.service === service ? held.operations : [];
}

interface ChoiceProps {
  label: string;
  value: string;
  options: string[];
  /** What the empty value is called, if it can be chosen. */
  all?: string;
  disabled?: boolean;
  onChange: (value: string) => void;
}

function Choice({ label, value, options, all, disabled = false, onChange }: ChoiceProps) {
  return (
    <label class={all === undefined ? "field narrow" : "field"}>
      <span>{label}</span>
      <select value={value} disabled={disabled} onChange={(event) => onChange(event.currentTarget.value)}>
        {all !== undefined && <option value="">{all}</option>}
        {options.map((option) => (
          <option key={option} value={option}>
            {option}
          </option>
        ))}
      </select>
    </label>
  );
}
