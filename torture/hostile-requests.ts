import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import fc from "fast-check";
import type { TortureOptions, TortureResult } from "./campaign.js";
import { type Check, checkAgainst } from "./requests/check.js";
import { type HostileRequest, kindsOf } from "./requests/kinds.js";
import { HostileClient } from "./requests/send.js";
import { type HostileWorld, hostileWorld } from "./requests/world.js";

const AT_A_TIME = 16;
const DRAWN_AT_ONCE = 500;
const MOST_TOLD = 10;
/** What the heap may grow by in the last two thirds of a run: caches that fill up, code that is compiled. */
const MOST_GROWTH_BYTES = 8 * 2 ** 20;

/**
 * Asks the real handler over `node:http` what its own OpenAPI document makes thinkable, and nonsense besides. No reply
 * may be a 5xx, of another shape than the document says, or tell of people whom the viewer may not see; nothing may be
 * told to the host application as trouble inside; and the heap may not grow.
 */
export async function hostileRequests(options: TortureOptions): Promise<TortureResult[]> {
  const world = await hostileWorld();
  const client = new HostileClient(world.port);
  try {
    return await run(options, world, client);
  } finally {
    client.close();
    await world.close();
  }
}

async function run(
  { seed, count, signal }: TortureOptions,
  { document, errors }: HostileWorld,
  client: HostileClient,
): Promise<TortureResult[]> {
  const check = checkAgainst(document);
  const kinds = Object.entries(kindsOf(document));
  const results = new Map(
    kinds.map(([kind]) => [kind, { kind, tried: 0, failed: 0, failures: [] as string[] }]),
  );
  const goesOn = (): boolean => signal?.aborted !== true;
  const heap: number[] = [];
  const rounds = Math.max(3, Math.ceil(count / (kinds.length * DRAWN_AT_ONCE)));
  const drawn = Math.ceil(count / (kinds.length * rounds));
  for (let round = 0; round < rounds && goesOn(); round++) {
    for (const [kind, arbitrary] of kinds) {
      if (!goesOn()) break;
      const requests = fc.sample(arbitrary, { seed: seed + round, numRuns: drawn });
      const failures = await sendAll(requests, client, check, signal);
      const result = results.get(kind);
      if (result === undefined) continue;
      result.tried += requests.length;
      result.failed += failures.length;
      result.failures.push(...failures.slice(0, MOST_TOLD - result.failures.length));
    }
    heap.push(heapBytes());
  }
  return [...results.values(), insideOf(errors), growthOf(heap)];
}

/** Sends some at a time; says what was wrong. */
async function sendAll(
  requests: readonly HostileRequest[],
  client: HostileClient,
  check: Check,
  signal: AbortSignal | undefined,
): Promise<string[]> {
  const failures: string[] = [];
  const waiting = requests.values();
  const one = async (): Promise<void> => {
    for (const request of waiting) {
      if (signal?.aborted === true) return;
      const wrong = await client.send(request).then(
        (reply) => check(request, reply),
        (error: unknown) => `breaks off: ${String(error)}`,
      );
      if (wrong !== undefined)
        failures.push(`${JSON.stringify({ ...request, operation: undefined })} ${wrong}`);
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, one));
  return failures;
}

function insideOf(errors: readonly unknown[]): TortureResult {
  const failures = errors.slice(0, MOST_TOLD).map(String);
  return { kind: "trouble inside", tried: 1, failed: Math.min(1, errors.length), failures };
}

/** From the end of the first third on, when caches are filled, to the end. */
function growthOf(heap: readonly number[]): TortureResult {
  const [before = 0, after = 0] = [heap[Math.floor(heap.length / 3)], heap.at(-1)];
  const grown = after - before;
  const failures = grown > MOST_GROWTH_BYTES ? [`the heap grew by ${(grown / 2 ** 20).toFixed(1)} MB`] : [];
  return { kind: "growth of the heap", tried: 1, failed: failures.length, failures };
}

/** What is in use once everything that can be given back has been. */
function heapBytes(): number {
  setFlagsFromString("--expose-gc");
  const collect: unknown = runInNewContext("gc");
  if (typeof collect === "function") collect();
  return process.memoryUsage().heapUsed;
}
