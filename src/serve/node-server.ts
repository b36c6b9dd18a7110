import { once } from "node:events";
import { unlink } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server } from "node:http";
import { connect } from "node:net";
import type { Handler } from "../http/handler.js";
import { toNodeListener } from "../http/node.js";
import { badInput, messageOf } from "../usage/errors.js";

/** Where to listen: a port of an address, or a Unix socket. */
export type ListenAddress =
  | { readonly host: string; readonly port: number; readonly path?: never }
  | { readonly path: string };

export interface NodeServerOptions {
  readonly handler: Handler;
  readonly listen: ListenAddress;
  /** Headers that say who asks. Sent twice, it cannot be told which of them the proxy set. */
  readonly singleHeaders: readonly string[];
}

export interface NodeServer {
  /** `http://127.0.0.1:8080`, or `unix:/run/ada-carbon.sock`. */
  readonly address: string;
  /** Takes no more requests, and waits for `graceMs` for those under way. Calling it again changes nothing. */
  stop(graceMs: number): Promise<void>;
}

/** Reads `[HOST:]PORT` or `unix:PATH`. Without a host only this machine can connect. */
export function parseListen(text: string): ListenAddress {
  const path = /^unix:(.+)$/s.exec(text)?.[1];
  if (path !== undefined) return { path };
  const [, v6, name, digits = ""] = /^(?:(?:\[([^\]]+)\]|([^:[\]\s]+)):)?(\d{1,5})$/.exec(text) ?? [];
  const port = digits === "" ? Number.NaN : Number(digits);
  if (port <= 65_535) return { host: v6 ?? name ?? "127.0.0.1", port };
  throw badInput(
    `${JSON.stringify(text)} is no address to listen on; write it like 8080, 0.0.0.0:8080, [::1]:8080 or unix:/run/ada-carbon.sock`,
  );
}

/** Listens, and answers by the handler. Rejects with one line where it cannot. */
export async function startNodeServer(options: NodeServerOptions): Promise<NodeServer> {
  const { handler, listen, singleHeaders } = options;
  const listener = toNodeListener(handler);
  const server = createServer((request, response) => {
    if (!singleHeaders.some((name) => isTwice(request, name))) return listener(request, response);
    response.writeHead(400, { "content-type": "text/plain; charset=utf-8" });
    response.end("A header that says who asks came twice; the proxy must replace it.\n");
  });
  await listening(server, listen);
  let stopped: Promise<void> | undefined;
  return {
    address: addressOf(server, listen),
    stop(graceMs) {
      stopped ??= closed(server, graceMs);
      return stopped;
    },
  };
}

async function closed(server: Server, graceMs: number): Promise<void> {
  const end = once(server, "close");
  server.close();
  const cut = setTimeout(() => server.closeAllConnections(), graceMs);
  await end;
  clearTimeout(cut);
}

function isTwice({ headersDistinct }: IncomingMessage, name: string): boolean {
  return (headersDistinct[name.toLowerCase()]?.length ?? 0) > 1;
}

async function listening(server: Server, listen: ListenAddress): Promise<void> {
  if (listen.path !== undefined) await removeIfNobodyListens(listen.path);
  try {
    server.listen(listen);
    await once(server, "listening");
  } catch (cause) {
    const where = listen.path ?? `${listen.host}:${listen.port}`;
    throw badInput(`cannot listen on ${where}: ${reasonOf(cause)}`, cause);
  }
}

const REASONS: Readonly<Record<string, string>> = {
  EADDRINUSE: "another process does; give another --listen",
  EACCES: "this user may not; ports below 1024 want a reverse proxy",
  EADDRNOTAVAIL: "this machine has no such address",
  ENOTFOUND: "there is no machine of that name",
  ENOENT: "there is no such folder",
};

function reasonOf(cause: unknown): string {
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
  return REASONS[code] ?? messageOf(cause);
}

/** A process that was killed leaves its socket behind. */
async function removeIfNobodyListens(path: string): Promise<void> {
  const socket = connect(path);
  try {
    await once(socket, "connect");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ECONNREFUSED") await unlink(path);
  } finally {
    socket.destroy();
  }
}

function addressOf(server: Server, listen: ListenAddress): string {
  if (listen.path !== undefined) return `unix:${listen.path}`;
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : listen.port;
  return `http://${listen.host.includes(":") ? `[${listen.host}]` : listen.host}:${port}`;
}
