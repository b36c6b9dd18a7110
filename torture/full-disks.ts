import { execFile, execFileSync } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Tally, type TortureResult } from "./campaign.ts";
import { type Command, commandWorld, run, type World } from "./commands.ts";
import { contentsOf, differenceIn } from "./contents.ts";
import type { KillOptions } from "./kills.ts";
import { SHELVES, type Shelf } from "./places.ts";
import { randomNumbers } from "./random-numbers.ts";

/** Stores that are files of this machine. */
const KINDS = ["folder", "sqlite"];

/**
 * Runs a command (the arguments) on a copy of `$base` at `$place`, where there is little room, then again with enough,
 * and leaves in `$out` what was said and stored. With `$room`, the place is a file system of so many kilobytes; else no
 * file there may be longer than `$longest` blocks of 512 bytes, which is what a machine permits that lets nobody mount.
 */
const SCRIPT = `
set -u
if [ -n "$room" ]; then
  mount -t tmpfs -o "size=\${room}k" tmpfs "$place"
  cp -r "$base/." "$place"
  "$@" >"$out/first.txt" 2>&1
  echo $? >"$out/first.status"
  mount -o remount,size=1g "$place"
else
  cp -r "$base/." "$place"
  (trap '' XFSZ; ulimit -f "$longest"; exec "$@") >"$out/first.txt" 2>&1
  echo $? >"$out/first.status"
fi
"$@" >"$out/second.txt" 2>&1
echo $? >"$out/second.status"
cp -r "$place" "$out/after"
`;

interface Case {
  readonly kind: string;
  readonly shelf: Shelf;
  readonly command: Command;
  readonly expected: unknown;
  /** Kilobytes: before the command and, from there on, what it may need. */
  readonly base: number;
  readonly growth: number;
}

/**
 * Lets the disk fill up at random moments of every command that writes: the command says so in one line, and run again
 * with room it ends as one that nobody disturbed.
 */
export async function fullDisks(options: KillOptions): Promise<TortureResult[]> {
  const { seed, count, stores = KINDS, signal } = options;
  const root = await mkdtemp(join(tmpdir(), "ada-carbon-disks-"));
  const world = await commandWorld(join(root, "files"));
  const tally = new Tally();
  try {
    const cases: Case[] = [];
    for (const store of stores.filter((kind) => KINDS.includes(kind))) {
      const shelf = await SHELVES[store]?.(join(root, store));
      if (shelf !== undefined) cases.push(...(await casesOn(store, shelf, join(root, store), world)));
    }
    const draw = randomNumbers(seed);
    for (let i = 0; i < count && signal?.aborted !== true; i++) {
      const tried = cases[i % cases.length];
      if (tried === undefined) break;
      const failure = await filled(tried, join(root, `try${i}`), draw() ** 2);
      tally.add(tried.kind, failure && `full disk ${i}: ${failure}`);
    }
  } finally {
    await world.close();
    await rm(root, { recursive: true, force: true });
  }
  return tally.results();
}

async function casesOn(store: string, shelf: Shelf, root: string, world: World): Promise<Case[]> {
  for (const begins of ["tables", "hours"] as const) {
    await shelf.copy("nothing", begins);
    await world.prepare(begins, shelf.storeOf(begins));
  }
  const cases: Case[] = [];
  for (const [i, command] of world.commands.entries()) {
    // A tracker is no command that ends by itself on a full disk: it polls on.
    if (command.name === "tracker") continue;
    await shelf.copy(command.begins, `whole${i}`);
    await run(command.argumentsFor(shelf.storeOf(`whole${i}`), ""));
    const [base, whole] = [join(root, command.begins), join(root, `whole${i}`)].map(kilobytesIn);
    const expected = await contentsOf(shelf.storeOf(`whole${i}`));
    // New files are written beside the old ones.
    const growth = (whole ?? 0) + 64;
    cases.push({
      kind: `full disk ${command.name}, ${store}`,
      shelf,
      command,
      expected,
      base: base ?? 0,
      growth,
    });
  }
  return cases;
}

function kilobytesIn(path: string): number {
  return Number(execFileSync("du", ["-sk", path], { encoding: "utf8" }).split("\t")[0]);
}

/** Fills the disk of one run: what is wrong afterwards, if anything. `part` is how much of what it needs it gets. */
async function filled(
  { shelf, command, expected, base, growth }: Case,
  out: string,
  part: number,
): Promise<string | undefined> {
  // A name like those of the shelf's own, so that the store is named in the same way.
  const name = out.slice(out.lastIndexOf("/") + 1);
  const baseOf = (store: string): string => store.replace("sqlite:", "").replace("/carbon.db", "");
  const place = baseOf(shelf.storeOf(name));
  await mkdir(out, { recursive: true });
  await mkdir(place, { recursive: true });
  const room = Math.ceil(base + part * growth);
  const environment = {
    ...{ base: baseOf(shelf.storeOf(command.begins)), place, out },
    ...{ room: MAY_MOUNT ? String(room) : "", longest: String(Math.ceil(part * growth * 2)) },
  };
  await inScript(environment, [process.execPath, ...command.argumentsFor(shelf.storeOf(name), "")]);
  const said = async (file: string): Promise<string> => (await readFile(join(out, file), "utf8")).trim();
  const [first, text] = [await said("first.status"), await said("first.txt")];
  const isPlain = /^ada-carbon: [^\n]*(disk is full|quota|may write|disk failed)[^\n]*$/.test(text);
  if (first !== "0" && !(first === "1" && isPlain)) return `status ${first}, and it said: ${text}`;
  if ((await said("second.status")) !== "0") return `again, with room: ${await said("second.txt")}`;
  await rm(place, { recursive: true, force: true });
  const after = shelf.storeOf(name).replace(place, join(out, "after"));
  const difference = differenceIn(await contentsOf(after), expected);
  await rm(out, { recursive: true, force: true });
  return difference;
}

/** Whether a process may have a file system of its own, as root or in a namespace of users. */
const MAY_MOUNT: boolean = (() => {
  try {
    execFileSync("unshare", ["--user", "--map-root-user", "--mount", "true"], { stdio: "ignore" });
    return true;
  } catch {
    console.warn("\n*** No file system of one's own here: long files fail instead of a full disk. ***\n");
    return false;
  }
})();

function inScript(environment: Record<string, string>, command: readonly string[]): Promise<void> {
  const shell = ["sh", "-c", SCRIPT, "sh", ...command];
  const whole = MAY_MOUNT ? ["unshare", "--user", "--map-root-user", "--mount", ...shell] : shell;
  const [program = "", ...given] = whole;
  return new Promise((resolve, reject) => {
    execFile(program, given, { env: { ...process.env, ...environment } }, (error) => {
      if (error === null) resolve();
      else reject(error);
    });
  });
}
