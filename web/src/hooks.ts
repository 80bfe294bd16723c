// SPDX-License-Identifier: Apache-2.0
import { useEffect, useRef, useState } from "preact/hooks";
import type { ApiError } from "./api";
import { Poller, type Polled, type PollerOptions } from "./model/poller";
import { parseRoute, type Route } from "./model/route";

export type Loaded<T> = Polled<T, ApiError> & { reload: () => void };

const kNothing = { data: null, error: null, loading: true, updatedAt: null };

/**
 * What `load` answers, again after each `delay`, paused while the page is hidden. `key` names what is loaded: when it
 * changes, the old data goes and the new is loaded. `load` and `delay` are those of the moment when `key` changed.
 */
export function usePolled<T>(
  key: string,
  load: (signal: AbortSignal) => Promise<T>,
  delay: PollerOptions<T, ApiError>["delay"],
): Loaded<T> {
  const [held, setHeld] = useState<{ key: string; state: Polled<T, ApiError> }>({ key, state: kNothing });
  const poller = useRef<Poller<T, ApiError> | null>(null);
  useEffect(() => {
    const current = new Poller<T, ApiError>({ load, delay, onChange: (state) => setHeld({ key, state }) });
    const followVisibility = () => (document.hidden ? current.pause() : current.resume());
    poller.current = current;
    followVisibility();
    document.addEventListener("visibilitychange", followVisibility);
    current.reload();
    return () => {
      document.removeEventListener("visibilitychange", followVisibility);
      current.stop();
    };
  }, [key]);
  return { ...(held.key === key ? held.state : kNothing), reload: () => poller.current?.reload() };
}

/** The time, again every `milliseconds`: for ages that grow while one looks. */
export function useNow(milliseconds = 1000): number {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), milliseconds);
    return () => clearInterval(timer);
  }, [milliseconds]);
  return now;
}

/** The route in the address; follows links, and the browser's back and forward. */
export function useRoute(): Route {
  const [route, setRoute] = useState(() => parseRoute(location.hash));
  useEffect(() => {
    const follow = () => setRoute(parseRoute(location.hash));
    addEventListener("hashchange", follow);
    return () => removeEventListener("hashchange", follow);
  }, []);
  return route;
}

export function useTitle(title: string): void {
  useEffect(() => {
    document.title = title === "" ? "Skerry" : `${title} · Skerry`;
  }, [title]);
}
