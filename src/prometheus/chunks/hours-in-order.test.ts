import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type CpuGap, type CpuHours, isGap } from "../../usage/cpu.js";
import { AdaCarbonError, type ErrorCode } from "../../usage/errors.js";
import { type FinishedHour, HOUR_MS } from "../../usage/hour.js";
import { type FetchedChunk, hoursInOrder } from "./hours-in-order.js";
import { firstSize } from "./plan-chunks.js";

const FROM = Date.UTC(2025, 8, 10);
const hoursOf = (count: number): FinishedHour[] =>
  Array.from({ length: count }, (_, i) => (FROM + i * HOUR_MS) as FinishedHour);
const index = (hour: number): number => (hour - FROM) / HOUR_MS;

/** A server that answers when it is told to, and keeps account of what it was asked. */
class Server {
  readonly asked: string[] = [];
  readonly cancelled: string[] = [];
  readonly #open = new Map<string, { succeed(): void; fail(error: Error): void }>();

  readonly fetch = (hours: readonly FinishedHour[], signal: AbortSignal): Promise<FetchedChunk> => {
    const name = nameOf(hours);
    this.asked.push(name);
    return new Promise((resolve, reject) => {
      this.#open.set(name, {
        succeed: () => resolve({ batch: batchOf(hours), columnBytes: hours.length }),
        fail: reject,
      });
      signal.addEventListener("abort", () => {
        if (this.#open.delete(name)) this.cancelled.push(name);
        reject(signal.reason);
      });
    });
  };

  answer(name: string, error?: Error): void {
    const call = this.#open.get(name);
    expect(call, `${name} is under way`).toBeDefined();
    this.#open.delete(name);
    if (error === undefined) call?.succeed();
    else call?.fail(error);
  }
}

const nameOf = (hours: readonly FinishedHour[]): string =>
  `${index(hours[0] ?? 0)}-${index(hours.at(-1) ?? 0)}`;
const batchOf = (hours: readonly FinishedHour[]): CpuHours => ({ hours }) as unknown as CpuHours;
const failure = (code: ErrorCode): AdaCarbonError => new AdaCarbonError(code, code);

function start(server: Server, hours: number, mostHours: number, signal?: AbortSignal) {
  return hoursInOrder({
    hours: hoursOf(hours),
    fetch: server.fetch,
    firstSize: firstSize(mostHours),
    targetBytes: 1e9,
    clock: () => 0,
    signal,
  });
}

/** Lets everything that can happen by itself happen. */
const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));
const said = ({ value }: IteratorResult<CpuHours | CpuGap, void>): string => {
  if (!value) return "the end";
  return isGap(value) ? `${nameOf(value.hours)} ${value.error.message}` : nameOf(value.hours);
};

describe("chunks", () => {
  it("wait for the first answer; then the next one is under way while one is worked on, and no more", async () => {
    const server = new Server();
    const chunks = start(server, 12, 3);
    const first = chunks.next();
    await settle();
    expect(server.asked).toEqual(["0-2"]);
    server.answer("0-2");
    expect(said(await first)).toBe("0-2");
    await settle();
    expect(server.asked).toEqual(["0-2", "3-5"]);

    // The consumer is waiting again and holds nothing, so one more may be under way.
    const second = chunks.next();
    await settle();
    expect(server.asked).toEqual(["0-2", "3-5", "6-8"]);
    server.answer("6-8");
    await settle();
    expect(server.asked).toHaveLength(3);
    server.answer("3-5");
    expect(said(await second)).toBe("3-5");
    expect(said(await chunks.next())).toBe("6-8");
    server.answer("9-11");
    expect(said(await chunks.next())).toBe("9-11");
    expect((await chunks.next()).done).toBe(true);
    expect(server.cancelled).toEqual([]);
  });

  it("under way are cancelled when the consumer stops, and their failures go unheard", async () => {
    const server = new Server();
    const chunks = start(server, 12, 3);
    const first = chunks.next();
    server.answer("0-2");
    await first;
    await chunks.return();
    expect(server.cancelled).toEqual(["3-5"]);
    // An unhandled rejection would fail the test run.
    await settle();
  });

  it("end with the signal's own reason, and all under way are cancelled", async () => {
    const server = new Server();
    const controller = new AbortController();
    const chunks = start(server, 12, 3, controller.signal);
    const first = chunks.next();
    server.answer("0-2");
    await first;
    const second = chunks.next();
    await settle();
    const reason = new Error("enough");
    controller.abort(reason);
    await expect(second).rejects.toBe(reason);
    expect(server.cancelled).toEqual(["3-5", "6-8"]);
  });

  it("refused come in halves, before those asked for after them, which are asked for again", async () => {
    const server = new Server();
    const chunks = start(server, 12, 4);
    const first = chunks.next();
    server.answer("0-3");
    await first;
    const second = chunks.next();
    await settle();
    expect(server.asked).toEqual(["0-3", "4-7", "8-11"]);
    server.answer("4-7", failure("too-large"));
    await settle();
    expect(server.cancelled).toEqual(["8-11"]);
    expect(server.asked.slice(3)).toEqual(["4-5"]);
    server.answer("4-5");
    expect(said(await second)).toBe("4-5");
    const rest: string[] = [];
    for (const name of ["6-7", "8-9", "10-11"]) {
      await settle();
      server.answer(name);
      rest.push(said(await chunks.next()));
    }
    expect(rest).toEqual(["6-7", "8-9", "10-11"]);
  });

  it("that no halving can help are gaps, and the one after them goes on", async () => {
    const server = new Server();
    const chunks = start(server, 9, 3);
    const first = chunks.next();
    server.answer("0-2");
    await first;
    server.answer("3-5", failure("bad-reply"));
    expect(said(await chunks.next())).toBe("3-5 bad-reply");
    server.answer("6-8");
    expect(said(await chunks.next())).toBe("6-8");
    expect(server.cancelled).toEqual([]);
  });

  it("of a server that is gone are one gap, without asking again", async () => {
    const server = new Server();
    const chunks = start(server, 12, 3);
    const first = chunks.next();
    server.answer("0-2");
    await first;
    const second = chunks.next();
    await settle();
    server.answer("3-5", failure("unreachable"));
    expect(said(await second)).toBe("3-11 unreachable");
    expect(server.cancelled).toEqual(["6-8"]);
    expect((await chunks.next()).done).toBe(true);
    expect(server.asked).toHaveLength(3);
  });

  it.each<[ErrorCode, chunks: number, requests: number]>([
    // 24 hours in chunks of 8.
    ["server-error", 1, 1],
    ["unreachable", 1, 1],
    ["bad-reply", 2, 2],
    ["refused", 2, 2],
    ["timeout", 1, 4],
    ["too-large", 13, 16],
  ])("of a server that answers everything by %s end in a gap", async (code, gaps, requests) => {
    let asked = 0;
    const chunks = hoursInOrder({
      hours: hoursOf(24),
      fetch: async () => {
        asked += 1;
        throw failure(code);
      },
      firstSize: firstSize(8),
      targetBytes: 1e9,
      clock: () => 0,
      signal: undefined,
    });
    const got: (CpuHours | CpuGap)[] = [];
    for await (const chunk of chunks) got.push(chunk);
    expect(got.flatMap(({ hours }) => hours)).toEqual(hoursOf(24));
    expect(got.every(isGap)).toBe(true);
    expect([got.length, asked]).toEqual([gaps, requests]);
  });

  it.each<Error>([failure("unauthorised"), failure("not-found"), new TypeError("a bug")])(
    "end all of them by %s",
    async (error) => {
      const server = new Server();
      const chunks = start(server, 12, 3);
      const first = chunks.next();
      server.answer("0-2");
      await first;
      const second = chunks.next();
      await settle();
      server.answer("3-5", error);
      await expect(second).rejects.toBe(error);
      expect(server.cancelled).toEqual(["6-8"]);
    },
  );
});

it("whatever fails, every hour comes exactly once and in order, and bad hours alone are gaps", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(fc.nat(99), { maxLength: 6 }),
      fc.integer({ min: 1, max: 120 }),
      fc.integer({ min: 1, max: 120 }),
      async (bad, mostHours, serverAllows) => {
        let asked = 0;
        const chunks = hoursInOrder({
          hours: hoursOf(100),
          fetch: async (hours) => {
            asked += 1;
            await Promise.resolve();
            if (hours.length > serverAllows || hours.some((hour) => bad.includes(index(hour))))
              throw failure("too-large");
            return { batch: batchOf(hours), columnBytes: 0 };
          },
          firstSize: firstSize(mostHours),
          targetBytes: 1e9,
          clock: () => 0,
          signal: undefined,
        });
        const got: number[] = [];
        const gaps: number[] = [];
        for await (const batch of chunks) {
          got.push(...batch.hours.map(index));
          if (isGap(batch)) gaps.push(...batch.hours.map(index));
        }
        expect(got).toEqual(hoursOf(100).map(index));
        expect(gaps).toEqual(bad.sort((a, b) => a - b));
        const smallest = Math.min(mostHours, serverAllows);
        expect(asked).toBeLessThan(2 * Math.ceil(200 / smallest) + 30 * (bad.length + 1));
      },
    ),
  );
});
