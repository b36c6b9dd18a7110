import { setTimeout } from "node:timers/promises";
import { Served } from "../bench/viewers/served.js";
import { Tally, type TortureResult } from "./campaign.js";
import { randomNumbers } from "./random-numbers.js";
import { type Actor, ask, type Screen, stall, textOf, watch } from "./viewers/actor.js";

export interface ViewersOptions {
  readonly seed: number;
  readonly viewers: number;
  readonly seconds: number;
  readonly signal?: AbortSignal | undefined;
}

const WORKSPACES = 300;
const MOST_PER_CLIENT = 20;
const STALLED_MS = 1500;
const HEALTH_MS = 1000;
/** What the heap may have grown by: the engine keeps code and pools of its own. */
const HEAP_BYTES = 10_000_000;
/** A list that is asked for a moment later may have others in it, since workspaces overtake each other. */
const OTHERS = 2;

const QUERIES = ["", "?limit=5", "?limit=7&sort=idle", "?search=muon&limit=20", "?search=user1&sort=energy"];
const WRONG = [
  "?limit=0",
  "?limit=x",
  "?sort=size",
  "?offset=-1",
  "?search=a&search=b",
  `?search=${"x".repeat(200)}`,
];

/**
 * Viewers that come, go, stall, break off, come back and ask for what there is not, of a service in a process of
 * its own on loopback. Each is to see what is its own and right, `/health` is to answer throughout, and at the
 * end heap and handles are to be what they were.
 */
export async function viewers(options: ViewersOptions): Promise<TortureResult[]> {
  const served = await Served.start({
    ...{ workspaces: WORKSPACES, pollMs: 1000, everyMs: 100, heartbeatMs: 200 },
    ...{ maxPerClient: MOST_PER_CLIENT, stalledMs: STALLED_MS },
  });
  const record = new Record();
  try {
    const atStart = await served.ask("measure");
    await round(served, record, { ...options, viewers: 20, seconds: 1 });
    await setTimeout(STALLED_MS);
    const before = await served.ask("measure");
    await round(served, record, options);
    await setTimeout(2 * STALLED_MS);
    const after = await served.ask("measure");
    await record.one("heap back to the start", async () => {
      const grown = after.heapBytes - before.heapBytes;
      if (grown > HEAP_BYTES) throw new Error(`the heap has grown by ${(grown / 1e6).toFixed(1)} MB`);
    });
    await record.one("handles back to the start", async () => {
      const more = after.handles - atStart.handles;
      if (more > 0) throw new Error(`${more} more handles are open`);
    });
  } finally {
    served.stop();
  }
  return record.kinds();
}

async function round(served: Served, record: Record, options: ViewersOptions): Promise<void> {
  const deadline = performance.now() + options.seconds * 1000;
  const goesOn = (): boolean => performance.now() < deadline && options.signal?.aborted !== true;
  const acting = Array.from({ length: options.viewers }, async (_, n) => {
    const random = randomNumbers(options.seed + n);
    const address = `127.1.${n >> 7}.${1 + (n & 127)}`;
    while (goesOn()) await act({ port: served.port, address, user: userOf(n) }, random, record);
  });
  const watching = (async () => {
    while (goesOn()) {
      await record.one("/health", async () => {
        const ms = await served.health();
        if (ms > HEALTH_MS) throw new Error(`/health took ${ms.toFixed(0)} ms`);
      });
      await setTimeout(100);
    }
  })();
  await Promise.all([...acting, watching]);
}

/** Every third has no name. */
function userOf(n: number): string | null {
  return n % 3 === 0 ? null : `user${n % WORKSPACES}`;
}

type Random = () => number;

async function act(actor: Actor, random: Random, record: Record): Promise<void> {
  const query = QUERIES[Math.floor(random() * QUERIES.length)] ?? "";
  const forMs = 100 + random() * 900;
  const dice = random();
  if (dice < 0.6) await record.one("watch and come back", () => comeBack(actor, query, forMs, random));
  else if (dice < 0.75) await record.one("break off", () => breakOff(actor, query));
  else if (dice < 0.85) await record.one("stall", () => stall(actor, 2 * forMs));
  else if (dice < 0.97) await record.one("wrong parameters", () => askWrongly(actor, random));
  else await record.one("crowd", () => crowd(actor));
}

/** Watches, breaks off, comes back with what it had, and then has what the list says. */
async function comeBack(actor: Actor, query: string, forMs: number, random: Random): Promise<void> {
  const asked = { path: `/v1/sites/isis/live${query}`, isGzip: random() < 0.5 };
  let screen: Screen = { workspaces: new Map(), lastEventId: undefined };
  for (let time = 0; time < 2; time++)
    screen = await watch(actor, { ...asked, lastEventId: screen.lastEventId }, forMs, screen.workspaces);
  const list = query === "" ? "?limit=50" : query;
  const { status, text } = await textOf(actor, `/v1/sites/isis/workspaces${list}`);
  if (status !== 200) throw new Error(`the list of ${list} answered ${status}`);
  const ids = JSON.parse(text).workspaces.map(({ id }: { id: string }) => id);
  // On a busy machine nothing may have come in so short a time.
  if (screen.lastEventId === undefined) return;
  const others = [...screen.workspaces.keys()].filter((id) => !ids.includes(id)).length;
  if (screen.workspaces.size !== ids.length || others > OTHERS)
    throw new Error(
      `${query}: ${screen.workspaces.size} on the screen, ${others} not of the ${ids.length} listed`,
    );
}

async function breakOff(actor: Actor, query: string): Promise<void> {
  const { reply, leave } = await ask(actor, { path: `/v1/sites/isis/live${query}`, isGzip: true });
  if (reply.statusCode !== 200) throw new Error(`answered ${reply.statusCode}`);
  leave();
}

async function askWrongly(actor: Actor, random: Random): Promise<void> {
  const wrong = WRONG[Math.floor(random() * WRONG.length)] ?? "";
  const { status, text } = await textOf(actor, `/v1/sites/isis/live${wrong}`);
  if (status !== 400 || JSON.parse(text).status !== 400)
    throw new Error(`${wrong} answered ${status}: ${text}`);
}

/** Comes as more than one client may be: the rest are refused, and only they. */
async function crowd(actor: Actor): Promise<void> {
  const all = Array.from({ length: MOST_PER_CLIENT + 5 }, () =>
    ask(actor, { path: "/v1/sites/isis/live?limit=1", isGzip: false }),
  );
  const opened = await Promise.all(all);
  const refused = opened.filter(({ reply }) => reply.statusCode === 429);
  const hasTime = refused.every(({ reply }) => Number(reply.headers["retry-after"]) > 0);
  for (const { leave } of opened) leave();
  await setTimeout(50);
  if (refused.length < 5 || !hasTime) throw new Error(`${refused.length} of ${opened.length} were refused`);
}

class Record {
  readonly #tally = new Tally();

  async one(kind: string, attempt: () => Promise<void>): Promise<void> {
    try {
      await attempt();
      this.#tally.add(kind, undefined);
    } catch (error) {
      this.#tally.add(kind, error instanceof Error ? error.message : String(error));
    }
  }

  kinds(): TortureResult[] {
    return this.#tally.results();
  }
}
