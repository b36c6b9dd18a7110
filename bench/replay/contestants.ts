import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { told } from "../told.ts";

export interface Told {
  readonly ms: number;
  readonly peakMb: number;
}

export const start = (script: string, ...args: string[]): ChildProcess =>
  fork(fileURLToPath(new URL(script, import.meta.url)), args, {
    execArgv: ["--disable-warning=ExperimentalWarning"],
  });

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
