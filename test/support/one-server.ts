import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { expect } from "vitest";
import { parseJson } from "../../src/transport/body.js";
import { HttpClient, type HttpOptions } from "../../src/transport/http.js";
import { AdaCarbonError } from "../../src/usage/errors.js";

const servers: Server[] = [];
/** Ends what a test began. */
export async function closeServers(): Promise<void> {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  }
}

/** A real server on loopback: what a socket does is not worth imitating. */
export async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Answers the n-th request with the n-th listener, and the rest with the last one; counts them. */
export function inTurn(...listeners: RequestListener[]): RequestListener & { count: () => number } {
  let count = 0;
  const listener: RequestListener = (request, response) => {
    const turn = listeners[Math.min(count++, listeners.length - 1)];
    turn?.(request, response);
  };
  return Object.assign(listener, { count: () => count });
}

export const answer =
  (status: number, body: string | Uint8Array, headers: Record<string, string> = {}): RequestListener =>
  (_, response) => {
    response.writeHead(status, headers).end(body);
  };
export const ok = answer(200, '{"hello":"world"}');

export const ask = (
  url: string,
  options: Partial<HttpOptions> = {},
  signal?: AbortSignal,
): Promise<unknown> =>
  new HttpClient({ url, retryDelayMs: 5, ...options }).request({
    path: "api",
    signal,
    read: parseJson,
  });

export async function refusal(promise: Promise<unknown>): Promise<AdaCarbonError> {
  const error = await promise.then(
    (value) => new Error(`resolved to ${JSON.stringify(value)}`),
    (reason: unknown) => reason,
  );
  if (!(error instanceof AdaCarbonError)) throw error;
  expect(error.message).not.toMatch(/\n/);
  return error;
}
