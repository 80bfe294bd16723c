// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from "vitest";
import { ShapeError } from "./jaeger";
import { kChangeVisibleMs, observe, parseRegistry, type SeenService } from "./registry";

const answer = (...services: [string, string[]][]) =>
  parseRegistry({
    services: services.map(([name, ids]) => ({ name, instances: ids.map((id) => ({ id, address: `127.0.0.1:${id}` })) })),
  });

const marks = (seen: SeenService[]) =>
  Object.fromEntries(
    seen.flatMap(({ name, instances }) =>
      instances.map(({ instance, joinedAt, leftAt }) => [
        `${name}/${instance.id}`,
        leftAt !== null ? `left ${leftAt}` : joinedAt !== null ? `joined ${joinedAt}` : "there",
      ]),
    ),
  );

describe("the registry's answer", () => {
  test("is read with all fields, services by namespace and name, instances by id", () => {
    const services = parseRegistry({
      services: [
        { name: "user", namespace: "public", instances: [] },
        {
          name: "order",
          namespace: "public",
          instances: [
            { id: "b", address: "127.0.0.1:2" },
            {
              id: "a",
              address: "127.0.0.1:1",
              admin_address: "127.0.0.1:9",
              version: "1.2",
              started_at: "2026-03-01T10:00:00Z",
              metadata: { zone: "local", weight: 5 },
              health: "not_ready",
              health_detail: "the database is locked",
            },
          ],
        },
      ],
    });
    expect(services.map(({ name }) => name)).toEqual(["order", "user"]);
    expect(services[0]?.instances[0]).toEqual({
      id: "a",
      address: "127.0.0.1:1",
      adminAddress: "127.0.0.1:9",
      version: "1.2",
      startedAt: Date.UTC(2026, 2, 1, 10),
      metadata: { zone: "local", weight: "5" },
      health: "not_ready",
      healthDetail: "the database is locked",
    });
    expect(services[0]?.instances[1]).toMatchObject({ id: "b", startedAt: null, health: null, metadata: {} });
  });

  test("is refused where the place of the services is empty or an instance has no address", () => {
    expect(() => parseRegistry({})).toThrow(new ShapeError("services is missing"));
    expect(() => parseRegistry({ services: [{ name: "a", instances: [{ id: "x" }] }] })).toThrow(
      new ShapeError("services[0].instances[0].address is not a string"),
    );
  });
});

describe("what is observed", () => {
  test("at first is simply there", () => {
    expect(marks(observe(null, answer(["order", ["1"]]), 1000))).toEqual({ "order/1": "there" });
  });

  test("marks what joins and what leaves, and forgets both after a while", () => {
    const first = observe(null, answer(["order", ["1"]]), 1000);
    const second = observe(first, answer(["order", ["2"]]), 2000);
    expect(marks(second)).toEqual({ "order/2": "joined 2000", "order/1": "left 2000" });
    const third = observe(second, answer(["order", ["2"]]), 3000);
    expect(marks(third)).toEqual({ "order/2": "joined 2000", "order/1": "left 2000" });
    const later = observe(third, answer(["order", ["2"]]), 2000 + kChangeVisibleMs);
    expect(marks(later)).toEqual({ "order/2": "there" });
  });

  test("keeps a service for a while whose last instance left", () => {
    const first = observe(null, answer(["order", ["1"]], ["user", ["7"]]), 1000);
    const second = observe(first, answer(["user", ["7"]]), 2000);
    expect(marks(second)).toEqual({ "order/1": "left 2000", "user/7": "there" });
    expect(marks(observe(second, answer(["user", ["7"]]), 2000 + kChangeVisibleMs))).toEqual({ "user/7": "there" });
  });

  test("takes an instance that returns for one that joined", () => {
    const first = observe(null, answer(["order", ["1"]]), 1000);
    const second = observe(first, answer(["order", []]), 2000);
    expect(marks(observe(second, answer(["order", ["1"]]), 3000))).toEqual({ "order/1": "joined 3000" });
  });

  test("tells instances of one id in two services apart", () => {
    const first = observe(null, answer(["order", ["1"]], ["user", ["1"]]), 1000);
    expect(marks(observe(first, answer(["user", ["1"]]), 2000))).toEqual({ "order/1": "left 2000", "user/1": "there" });
  });
});
