import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { told } from "../told.js";
import type { ServerOptions, ServerOrder, ServerState } from "./server.js";

/** A service in a process of its own. */
export class Served {
  readonly port: number;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, port: number) {
    this.#child = child;
    this.port = port;
  }

  static async start(options: ServerOptions): Promise<Served> {
    const child = fork(fileURLToPath(new URL("./server.ts", import.meta.url)), [JSON.stringify(options)], {
      execArgv: ["--expose-gc", "--import", "tsx", "--disable-warning=ExperimentalWarning"],
    });
    const { port } = await told<ServerState>(child);
    return new Served(child, port);
  }

  ask(order: ServerOrder): Promise<ServerState> {
    this.#child.send(order);
    return told<ServerState>(this.#child);
  }

  stop(): void {
    this.#child.kill();
  }

  /** Milliseconds until `/health` answered. */
  async health(): Promise<number> {
    const begin = performance.now();
    const reply = await fetch(`http://127.0.0.1:${this.port}/health`, {
      signal: AbortSignal.timeout(10_000),
    });
    await reply.text();
    if (reply.status !== 200) throw new Error(`/health answered ${reply.status}`);
    return performance.now() - begin;
  }
}
