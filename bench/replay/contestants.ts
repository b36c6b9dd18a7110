import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

export interface Told {
  readonly ms: number;
  readonly peakMb: number;
}

export const start = (script: string, ...args: string[]): ChildProcess =>
  fork(fileURLToPath(new URL(script, import.meta.url)), args, {
    execArgv: ["--disable-warning=ExperimentalWarning"],
  });

/** What a child says first; rejects if it ends without a word. */
export async function told<T>(child: ChildProcess): Promise<T> {
  const ended = new AbortController();
  // Not "exit": what a child has said may arrive after it.
  child.once("disconnect", () =>
    ended.abort(new Error(`a contestant ended with ${child.exitCode} before it said anything`)),
  );
  const [said] = await once(child, "message", { signal: ended.signal }).catch(() => {
    throw ended.signal.reason;
  });
  return said as T;
}

/** A request that the job made, for others to make the same. */
export interface Asked {
  readonly path: string;
  readonly body: string;
}

/** Runs the whole job over so many days in a process of its own. */
export function jobDone(
  url: string,
  days: number,
  keepHosts: boolean,
): Promise<Told & { readonly asked: Asked[]; readonly files: number }> {
  return told(start("./job.ts", url, String(days), String(keepHosts)));
}

/**
 * Asks the same in a process of its own: parses the replies one after the other, or only reads them, as many at a time
 * as the job does.
 */
export function drained(
  url: string,
  asked: readonly Asked[],
  use: "parse" | "discard",
): Promise<Told & { readonly bytes: number }> {
  const drain = start("./drain.ts", url, use);
  drain.send([...asked]);
  return told(drain);
}
