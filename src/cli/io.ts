import { timer } from "../workspaces/schedule.js";
import { loggedFetch } from "./logged-fetch.js";
import { type OutputStream, Printer } from "./printer.js";

/** The world as the command line finds it; tests hand in another. */
export interface World {
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: () => number;
  readonly signal: AbortSignal;
  /** Waits so many milliseconds, or returns early when aborted. Default: a timer. */
  readonly sleep?: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** The world as commands see it. */
export interface Io extends Required<Omit<World, "stdout" | "stderr">> {
  readonly stdout: Printer;
  readonly stderr: Printer;
  /** For every request that a command makes: `--verbose` says what was asked. */
  readonly fetch: typeof fetch;
}

export function ioOf(world: World): Io {
  const [stdout, stderr] = [new Printer(world.stdout, world.env), new Printer(world.stderr, world.env)];
  return { sleep: timer, ...world, stdout, stderr, fetch: loggedFetch(stderr) };
}

/** What a run ended as, for the shell. */
export const EXIT = { ok: 0, failed: 1, usage: 2, incomplete: 3, interrupted: 130 } as const;
export type ExitStatus = (typeof EXIT)[keyof typeof EXIT];
