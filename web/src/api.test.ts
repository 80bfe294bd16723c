// SPDX-License-Identifier: Apache-2.0
//
// The API's calls against a server on the loopback: what is sent, and what each kind of failure becomes.
import { setMaxListeners } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, test, vi } from "vitest";
import { ApiError, fetchOperations, fetchRegistry, fetchTrace, kMaxSearchedServices, searchTraces } from "./api";
import { kDefaultQuery } from "./model/route";

let server: Server | null = null;
const never = new AbortController().signal;
// One for each service of a search; Node warns at 11 where browsers do not.
setMaxListeners(0, never);

/** Lets the page's relative addresses lead to `listener`. */
async function serve(listener: RequestListener): Promise<void> {
  server = createServer(listener);
  await new Promise<void>((resolve) => server!.listen(0, "127.0.0.1", resolve));
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const real = globalThis.fetch;
  vi.stubGlobal("fetch", (path: string, init: RequestInit) => real(base + path, init));
}

function answer(status: number, body: string): RequestListener {
  return (_request, response) => response.writeHead(status, { "content-type": "application/json" }).end(body);
}

afterEach(async () => {
  vi.unstubAllGlobals();
  server?.closeAllConnections();
  await new Promise((resolve) => (server === null ? resolve(null) : server.close(resolve)));
  server = null;
});

async function failureOf(promise: Promise<unknown>): Promise<{ failure: string; message: string }> {
  const error = await promise.then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(ApiError);
  return { failure: (error as ApiError).failure, message: (error as ApiError).message };
}

describe("a call", () => {
  test("that fails says why in the words of the server, in either form of error", async () => {
    await serve(answer(404, '{"data":null,"errors":[{"code":404,"msg":"trace not found"}]}'));
    expect(await failureOf(fetchTrace("abc", never))).toEqual({ failure: "not_found", message: "trace not found" });
  });

  test("knows the platform's own form of error", async () => {
    await serve(answer(503, '{"error":{"code":"UNAVAILABLE","message":"the registry does not answer"}}'));
    expect(await failureOf(fetchRegistry(never))).toEqual({ failure: "upstream", message: "the registry does not answer" });
  });

  test("that fails without a word of JSON names path and status", async () => {
    await serve(answer(500, "<h1>oops</h1>"));
    const { failure, message } = await failureOf(fetchRegistry(never));
    expect(failure).toBe("server");
    expect(message).toBe("/api/registry/services answered 500 Internal Server Error");
  });

  test("that answers something else is told from one that fails", async () => {
    await serve(answer(200, "<!doctype html>"));
    const { failure, message } = await failureOf(fetchRegistry(never));
    expect(failure).toBe("shape");
    expect(message).toBe("/api/registry/services: answer is not an object");
  });

  test("to a server that is gone is offline", async () => {
    await serve(answer(200, "{}"));
    await new Promise((resolve) => server!.close(resolve));
    server = null;
    expect((await failureOf(fetchRegistry(never))).failure).toBe("offline");
  });

  test("that is aborted ends with AbortError and not with a failure", async () => {
    await serve(() => undefined);
    const aborted = new AbortController();
    const call = fetchRegistry(aborted.signal);
    aborted.abort();
    await expect(call).rejects.toMatchObject({ name: "AbortError" });
  });

  test("for a trace without spans finds no trace", async () => {
    await serve(answer(200, '{"data":[{"traceID":"abc","spans":[]}]}'));
    expect((await failureOf(fetchTrace("abc", never))).failure).toBe("not_found");
  });

  test("puts the service into the path as one segment", async () => {
    const targets: string[] = [];
    await serve((request, response) => {
      targets.push(request.url!);
      response.end('{"data":[]}');
    });
    await fetchOperations("a/b c", never);
    expect(targets).toEqual(["/api/services/a%2Fb%20c/operations"]);
  });
});

describe("a search", () => {
  async function targetsOf(query: Partial<typeof kDefaultQuery>, services: string[]): Promise<URLSearchParams[]> {
    const targets: URLSearchParams[] = [];
    await serve((request, response) => {
      targets.push(new URL(request.url!, "http://x").searchParams);
      response.end('{"data":[]}');
    });
    await searchTraces({ ...kDefaultQuery, ...query }, services, never);
    return targets;
  }

  test("sends the query API's parameters", async () => {
    const before = Date.now();
    const [params] = await targetsOf(
      { service: "order", operation: "GET /x", minDuration: "5ms", lookback: "15m", limit: 50, errorsOnly: true },
      ["ignored"],
    );
    const { start, ...others } = Object.fromEntries(params!);
    expect(others).toEqual({
      service: "order",
      operation: "GET /x",
      limit: "50",
      lookback: "15m",
      minDuration: "5ms",
      tags: '{"error":"true"}',
    });
    const startMs = Number(start) / 1000 + 15 * 60_000;
    expect(startMs).toBeGreaterThanOrEqual(before);
    expect(startMs).toBeLessThanOrEqual(Date.now());
  });

  test("of all services asks for each once, up to a limit", async () => {
    const services = Array.from({ length: kMaxSearchedServices + 10 }, (_, index) => `s${index}`);
    const asked = (await targetsOf({}, services)).map((params) => params.get("service"));
    expect(new Set(asked)).toEqual(new Set(services.slice(0, kMaxSearchedServices)));
    expect(asked).toHaveLength(kMaxSearchedServices);
  });
});
