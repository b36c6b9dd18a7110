import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { victimOf } from "../test/support/victim.ts";
import { Tally, type TortureOptions, type TortureResult } from "./campaign.ts";
import { type Command, commandWorld, run, type World } from "./commands.ts";
import { contentsOf, differenceIn } from "./contents.ts";
import { SHELVES, type Shelf, shelvesHere } from "./places.ts";
import { randomNumbers } from "./random-numbers.ts";

export interface KillOptions extends TortureOptions {
  /** Of `folder`, `sqlite`, `postgres` and `mongodb`. Default: all that this machine has. */
  readonly stores?: string[] | undefined;
}

/** A command on a kind of store, what it leaves when it is left alone, and how long it takes. */
interface Case {
  readonly kind: string;
  readonly shelf: Shelf;
  readonly command: Command;
  readonly expected: unknown;
  readonly takesMs: number;
}

/** Many at a time: most of a kill is waiting, and a database that lost its writer waits for its lock. */
const AT_ONCE = 4;
/** A killed run's lock in MongoDB is held for 15 s. */
const PATIENCE_MS = 60_000;

/**
 * Kills child processes of every command that writes, at random moments, over every kind of store; runs each again, and
 * compares all rows, averages and sessions, in every quantity, with those of a run that nobody disturbed.
 */
export async function kills(options: KillOptions): Promise<TortureResult[]> {
  const { seed, count, stores = shelvesHere(), signal } = options;
  const root = await mkdtemp(join(tmpdir(), "ada-carbon-kills-"));
  const world = await commandWorld(join(root, "files"));
  const shelves: Shelf[] = [];
  const tally = new Tally();
  try {
    const cases: Case[] = [];
    for (const store of stores) {
      const shelf = await SHELVES[store]?.(join(root, store));
      if (shelf === undefined)
        throw new Error(`${store} is no kind of store; there are ${Object.keys(SHELVES)}`);
      shelves.push(shelf);
      cases.push(...(await casesOn(store, shelf, world)));
    }
    const draw = randomNumbers(seed);
    // Commands take turns, so that any count has something of each.
    const planned = Array.from({ length: count }, (_, i) => ({
      i,
      moment: draw(),
      of: cases[i % cases.length],
    }));
    const worker = async (): Promise<void> => {
      for (let next = planned.shift(); next?.of !== undefined; next = planned.shift()) {
        if (signal?.aborted === true) return;
        const killAfterMs = next.of.takesMs * (0.25 + 1.25 * next.moment);
        const failure = await killed(next.of, `kill${next.i}`, killAfterMs);
        const what = `kill ${next.i}, after ${Math.round(killAfterMs)} ms`;
        tally.add(next.of.kind, failure && `${what}: ${failure}`);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
  } finally {
    for (const shelf of shelves) await shelf.close();
    await world.close();
    await rm(root, { recursive: true, force: true });
  }
  return tally.results();
}

/** Every command on one kind of store, each run once without being disturbed. */
async function casesOn(store: string, shelf: Shelf, world: World): Promise<Case[]> {
  for (const begins of ["tables", "hours"] as const) {
    await shelf.copy("nothing", begins);
    await world.prepare(begins, shelf.storeOf(begins));
  }
  const cases: Case[] = [];
  for (const [i, command] of world.commands.entries()) {
    const name = `whole${i}`;
    await shelf.copy(command.begins, name);
    const begun = performance.now();
    await run(command.argumentsFor(shelf.storeOf(name), ""));
    const takesMs = performance.now() - begun;
    const expected = await contentsOf(shelf.storeOf(name));
    await shelf.remove(name);
    cases.push({ kind: `kill ${command.name}, ${store}`, shelf, command, expected, takesMs });
  }
  return cases;
}

/** Kills one run and runs it again: what is wrong afterwards, if anything. */
async function killed(
  { shelf, command, expected }: Case,
  name: string,
  killAfterMs: number,
): Promise<string | undefined> {
  try {
    await shelf.copy(command.begins, name);
    const store = shelf.storeOf(name);
    const victim = victimOf(spawn(process.execPath, command.argumentsFor(store, "")));
    await Promise.race([sleep(killAfterMs), victim.gone]);
    victim.process.kill("SIGKILL");
    const printed = await victim.gone;
    await runWhenFree(command.argumentsFor(store, printed));
    const difference = differenceIn(await contentsOf(store), expected);
    await shelf.remove(name);
    return difference;
  } catch (error) {
    return error instanceof Error ? error.message.replaceAll("\n", " ") : String(error);
  }
}

/** Runs to the end, after a lock that the killed run held is free. */
async function runWhenFree(given: readonly string[]): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    try {
      await run(given);
      return;
    } catch (error) {
      const isLocked = error instanceof Error && error.message.includes("another run");
      if (!isLocked || performance.now() > deadline) throw error;
      await sleep(1000);
    }
  }
}
