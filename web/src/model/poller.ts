// SPDX-License-Identifier: Apache-2.0
//
// Loads something again and again: never two loads at once, none while paused, slower while it fails. What was loaded
// last stays until something newer is there, so that a moment without an answer does not empty the screen.

export interface Polled<T, E> {
  data: T | null;
  /** Why the last load failed; null if it did not. */
  error: E | null;
  /** True until the first answer, good or bad. */
  loading: boolean;
  /** When `data` was loaded, in milliseconds since the epoch. */
  updatedAt: number | null;
}

export interface PollerOptions<T, E> {
  load: (signal: AbortSignal) => Promise<T>;
  /** How long to wait after this outcome, in milliseconds; null ends the polling. `failures` counts those in a row. */
  delay: (state: Polled<T, E>, failures: number) => number | null;
  onChange: (state: Polled<T, E>) => void;
}

const kDelayMaxMs = 15_000;

/** Every `milliseconds`; after failures twice as long each time, up to 15 s. */
export function steadily(milliseconds: number): (state: unknown, failures: number) => number {
  return (_state, failures) => (failures === 0 ? milliseconds : Math.min(kDelayMaxMs, milliseconds * 2 ** failures));
}

export class Poller<T, E> {
  private state: Polled<T, E> = { data: null, error: null, loading: true, updatedAt: null };
  private timer: ReturnType<typeof setTimeout> | null = null;
  private running: AbortController | null = null;
  private failures = 0;
  private paused = false;
  /** A load that came due while paused. */
  private due = false;
  private stopped = false;

  constructor(private readonly options: PollerOptions<T, E>) {}

  /** Loads now, unless a load is running; the next one follows after its delay. Also resumes a polling that ended. */
  reload(): void {
    if (this.stopped || this.running !== null) return;
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    void this.run();
  }

  pause(): void {
    this.paused = true;
  }

  /** Ends the pause; a load that came due meanwhile happens now. */
  resume(): void {
    this.paused = false;
    if (this.due) {
      this.due = false;
      this.reload();
    }
  }

  /** Ends everything; a running load is aborted and its outcome ignored. */
  stop(): void {
    this.stopped = true;
    this.running?.abort();
    if (this.timer !== null) clearTimeout(this.timer);
  }

  private async run(): Promise<void> {
    const running = new AbortController();
    this.running = running;
    try {
      const data = await this.options.load(running.signal);
      this.failures = 0;
      this.finish({ data, error: null, loading: false, updatedAt: Date.now() });
    } catch (error) {
      this.failures += 1;
      this.finish({ ...this.state, error: error as E, loading: false });
    }
  }

  private finish(state: Polled<T, E>): void {
    this.running = null;
    if (this.stopped) return;
    this.state = state;
    this.options.onChange(state);
    const delay = this.options.delay(state, this.failures);
    if (delay !== null) this.timer = setTimeout(() => this.come(), delay);
  }

  private come(): void {
    this.timer = null;
    if (this.paused) this.due = true;
    else this.reload();
  }
}
