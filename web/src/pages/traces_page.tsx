// SPDX-License-Identifier: Apache-2.0
import { useEffect, useState } from "preact/hooks";
import { fetchServices, kMaxSearchedServices, searchTraces } from "../api";
import { useNow, usePolled, useTitle, type Loaded } from "../hooks";
import { plural } from "../model/format";
import { steadily } from "../model/poller";
import { kDefaultQuery, tracesHash, type Query } from "../model/route";
import { kNewestFirst, sortSummaries, summarize, type Order, type Summary } from "../model/summary";
import { serviceColors } from "../parts/colors";
import { DurationPlot } from "../parts/duration_plot";
import { Failed, Loading, Notice, Stale } from "../parts/notice";
import { SearchForm } from "../parts/search_form";
import { TraceTable } from "../parts/trace_table";

const kServicesRefreshMs = 10_000;
const kLiveRefreshMs = 3000;
// A finished search that is not live is not repeated by itself, a failed one is.
const kOnceUnlessFailed = (_state: unknown, failures: number) => (failures === 0 ? null : steadily(1000)(_state, failures));

export function TracesPage({ query }: { query: Query }) {
  useTitle("Traces");
  const now = useNow();
  const [live, setLive] = useState(false);
  const services = usePolled("services", fetchServices, steadily(kServicesRefreshMs));
  const names = services.data ?? [];
  // All services means a call for each, so their names are part of what is searched.
  const subject = query.service === "" ? names : [];
  const ready = query.service !== "" || services.data !== null;
  const found = usePolled(
    JSON.stringify([query, subject, live, ready]),
    async (signal) => (ready ? summarize(await searchTraces(query, subject, signal)) : null),
    live ? steadily(kLiveRefreshMs) : kOnceUnlessFailed,
  );
  const kept = useKept(JSON.stringify(query), found.data);
  const search = (next: Query) => {
    const hash = tracesHash(next);
    if (hash === tracesHash(query)) found.reload();
    else location.hash = hash;
  };
  return (
    <>
      <div class="page-head">
        <h1>Traces</h1>
      </div>
      <SearchForm query={query} services={names} onSearch={search} live={live} onLive={setLive} busy={found.loading} />
      {services.error !== null && services.data === null ? (
        <Failed error={services.error} part="trace store" retry={services.reload} />
      ) : (
        <Results found={{ ...found, data: found.data ?? kept }} query={query} services={services.data} now={now} />
      )}
    </>
  );
}

/** The last answer to the same question, for the moment in which the question is asked again. */
function useKept(question: string, data: Summary[] | null): Summary[] | null {
  const [kept, setKept] = useState<{ question: string; data: Summary[] } | null>(null);
  useEffect(() => {
    if (data !== null) setKept({ question, data });
  }, [question, data]);
  return kept?.question === question ? kept.data : null;
}

interface ResultsProps {
  found: Loaded<Summary[] | null>;
  query: Query;
  services: string[] | null;
  now: number;
}

function Results({ found, query, services, now }: ResultsProps) {
  const [order, setOrder] = useState<Order>(kNewestFirst);
  if (services !== null && services.length === 0) return <NoSpans />;
  if (found.data === null) {
    if (found.error === null) return <Loading what="the traces" />;
    return <Failed error={found.error} part="trace store" retry={found.reload} />;
  }
  const matching = query.errorsOnly ? found.data.filter((summary) => summary.errors > 0) : found.data;
  // Each searched service may give as many as the limit; together the newest count.
  const summaries = sortSummaries(matching, kNewestFirst).slice(0, query.limit);
  if (summaries.length === 0) return <NoMatch query={query} />;
  const colors = serviceColors.assign(summaries.flatMap((summary) => summary.services.map(({ service }) => service)));
  return (
    <>
      {found.error !== null && found.updatedAt !== null && (
        <Stale error={found.error} updatedAt={found.updatedAt} now={now} />
      )}
      <p class="totals" role="status">
        {plural(summaries.length, "trace")}
        {summaries.length === query.limit && ", the newest; there may be more"}
        {query.service === "" && (services?.length ?? 0) > kMaxSearchedServices && (
          <> of the first {kMaxSearchedServices} services; choose a service to see the others</>
        )}
      </p>
      <DurationPlot summaries={summaries} colors={colors} />
      <TraceTable summaries={sortSummaries(summaries, order)} order={order} onOrder={setOrder} colors={colors} now={now} />
    </>
  );
}

function NoSpans() {
  return (
    <Notice title="No span has arrived yet">
      <p>Every request through the gateway makes a trace. Send one, and look again a second later:</p>
      <pre>curl -i http://127.0.0.1:8080/api/users/u1</pre>
      <p>
        The gateway's address is in the line that begins with <code>ready</code>; the response's header{" "}
        <code>x-trace-id</code> is what the field at the top opens.
      </p>
    </Notice>
  );
}

function NoMatch({ query }: { query: Query }) {
  const wider = { ...query, lookback: "48h" };
  const wide = { ...kDefaultQuery, service: query.service };
  return (
    <Notice title="No trace matches">
      <p>
        No trace of {query.service === "" ? "any service" : <strong>{query.service}</strong>} in the last {query.lookback}{" "}
        fits the search.
      </p>
      <p class="choices">
        {query.lookback !== "48h" && <a href={tracesHash(wider)}>Search the last 48 hours</a>}
        {tracesHash(query) !== tracesHash(wide) && <a href={tracesHash(wide)}>Search without conditions</a>}
      </p>
    </Notice>
  );
}
