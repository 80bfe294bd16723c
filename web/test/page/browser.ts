// SPDX-License-Identifier: Apache-2.0
//
// A headless Chromium, driven over its debugging pipe (the DevTools protocol, one JSON message after the other, each
// ended by a zero byte), so that the tests need no driver of their own.
import { spawn, type ChildProcess } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";

const kFlags = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--disable-dev-shm-usage",
  "--hide-scrollbars",
  "--force-color-profile=srgb",
  "--remote-debugging-pipe",
];

const kWaitMaxMs = 10_000;

type Answer = Record<string, unknown>;
interface Pending {
  resolve: (result: Answer) => void;
  reject: (error: Error) => void;
}

export class Browser {
  private readonly pending = new Map<number, Pending>();
  private readonly listeners: ((method: string, params: Answer, session: string) => void)[] = [];
  private received = "";
  private lastId = 0;

  private constructor(
    private readonly process: ChildProcess,
    private readonly profile: string,
  ) {
    const output = process.stdio[4] as Readable;
    output.setEncoding("utf8");
    output.on("data", (chunk: string) => this.receive(chunk));
    process.on("exit", (code) => {
      for (const { reject } of this.pending.values()) reject(new Error(`Chromium ended with ${code}`));
      this.pending.clear();
    });
  }

  static async launch(): Promise<Browser> {
    const profile = await mkdtemp(join(tmpdir(), "skerry-page-"));
    const program = process.env["SKERRY_CHROMIUM"] ?? "chromium";
    const child = spawn(program, [...kFlags, `--user-data-dir=${profile}`], {
      stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"],
    });
    await new Promise<void>((resolve, reject) => {
      child.once("spawn", resolve);
      child.once("error", () => reject(new Error(`${program} cannot be started; set SKERRY_CHROMIUM to its path`)));
    });
    return new Browser(child, profile);
  }

  async close(): Promise<void> {
    const ended = new Promise((resolve) => this.process.once("exit", resolve));
    await this.send("Browser.close").catch(() => undefined);
    await ended;
    await rm(this.profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }

  send(method: string, params: Answer = {}, sessionId?: string): Promise<Answer> {
    const id = ++this.lastId;
    (this.process.stdio[3] as Writable).write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
    return new Promise((resolve, reject) => this.pending.set(id, { resolve, reject }));
  }

  onEvent(listener: (method: string, params: Answer, session: string) => void): void {
    this.listeners.push(listener);
  }

  async open(url: string, options: ViewOptions = {}): Promise<Page> {
    const { targetId } = await this.send("Target.createTarget", { url: "about:blank" });
    const { sessionId } = await this.send("Target.attachToTarget", { targetId, flatten: true });
    const page = new Page(this, sessionId as string, targetId as string);
    await page.prepare(options);
    await page.goto(url);
    return page;
  }

  private receive(chunk: string): void {
    const messages = (this.received + chunk).split("\0");
    this.received = messages.pop() ?? "";
    for (const message of messages) this.dispatch(JSON.parse(message) as Answer);
  }

  private dispatch(message: Answer): void {
    const pending = this.pending.get(message["id"] as number);
    if (pending !== undefined) {
      this.pending.delete(message["id"] as number);
      const error = message["error"] as { message: string } | undefined;
      if (error !== undefined) pending.reject(new Error(error.message));
      else pending.resolve(message["result"] as Answer);
    } else if (typeof message["method"] === "string") {
      const session = (message["sessionId"] as string | undefined) ?? "";
      for (const listener of this.listeners) listener(message["method"], (message["params"] ?? {}) as Answer, session);
    }
  }
}

export interface ViewOptions {
  width?: number;
  height?: number;
  dark?: boolean;
}

export class Page {
  /** Uncaught exceptions, and what the console reports as errors (also what the content policy refused). */
  readonly problems: string[] = [];

  constructor(
    private readonly browser: Browser,
    private readonly session: string,
    private readonly target: string,
  ) {}

  private send(method: string, params: Answer = {}): Promise<Answer> {
    return this.browser.send(method, params, this.session);
  }

  async prepare({ width = 1360, height = 860, dark = false }: ViewOptions): Promise<void> {
    this.browser.onEvent((method, params, session) => {
      if (session === this.session) this.record(method, params);
    });
    await this.send("Page.enable");
    await this.send("Runtime.enable");
    await this.send("Log.enable");
    await this.send("Emulation.setDeviceMetricsOverride", { width, height, deviceScaleFactor: 1, mobile: false });
    const features = [{ name: "prefers-color-scheme", value: dark ? "dark" : "light" }];
    await this.send("Emulation.setEmulatedMedia", { features });
    await this.send("Emulation.setFocusEmulationEnabled", { enabled: true });
  }

  private record(method: string, params: Answer): void {
    if (method === "Runtime.exceptionThrown") this.problems.push(JSON.stringify(params["exceptionDetails"]));
    const entry = params["entry"] as { level: string; text: string; source: string } | undefined;
    // A refused request is what a failing API looks like; the page's reaction to it is what is tested.
    if (method === "Log.entryAdded" && entry?.level === "error" && entry.source !== "network") this.problems.push(entry.text);
  }

  async goto(url: string): Promise<void> {
    await this.send("Page.navigate", { url });
  }

  /** The value of a JavaScript expression, which may be a promise. */
  async evaluate<T>(expression: string): Promise<T> {
    const answer = await this.send("Runtime.evaluate", { expression, awaitPromise: true, returnByValue: true });
    const failure = answer["exceptionDetails"] as { text: string; exception?: { description?: string } } | undefined;
    if (failure !== undefined) throw new Error(failure.exception?.description ?? failure.text);
    return (answer["result"] as { value: T }).value;
  }

  /** Waits until the expression is true. */
  async until(expression: string): Promise<void> {
    const deadline = Date.now() + kWaitMaxMs;
    while (!(await this.evaluate<boolean>(`Boolean(${expression})`).catch(() => false))) {
      if (Date.now() > deadline) {
        const text = await this.evaluate<string>("document.body.innerText").catch(() => "");
        throw new Error(`never became true: ${expression}\nThe page says:\n${text.slice(0, 1500)}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  untilText(text: string): Promise<void> {
    return this.until(`document.body.innerText.includes(${JSON.stringify(text)})`);
  }

  text(selector: string): Promise<string> {
    return this.evaluate(`document.querySelector(${JSON.stringify(selector)})?.innerText ?? ""`);
  }

  count(selector: string): Promise<number> {
    return this.evaluate(`document.querySelectorAll(${JSON.stringify(selector)}).length`);
  }

  async click(selector: string): Promise<void> {
    const query = `document.querySelector(${JSON.stringify(selector)})`;
    await this.until(query);
    const [x, y] = await this.evaluate<[number, number]>(
      `(() => { const e = ${query}; e.scrollIntoView({block: "nearest"}); const r = e.getBoundingClientRect();` +
        ` return [r.x + Math.min(r.width / 2, 100), r.y + r.height / 2]; })()`,
    );
    for (const type of ["mousePressed", "mouseReleased"]) {
      await this.send("Input.dispatchMouseEvent", { type, x, y, button: "left", clickCount: 1 });
    }
  }

  async press(key: string): Promise<void> {
    const text = key === "Enter" ? "\r" : key.length === 1 ? key : undefined;
    const codes: Record<string, number> = { Tab: 9, Enter: 13, Home: 36, End: 35, ArrowLeft: 37, ArrowUp: 38, ArrowRight: 39, ArrowDown: 40 };
    const event = { key, code: key, windowsVirtualKeyCode: codes[key] ?? key.toUpperCase().charCodeAt(0) };
    await this.send("Input.dispatchKeyEvent", { type: "keyDown", ...event, ...(text === undefined ? {} : { text }) });
    await this.send("Input.dispatchKeyEvent", { type: "keyUp", ...event });
  }

  async type(selector: string, text: string): Promise<void> {
    await this.click(selector);
    await this.evaluate(`document.querySelector(${JSON.stringify(selector)}).select()`);
    await this.send("Input.insertText", { text });
  }

  async screenshot(file: string): Promise<void> {
    const { data } = await this.send("Page.captureScreenshot", { format: "png" });
    await writeFile(file, Buffer.from(data as string, "base64"));
  }

  async close(): Promise<void> {
    await this.browser.send("Target.closeTarget", { targetId: this.target });
  }
}
