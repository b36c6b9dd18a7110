import { assertArgument, assertOptions, CALLBACK, optional, POSITIVE } from "../usage/options.js";
import type { RequestContext } from "./context.js";
import type { Handler } from "./handler.js";
import { methodNotAllowed, problemReply } from "./problem.js";

/** The part of Node's `IncomingMessage` that is used; Express's and Fastify's `raw` fit too. */
export interface NodeRequest {
  readonly method?: string | undefined;
  readonly url?: string | undefined;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly socket?: { readonly remoteAddress?: string | undefined } | undefined;
  /** Lets a body go by that nobody reads. */
  resume(): unknown;
}

/** The part of Node's `ServerResponse` that is used. */
export interface NodeResponse {
  readonly writableFinished: boolean;
  readonly destroyed: boolean;
  /** Sends status and headers. */
  writeHead(status: number, headers: Record<string, string | string[]>): unknown;
  /** Sends a part of the body; `false` when the client is behind. */
  write(chunk: Uint8Array): boolean;
  /** Ends the reply. */
  end(): unknown;
  /** Breaks the connection off. */
  destroy(error?: Error): unknown;
  /** Tells of one event. */
  once(event: "close" | "drain", listener: () => void): unknown;
  /** Undoes `once`. */
  off(event: "close" | "drain", listener: () => void): unknown;
}

/** How a listener treats slow clients, and what it knows of a request. */
export interface NodeListenerOptions<Incoming extends NodeRequest = NodeRequest> {
  /** A client that takes nothing for so long is cut off, milliseconds. Default 120,000. */
  readonly stalledMs?: number | undefined;
  /**
   * What is known of a request beside what is in it. Default the address of the connection, which behind a proxy
   * is the proxy's, so that all viewers are one client: in Express with `trust proxy` set, give
   * `({ ip, user }) => ({ clientAddress: ip, viewer: user && { user: user.id } })`.
   */
  readonly context?: ((incoming: Incoming) => RequestContext) | undefined;
}

/**
 * A handler as a listener of `node:http`, which Express takes too: `app.use("/carbon", toNodeListener(handler))`
 * takes `/carbon` off the URL, so the handler has no `basePath` then. In Fastify, after `reply.hijack()`:
 * `listener(request.raw, reply.raw)`.
 *
 * The body is written as fast as the client takes it, and no faster. When the client goes away, the request's
 * signal aborts.
 *
 * @example
 * import assert from "node:assert/strict";
 * import { createServer } from "node:http";
 * import { createHandler, toNodeListener } from "ada-carbon/http";
 * import { memoryUsageStore } from "ada-carbon/memory";
 *
 * const handler = createHandler({ usage: memoryUsageStore(), sites: {} });
 * const server = createServer(toNodeListener(handler)).listen(0, "127.0.0.1");
 * await new Promise((resolve) => server.once("listening", resolve));
 * const address = server.address();
 * assert.ok(typeof address === "object" && address !== null);
 * assert.equal((await fetch(`http://127.0.0.1:${address.port}/health`)).status, 200);
 * server.close();
 */
export function toNodeListener<Incoming extends NodeRequest = NodeRequest>(
  handler: Handler,
  options: NodeListenerOptions<Incoming> = {},
): (request: Incoming, response: NodeResponse) => void {
  assertArgument("toNodeListener", "handler", handler, CALLBACK);
  assertOptions("toNodeListener", options, { stalledMs: optional(POSITIVE), context: optional(CALLBACK) });
  const { stalledMs = 120_000, context = ({ socket }) => ({ clientAddress: socket?.remoteAddress }) } =
    options;
  return (incoming, outgoing) => {
    // No route takes a body, but one that was sent must not block the connection.
    incoming.resume();
    const answer = (request: Request): Promise<Response> => handler(request, context(incoming));
    serve(answer, incoming, outgoing, stalledMs).catch((error: unknown) => {
      outgoing.destroy(error instanceof Error ? error : new Error(String(error)));
    });
  };
}

/** Methods of which there can be no `Request`. */
const UNFETCHABLE = ["CONNECT", "TRACE", "TRACK"];

async function serve(
  answer: (request: Request) => Promise<Response>,
  incoming: NodeRequest,
  outgoing: NodeResponse,
  stalledMs: number,
): Promise<void> {
  const gone = new AbortController();
  outgoing.once("close", () => {
    if (!outgoing.writableFinished) gone.abort(new Error("the client went away"));
  });
  const isFetchable = !UNFETCHABLE.includes(incoming.method ?? "GET");
  const reply = isFetchable
    ? await answer(toRequest(incoming, gone.signal))
    : problemReply(methodNotAllowed(incoming.method ?? ""));
  outgoing.writeHead(reply.status, headersOf(reply.headers));
  if (reply.body !== null) await pipe(reply.body, outgoing, gone.signal, stalledMs);
  outgoing.end();
}

function toRequest({ method = "GET", url = "/", headers }: NodeRequest, signal: AbortSignal): Request {
  const list = Object.entries(headers).flatMap(([name, value]): [string, string][] => {
    // HTTP/2 has the method and the path among the headers, under names that Fetch refuses.
    if (value === undefined || name.startsWith(":")) return [];
    return (Array.isArray(value) ? value : [value]).map((text) => [name, text]);
  });
  // The host is the client's word for it: nothing of ours depends on it. `//host/x` is a path here.
  const target = new URL("http://localhost/");
  const [path = "/", ...search] = url.split("?");
  // `OPTIONS *` asks about the server as a whole.
  target.pathname = path === "*" ? "/" : path;
  target.search = search.join("?");
  return new Request(target, { method, headers: list, signal });
}

function headersOf(headers: Headers): Record<string, string | string[]> {
  const record: Record<string, string | string[]> = Object.fromEntries(headers);
  const cookies = headers.getSetCookie();
  return cookies.length === 0 ? record : { ...record, "set-cookie": cookies };
}

/** One chunk after the other, each when the one before has been taken. */
async function pipe(
  body: ReadableStream<Uint8Array>,
  outgoing: NodeResponse,
  gone: AbortSignal,
  stalledMs: number,
): Promise<void> {
  const reader = body.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done || gone.aborted) break;
      if (!outgoing.write(value)) await drained(outgoing, stalledMs);
    }
  } finally {
    await reader.cancel();
  }
}

/** Resolves when the client takes more or is gone; one that takes nothing for long is cut off. */
function drained(outgoing: NodeResponse, stalledMs: number): Promise<void> {
  if (outgoing.destroyed) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = setTimeout(() => outgoing.destroy(), stalledMs);
    const done = (): void => {
      clearTimeout(timer);
      outgoing.off("drain", done);
      outgoing.off("close", done);
      resolve();
    };
    outgoing.once("drain", done);
    outgoing.once("close", done);
  });
}
