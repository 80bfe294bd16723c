// SPDX-License-Identifier: Apache-2.0
//
// What is registered, as GET /api/registry/services tells it, and how it changed while the page was open: an instance
// that registered in the last minute is marked, and one that left stays visible for a minute, so that a restart or a
// crash is seen and not only inferred from a number.
import { list, object, ShapeError, text } from "./jaeger";

export interface Instance {
  id: string;
  address: string;
  adminAddress: string;
  version: string;
  /** Milliseconds since the epoch; null where the instance did not say or said nonsense. */
  startedAt: number | null;
  metadata: Record<string, string>;
  /** What the instance's own /ready said, where the dashboard asked it. */
  health: Health | null;
  healthDetail: string;
}

export type Health = "ready" | "not_ready" | "unreachable";

export interface RegisteredService {
  name: string;
  namespace: string;
  instances: Instance[];
}

const kHealths: readonly string[] = ["ready", "not_ready", "unreachable"];

function optionalText(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function parseInstance(value: unknown, path: string): Instance {
  const fields = object(value, path);
  const startedAt = Date.parse(optionalText(fields["started_at"]));
  const metadata: Record<string, string> = {};
  for (const [key, entry] of Object.entries(object(fields["metadata"] ?? {}, `${path}.metadata`))) {
    metadata[key] = typeof entry === "string" ? entry : JSON.stringify(entry);
  }
  const health = optionalText(fields["health"]);
  return {
    id: text(fields["id"], `${path}.id`),
    address: text(fields["address"], `${path}.address`),
    adminAddress: optionalText(fields["admin_address"]),
    version: optionalText(fields["version"]),
    startedAt: Number.isNaN(startedAt) ? null : startedAt,
    metadata,
    health: kHealths.includes(health) ? (health as Health) : null,
    healthDetail: optionalText(fields["health_detail"]),
  };
}

/** The services of an answer of /api/registry/services, by namespace and name. Throws ShapeError. */
export function parseRegistry(body: unknown): RegisteredService[] {
  const services = object(body, "answer")["services"];
  if (services === undefined) throw new ShapeError("services is missing");
  return list(services, "services")
    .map((entry, index) => {
      const fields = object(entry, `services[${index}]`);
      return {
        name: text(fields["name"], `services[${index}].name`),
        namespace: optionalText(fields["namespace"]) || "public",
        instances: list(fields["instances"], `services[${index}].instances`)
          .map((instance, at) => parseInstance(instance, `services[${index}].instances[${at}]`))
          .sort((a, b) => a.id.localeCompare(b.id)),
      };
    })
    .sort((a, b) => a.namespace.localeCompare(b.namespace) || a.name.localeCompare(b.name));
}

export interface SeenInstance {
  instance: Instance;
  /** When the page first saw it, in milliseconds since the epoch; null if it was there from the start. */
  joinedAt: number | null;
  /** When the page noticed that it had left; null while it is registered. */
  leftAt: number | null;
}

export interface SeenService {
  name: string;
  namespace: string;
  instances: SeenInstance[];
}

/** How long a change stays marked. */
export const kChangeVisibleMs = 60_000;

/**
 * The view after `before` (null at first) when the registry answers `current` at the time `now` (milliseconds since the
 * epoch). Instances are told apart by id within service and namespace.
 */
export function observe(before: SeenService[] | null, current: RegisteredService[], now: number): SeenService[] {
  const keyOf = (service: { namespace: string; name: string }) => JSON.stringify([service.namespace, service.name]);
  const known = new Map((before ?? []).map((service) => [keyOf(service), service]));
  const after = new Map<string, SeenService>();
  for (const service of current) {
    const earlier = new Map(known.get(keyOf(service))?.instances.map((seen) => [seen.instance.id, seen]));
    const instances = service.instances.map((instance): SeenInstance => {
      const seen = earlier.get(instance.id);
      const returned = seen !== undefined && seen.leftAt !== null;
      const joinedAt = seen !== undefined && !returned ? seen.joinedAt : before === null ? null : now;
      return { instance, joinedAt: joinedAt !== null && now - joinedAt < kChangeVisibleMs ? joinedAt : null, leftAt: null };
    });
    after.set(keyOf(service), { name: service.name, namespace: service.namespace, instances });
  }
  for (const service of known.values()) {
    const target = after.get(keyOf(service));
    const present = new Set(target?.instances.map((seen) => seen.instance.id));
    const gone = service.instances
      .filter((seen) => !present.has(seen.instance.id))
      .map((seen) => ({ ...seen, leftAt: seen.leftAt ?? now }))
      .filter((seen) => now - seen.leftAt < kChangeVisibleMs);
    if (gone.length === 0) continue;
    if (target !== undefined) target.instances.push(...gone);
    else after.set(keyOf(service), { name: service.name, namespace: service.namespace, instances: gone });
  }
  return [...after.values()].sort(
    (a, b) => a.namespace.localeCompare(b.namespace) || a.name.localeCompare(b.name),
  );
}
