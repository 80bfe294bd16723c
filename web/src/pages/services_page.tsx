// SPDX-License-Identifier: Apache-2.0
import { useEffect, useRef, useState } from "preact/hooks";
import { fetchRegistry } from "../api";
import { useNow, usePolled, useTitle } from "../hooks";
import { plural } from "../model/format";
import { steadily } from "../model/poller";
import { observe, type RegisteredService, type SeenService } from "../model/registry";
import { Failed, Loading, Notice, Stale } from "../parts/notice";
import { ServiceTable } from "../parts/service_table";

const kRefreshMs = 2000;

export function ServicesPage() {
  useTitle("Services");
  const now = useNow();
  const registry = usePolled("registry", fetchRegistry, steadily(kRefreshMs));
  const services = useObserved(registry.data, registry.updatedAt, now);
  return (
    <>
      <div class="page-head">
        <h1>Services</h1>
        {services !== null && <Totals services={services} live={registry.error === null} />}
      </div>
      {registry.error !== null && registry.updatedAt !== null && (
        <Stale error={registry.error} updatedAt={registry.updatedAt} now={now} />
      )}
      {services !== null ? (
        <Content services={services} now={now} />
      ) : registry.error !== null ? (
        <Failed error={registry.error} part="registry" retry={registry.reload} />
      ) : (
        <Loading what="the services" />
      )}
    </>
  );
}

/** What is registered with the marks of what changed; carried from one answer to the next. */
function useObserved(current: RegisteredService[] | null, updatedAt: number | null, now: number): SeenService[] | null {
  const seen = useRef<{ at: number; answer: RegisteredService[]; services: SeenService[] } | null>(null);
  if (current !== null && updatedAt !== null) {
    // Each answer once, and again as time passes, so that marks of changes fade.
    const at = Math.max(updatedAt, now);
    if (seen.current?.answer !== current || seen.current.at !== at) {
      seen.current = { at, answer: current, services: observe(seen.current?.services ?? null, current, at) };
    }
  }
  return seen.current?.services ?? null;
}

function Totals({ services, live }: { services: SeenService[]; live: boolean }) {
  const instances = services.flatMap((service) => service.instances).filter((seen) => seen.leftAt === null);
  const registered = services.filter((service) => service.instances.some((seen) => seen.leftAt === null));
  return (
    <p class="totals">
      {plural(registered.length, "service")} · {plural(instances.length, "instance")}
      <span class={live ? "live on" : "live off"}>{live ? "live" : "not live"}</span>
    </p>
  );
}

function Content({ services, now }: { services: SeenService[]; now: number }) {
  const [filter, setFilter] = useState("");
  const announced = useAnnouncement(services);
  if (services.length === 0) {
    return (
      <Notice title="No service is registered">
        <p>
          A service appears here as soon as it has registered, which it does by itself when it starts. Start the platform
          together with the services of a file:
        </p>
        <pre>skerry dev skerry.yaml</pre>
        <p>If services are running, see whether they use the same registry as this dashboard.</p>
      </Notice>
    );
  }
  const shown = filterServices(services, filter);
  return (
    <>
      <div class="toolbar">
        <label class="visually-hidden" for="service-filter">
          Show only services that contain
        </label>
        <input
          id="service-filter"
          type="search"
          placeholder="Filter by name, address, metadata"
          value={filter}
          onInput={(event) => setFilter(event.currentTarget.value)}
        />
      </div>
      <p class="visually-hidden" aria-live="polite">
        {announced}
      </p>
      {shown.length > 0 ? (
        <ServiceTable services={shown} now={now} />
      ) : (
        <Notice title="No service matches">
          <p>Nothing that is registered contains “{filter}”.</p>
          <button type="button" onClick={() => setFilter("")}>
            Show all services
          </button>
        </Notice>
      )}
    </>
  );
}

/** Services whose name contains the words, and of the others the instances that do. */
export function filterServices(services: SeenService[], filter: string): SeenService[] {
  const words = filter.toLowerCase().split(/\s+/).filter((word) => word !== "");
  const contains = (haystack: string) => words.every((word) => haystack.toLowerCase().includes(word));
  return services.flatMap((service) => {
    if (contains(`${service.namespace} ${service.name}`)) return [service];
    const instances = service.instances.filter(({ instance }) =>
      contains(`${service.namespace} ${service.name} ${JSON.stringify(instance)}`),
    );
    return instances.length > 0 ? [{ ...service, instances }] : [];
  });
}

/** For screen readers: which instances came and went last. */
function useAnnouncement(services: SeenService[]): string {
  const [text, setText] = useState("");
  const changes = services.flatMap((service) =>
    service.instances.flatMap((seen) =>
      seen.leftAt !== null
        ? [{ at: seen.leftAt, text: `An instance of ${service.name} left.` }]
        : seen.joinedAt !== null
          ? [{ at: seen.joinedAt, text: `An instance of ${service.name} joined.` }]
          : [],
    ),
  );
  const newest = changes.reduce((latest, change) => Math.max(latest, change.at), 0);
  useEffect(() => {
    if (newest > 0) setText(changes.filter((change) => change.at === newest).map((change) => change.text).join(" "));
  }, [newest]);
  return text;
}
