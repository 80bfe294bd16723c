// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from "vitest";
import { traceOf } from "../../test/helpers";
import { ApiError } from "../api";
import { observe, parseRegistry } from "../model/registry";
import { lineageOf } from "../../test/events";
import { lineageDelay } from "../parts/lineage_view";
import { filterServices } from "./services_page";
import { refreshDelay } from "./trace_page";

describe("a trace", () => {
  const now = 1_700_000_000_000;
  const failed = (error: ApiError) => ({ data: null, error, loading: false, updatedAt: null });
  const loaded = (endedMsAgo: number) => ({
    data: traceOf({ id: "r", start: (now - endedMsAgo) * 1000 - 100, duration: 100 }),
    error: null,
    loading: false,
    updatedAt: now,
  });

  test("that is not there is waited for, and given up after a while", () => {
    const absent = failed(new ApiError("not_found", "trace not found", 404));
    expect(refreshDelay(absent, now - 1000, now)).toBe(1000);
    expect(refreshDelay(absent, now - 20_000, now)).toBeNull();
  });

  test("that cannot be read is tried again without end", () => {
    const down = failed(new ApiError("upstream", "no answer", 503));
    expect(refreshDelay(down, now - 60_000, now)).toBe(5000);
  });

  test("that has just ended is read again, for spans that are still on their way; an old one is not", () => {
    expect(refreshDelay(loaded(3000), now, now)).toBe(2000);
    expect(refreshDelay(loaded(16_000), now, now)).toBeNull();
  });
});

describe("the events of a trace", () => {
  const now = 1_700_000_000_000;
  const loaded = (...sketches: Parameters<typeof lineageOf>) => ({ data: lineageOf(...sketches), error: null, loading: false, updatedAt: now });
  const at = (msAgo: number) => (now - msAgo) * 1000;

  test("are read again as long as something has just happened", () => {
    expect(lineageDelay(loaded({ id: "a", at: at(3000) }), now - 60_000, now)).toBe(2000);
    expect(lineageDelay(loaded({ id: "a", at: at(60_000) }), now - 60_000, now)).toBeNull();
    const handledLate = { id: "a", at: at(60_000), handled: [{ startedAt: at(9000), duration: 5_000_000 }] };
    expect(lineageDelay(loaded(handledLate), now - 60_000, now)).toBe(2000);
  });

  test("are waited for a while where there is none yet", () => {
    expect(lineageDelay(loaded(), now - 3000, now)).toBe(2000);
    expect(lineageDelay(loaded(), now - 60_000, now)).toBeNull();
  });

  test("that cannot be told are asked for a while, and those that cannot be read without end", () => {
    const failed = (error: ApiError) => ({ data: null, error, loading: false, updatedAt: null });
    const absent = failed(new ApiError("not_found", "no such path", 404));
    expect([lineageDelay(absent, now - 1000, now), lineageDelay(absent, now - 20_000, now)]).toEqual([1000, null]);
    expect(lineageDelay(failed(new ApiError("upstream", "no answer", 503)), now - 60_000, now)).toBe(5000);
  });
});

describe("the filter of services", () => {
  const instance = (id: string, zone: string) => ({ id, address: `127.0.0.1:${id}`, metadata: { zone } });
  const services = observe(
    null,
    parseRegistry({
      services: [
        { name: "inventory", instances: [instance("401", "north"), instance("402", "south")] },
        { name: "order", instances: [instance("501", "north")] },
      ],
    }),
    0,
  );
  const shown = (filter: string) =>
    filterServices(services, filter).map(({ name, instances }) => [name, instances.map((seen) => seen.instance.id)]);

  test("shows all instances of a service whose name matches", () => {
    expect(shown("INVENT")).toEqual([["inventory", ["401", "402"]]]);
  });

  test("shows only the instances that match by address or metadata", () => {
    expect(shown("north")).toEqual([["inventory", ["401"]], ["order", ["501"]]]);
    expect(shown("inventory south")).toEqual([["inventory", ["402"]]]);
    expect(shown("nothing")).toEqual([]);
  });

  test("of nothing shows everything", () => {
    expect(filterServices(services, " ")).toEqual(services);
  });
});
