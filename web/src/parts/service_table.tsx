// SPDX-License-Identifier: Apache-2.0
import { formatAge, formatAgo } from "../model/format";
import type { Health, Instance, SeenInstance, SeenService } from "../model/registry";
import { kDefaultQuery, tracesHash } from "../model/route";

const kDefaultNamespace = "public";

/** All services in one table, so that the columns of all instances stand below each other. */
export function ServiceTable({ services, now }: { services: SeenService[]; now: number }) {
  return (
    <div class="table-frame">
      <table class="services">
        <thead>
          <tr>
            <th scope="col">Instance</th>
            <th scope="col">State</th>
            <th scope="col">Address</th>
            <th scope="col">Admin address</th>
            <th scope="col">Version</th>
            <th scope="col">Since</th>
            <th scope="col">Metadata</th>
          </tr>
        </thead>
        {services.map((service) => (
          <ServiceRows key={`${service.namespace}/${service.name}`} service={service} now={now} />
        ))}
      </table>
    </div>
  );
}

function ServiceRows({ service, now }: { service: SeenService; now: number }) {
  const present = service.instances.filter((seen) => seen.leftAt === null).length;
  return (
    <tbody>
      <tr class="service-row">
        <th scope="rowgroup" colSpan={7}>
          <span class="service-name">{service.name}</span>{" "}
          {service.namespace !== kDefaultNamespace && <span class="tag">{service.namespace}</span>}
          <span class={present === 0 ? "count none" : "count"}>
            {present === 0 ? "no instance" : present === 1 ? "1 instance" : `${present} instances`}
          </span>{" "}
          <a class="to-traces" href={tracesHash({ ...kDefaultQuery, service: service.name })}>
            Traces<span class="visually-hidden"> of {service.name}</span>
          </a>
        </th>
      </tr>
      {service.instances.map((seen) => (
        <InstanceRow key={seen.instance.id} seen={seen} now={now} />
      ))}
    </tbody>
  );
}

function InstanceRow({ seen, now }: { seen: SeenInstance; now: number }) {
  const { instance, leftAt, joinedAt } = seen;
  return (
    <tr class={leftAt !== null ? "instance gone" : joinedAt !== null ? "instance new" : "instance"}>
      <td class="mono instance-id">{instance.id}</td>
      <td>
        <State seen={seen} now={now} />
      </td>
      <td class="mono">{instance.address}</td>
      <td class="mono admin">{instance.adminAddress || <None />}</td>
      <td class="mono">{instance.version || <None />}</td>
      <td class="since">
        <Since instance={instance} now={now} />
      </td>
      <td>
        <Metadata metadata={instance.metadata} />
      </td>
    </tr>
  );
}

function None() {
  return (
    <span class="none">
      <span aria-hidden="true">–</span>
      <span class="visually-hidden">not given</span>
    </span>
  );
}

const kHealthWords: Record<Health, string> = { ready: "ready", not_ready: "not ready", unreachable: "unreachable" };

function State({ seen, now }: { seen: SeenInstance; now: number }) {
  const { instance, leftAt, joinedAt } = seen;
  if (leftAt !== null) return <span class="state gone">left {formatAgo(now - leftAt)}</span>;
  return (
    <>
      <span class={`state ${instance.health ?? "registered"}`} title={instance.healthDetail || undefined}>
        {instance.health === null ? "registered" : kHealthWords[instance.health]}
      </span>
      {joinedAt !== null && <span class="tag new">new</span>}
      {instance.healthDetail !== "" && instance.health !== "ready" && (
        <span class="health-detail">{instance.healthDetail}</span>
      )}
    </>
  );
}

function Since({ instance, now }: { instance: Instance; now: number }) {
  if (instance.startedAt === null) return <None />;
  const started = new Date(instance.startedAt);
  return (
    <time dateTime={started.toISOString()} title={started.toString()}>
      {formatAge(now - instance.startedAt)}
    </time>
  );
}

function Metadata({ metadata }: { metadata: Record<string, string> }) {
  const entries = Object.entries(metadata).sort(([a], [b]) => a.localeCompare(b));
  if (entries.length === 0) return <None />;
  return (
    <ul class="metadata">
      {entries.map(([key, value]) => (
        <li key={key}>
          <span class="key">{key}</span> <span class="mono">{value}</span>
        </li>
      ))}
    </ul>
  );
}
