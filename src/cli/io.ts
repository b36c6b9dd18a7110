import { type OutputStream, Printer } from "./printer.js";

/** The world as the command line finds it; tests hand in another. */
export interface World {
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: () => number;
  readonly signal: AbortSignal;
}

/** The world as commands see it. */
export interface Io extends Omit<World, "stdout" | "stderr"> {
  readonly stdout: Printer;
  readonly stderr: Printer;
}

export function ioOf(world: World): Io {
  return { ...world, stdout: new Printer(world.stdout), stderr: new Printer(world.stderr) };
}

/** What a run ended as, for the shell. */
export const EXIT = { ok: 0, failed: 1, usage: 2, incomplete: 3, interrupted: 130 } as const;
export type ExitStatus = (typeof EXIT)[keyof typeof EXIT];
