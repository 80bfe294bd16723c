// SPDX-License-Identifier: Apache-2.0
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Poller, steadily, type Polled } from "./poller";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A poller whose loads the test answers one by one. */
function rig(delay: (state: Polled<number, Error>, failures: number) => number | null = steadily(1000)) {
  const loads: { signal: AbortSignal; answer: (value: number) => void; fail: (error: Error) => void }[] = [];
  const states: Polled<number, Error>[] = [];
  const poller = new Poller<number, Error>({
    load: (signal) => new Promise((answer, fail) => loads.push({ signal, answer, fail })),
    delay,
    onChange: (state) => states.push(state),
  });
  const settle = () => vi.advanceTimersByTimeAsync(0);
  return { poller, loads, states, settle };
}

describe("a poller", () => {
  test("loads again after its delay, counted from the answer", async () => {
    const { poller, loads, states, settle } = rig();
    poller.reload();
    await vi.advanceTimersByTimeAsync(5000);
    expect(loads).toHaveLength(1);
    loads[0]!.answer(7);
    await settle();
    expect(states.at(-1)).toMatchObject({ data: 7, error: null, loading: false });
    await vi.advanceTimersByTimeAsync(999);
    expect(loads).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(loads).toHaveLength(2);
  });

  test("keeps the data when a load fails, waits longer each time, and recovers", async () => {
    const { poller, loads, states, settle } = rig();
    poller.reload();
    loads[0]!.answer(7);
    await vi.advanceTimersByTimeAsync(1000);
    loads[1]!.fail(new Error("down"));
    await settle();
    expect(states.at(-1)).toMatchObject({ data: 7, error: { message: "down" } });
    await vi.advanceTimersByTimeAsync(1999);
    expect(loads).toHaveLength(2);
    await vi.advanceTimersByTimeAsync(1);
    loads[2]!.fail(new Error("down"));
    await vi.advanceTimersByTimeAsync(3999);
    expect(loads).toHaveLength(3);
    await vi.advanceTimersByTimeAsync(1);
    loads[3]!.answer(8);
    await settle();
    expect(states.at(-1)).toMatchObject({ data: 8, error: null });
  });

  test("never waits longer than 15 s", () => {
    expect(steadily(1000)(null, 30)).toBe(15_000);
  });

  test("does not load while paused, and at once afterwards if a load was due", async () => {
    const { poller, loads } = rig();
    poller.reload();
    poller.pause();
    loads[0]!.answer(1);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(loads).toHaveLength(1);
    poller.resume();
    expect(loads).toHaveLength(2);
  });

  test("resumes without a load where none was due", () => {
    const { poller, loads } = rig();
    poller.pause();
    poller.resume();
    expect(loads).toHaveLength(0);
  });

  test("never runs two loads at once", () => {
    const { poller, loads } = rig();
    poller.reload();
    poller.reload();
    expect(loads).toHaveLength(1);
  });

  test("that is stopped aborts its load and ignores the outcome", async () => {
    const { poller, loads, states, settle } = rig();
    poller.reload();
    poller.stop();
    expect(loads[0]!.signal.aborted).toBe(true);
    loads[0]!.answer(7);
    await settle();
    poller.reload();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(states).toEqual([]);
    expect(loads).toHaveLength(1);
  });

  test("ends where the delay says so, and can be asked to load again", async () => {
    const { poller, loads, states, settle } = rig(() => null);
    poller.reload();
    loads[0]!.answer(1);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(loads).toHaveLength(1);
    poller.reload();
    loads[1]!.answer(2);
    await settle();
    expect(states.at(-1)?.data).toBe(2);
  });
});
