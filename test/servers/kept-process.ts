import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import type { Readable } from "node:stream";

/**
 * Keeps a server alive exactly as long as this script's standard input is open. The pipe closes however
 * the test process ends, so neither the server nor its folder outlives it. Arguments: folder, command.
 */
const KEEPER = `
folder=$1; shift
exec 3<&0
"$@" 3<&- </dev/null & server=$!
{ cat <&3 >/dev/null; kill "$server"; } 2>/dev/null &
exec 3<&-
wait "$server"
rm -rf "$folder"
`;

export interface KeptProcess {
  readonly process: ChildProcess & { readonly stderr: Readable };
  /** Ends the server and removes its folder; resolves when both are gone. */
  stop(): Promise<void>;
}

/** Starts a server that ends, with its folder, when this process does. */
export function startKept(folder: string, command: readonly string[]): KeptProcess {
  const keeper = spawn("sh", ["-c", KEEPER, "keeper", folder, ...command], {
    stdio: ["pipe", "ignore", "pipe"],
  });
  const ended = once(keeper, "exit");
  return {
    process: keeper,
    stop: async () => {
      keeper.stdin.destroy();
      await ended;
    },
  };
}

/** A port of 127.0.0.1 that nobody listens on. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("the system gave no port");
  return address.port;
}
