import { Agent, request as httpRequest, type IncomingMessage } from "node:http";
import { createGunzip } from "node:zlib";
import type { HostileRequest } from "./kinds.js";

export interface HostileReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** All of it; of live events the first. */
  readonly text: string;
}

const PATIENCE_MS = 10_000;

/** Sends requests over connections that are kept. */
export class HostileClient {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 64 });
  readonly #port: number;

  constructor(port: number) {
    this.#port = port;
  }

  close(): void {
    this.#agent.destroy();
  }

  /** Rejects where the connection breaks or nothing comes. */
  send({ method, target, viewer, headers, body }: HostileRequest): Promise<HostileReply> {
    return new Promise((resolve, reject) => {
      const request = httpRequest({
        host: "127.0.0.1",
        port: this.#port,
        agent: this.#agent,
        method,
        path: target,
        headers: { authorization: `Bearer ${viewer}`, ...lengthOf(body), ...headers },
      });
      const timer = setTimeout(
        () => request.destroy(new Error(`no answer in ${PATIENCE_MS} ms`)),
        PATIENCE_MS,
      );
      request.on("error", reject);
      request.on("close", () => clearTimeout(timer));
      request.on("response", (reply) => {
        read(reply).then((text) => {
          resolve({ status: reply.statusCode ?? 0, headers: reply.headers, text });
          // There is no end of events to wait for.
          if (isLive(reply)) request.destroy();
        }, reject);
      });
      request.end(body);
    });
  }
}

/** Without it a body would be read as the next request, as HTTP has it. */
function lengthOf(body: string | undefined): Record<string, string> {
  return body === undefined ? {} : { "content-length": String(Buffer.byteLength(body)) };
}

function isLive(reply: IncomingMessage): boolean {
  return reply.headers["content-type"] === "text/event-stream";
}

async function read(reply: IncomingMessage): Promise<string> {
  let text = "";
  // Events may come compressed, each flushed.
  const plain =
    isLive(reply) && reply.headers["content-encoding"] === "gzip" ? reply.pipe(createGunzip()) : reply;
  plain.setEncoding("utf8");
  for await (const chunk of plain) {
    text += chunk;
    if (isLive(reply) && text.includes("\n\n")) break;
  }
  return text;
}
