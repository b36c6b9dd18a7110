import { once } from "node:events";
import { connect, type Socket } from "node:net";

/** A viewer as the network sees it: it asks for live events and counts what comes. */
export class Viewer {
  readonly #socket: Socket;
  bytes = 0;
  /** 0 until the service has answered. */
  status = 0;
  readonly answered: Promise<void>;

  /** @param n Its number: so many loopback addresses, and users, as there are numbers. */
  constructor(port: number, n: number, perAddress: number, query: string, user: string | undefined) {
    const address = Math.floor(n / perAddress);
    const localAddress = `127.0.${1 + (address >> 8)}.${1 + (address & 255)}`;
    this.#socket = connect({ port, host: "127.0.0.1", localAddress });
    this.#socket.on("error", () => {});
    this.#socket.on("data", (chunk) => {
      if (this.status === 0) this.status = Number(chunk.toString("latin1", 9, 12));
      this.bytes += chunk.length;
    });
    const who = user === undefined ? "" : `x-user: ${user}\r\n`;
    this.#socket.write(
      `GET /v1/sites/isis/live${query} HTTP/1.1\r\nhost: x\r\naccept-encoding: gzip\r\n${who}\r\n`,
    );
    this.answered = once(this.#socket, "data").then(() => {});
  }

  leave(): void {
    this.#socket.destroy();
  }
}

/** As viewers are: a quarter looks at the whole site, a quarter is signed in, the others search, each their own. */
export function askOf(n: number): { query: string; user: string | undefined } {
  const kind = n % 4;
  if (kind === 1) return { query: "", user: `user${9999 - n}` };
  if (kind === 2) return { query: `?sort=idle&search=group${n % 40}`, user: undefined };
  if (kind === 3) return { query: `?search=user${n}`, user: `user${n}` };
  return { query: "", user: undefined };
}
