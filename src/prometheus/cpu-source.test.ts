import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { type Fault, type SimulationServer, serveSimulation, simulateCluster } from "../testing/index.js";
import { type CpuGap, type CpuHours, isGap } from "../usage/cpu.js";
import { type FinishedHour, HOUR_MS, hoursIn } from "../usage/hour.js";
import { ADA_MODES } from "../usage/modes.js";
import { type PrometheusCpuOptions, prometheusCpuSource } from "./cpu-source.js";
import type { Labels } from "./replies/matrix.js";

const FROM = Date.UTC(2025, 8, 10);
const INTERVAL = { from: FROM, to: FROM + 30 * HOUR_MS };
const REQUEST = {
  hours: hoursIn(INTERVAL) as FinishedHour[],
  projects: ["IDAaaS", "CDAaaS", "DDAaaS"],
  modes: ADA_MODES,
};

const sumOf = (column: Float64Array): number =>
  column.reduce((sum, value) => sum + (Number.isNaN(value) ? 0 : value), 0);

describe("CPU-seconds over HTTP", () => {
  let server: SimulationServer;
  let fault: Fault | undefined;
  let open = 0;
  let mostOpen = 0;

  /** Counts requests until the last byte of their answer has been taken. */
  const counting: typeof fetch = async (input, init) => {
    open += 1;
    mostOpen = Math.max(mostOpen, open);
    try {
      const response = await fetch(input, init);
      return new Response(await response.arrayBuffer(), response);
    } finally {
      open -= 1;
    }
  };
  const source = (options: Partial<PrometheusCpuOptions> = {}) =>
    prometheusCpuSource({ url: server.prometheusUrl, fetch: counting, retries: 0, ...options });
  const all = async (options: Partial<PrometheusCpuOptions>): Promise<(CpuHours | CpuGap)[]> => {
    mostOpen = 0;
    const batches: (CpuHours | CpuGap)[] = [];
    for await (const batch of source(options).cpuHours(REQUEST)) batches.push(batch);
    return batches;
  };

  beforeAll(async () => {
    const cluster = simulateCluster({ interval: { from: FROM, to: INTERVAL.to + 2 * HOUR_MS }, hosts: 6 });
    server = await serveSimulation({ cluster, faults: () => fault });
  });
  afterAll(() => server.close());

  it.each([1, 2, 3, 4, 8])("are the same with at most %i requests at a time", async (concurrency) => {
    fault = { delayMs: 5 };
    const got = await all({ concurrency, hoursPerRequest: 6 });
    expect(mostOpen).toBe(concurrency);
    fault = undefined;
    const oneByOne = await all({ concurrency: 1, hoursPerRequest: 6 });
    expect(got).toEqual(oneByOne);
    expect(got.map((batch) => batch.hours.length)).toEqual([6, 6, 6, 6, 6]);
  });

  it("are the same in parts", async () => {
    fault = undefined;
    const hostHours = async (concurrency: number): Promise<Map<string, number[][]>> => {
      const [batch, ...more] = await all({ concurrency });
      if (batch === undefined || isGap(batch) || more.length > 0) throw new Error("not one batch");
      const of = (column: Float64Array, row: number): number[] => [
        ...column.subarray(row * batch.hours.length, (row + 1) * batch.hours.length),
      ];
      return new Map(
        batch.hosts.map((host, row) => [
          JSON.stringify(host),
          [batch.busyCpuSeconds, batch.idleCpuSeconds, batch.expectedCpuSeconds].map((c) => of(c, row)),
        ]),
      );
    };
    const whole = await hostHours(1);
    expect(whole.size).toBe(6);
    expect(await hostHours(2)).toEqual(whole);
  });

  it("are four requests at most at a time unless told otherwise", async () => {
    fault = { delayMs: 5 };
    await all({ hoursPerRequest: 3 });
    expect(mostOpen).toBe(4);
  });

  it("of hosts without a boot time are the same but for a scrape where one reboots", async () => {
    fault = undefined;
    const withoutBoot: typeof fetch = async (input, init) => {
      const request = new Request(input, init);
      const query = new URLSearchParams(await request.clone().text()).get("query") ?? "";
      if (!query.includes("node_boot")) return counting(request);
      const reply = (await (await counting(request)).json()) as { data: { result: { metric: Labels }[] } };
      reply.data.result = reply.data.result.filter(
        ({ metric }) => metric.__name__ !== "node_boot_time_seconds" && !metric.fact?.startsWith("boot"),
      );
      return Response.json(reply);
    };
    const totals = (batches: (CpuHours | CpuGap)[]): [observed: number, expected: number][] =>
      batches.flatMap((batch) =>
        isGap(batch) ? [] : [[sumOf(batch.observedCpuSeconds), sumOf(batch.expectedCpuSeconds)]],
      );
    const [[observed = 0, expected = 0] = []] = totals(await all({}));
    const [[without = 0, counted = 0] = []] = totals(await all({ fetch: withoutBoot }));
    expect(observed).toBeGreaterThan(3e6);
    expect(Math.abs(without / observed - 1)).toBeLessThan(0.0005);
    expect(Math.abs(counted / expected - 1)).toBeLessThan(0.0005);
  });

  it("refuse a concurrency that is none", () => {
    expect(() => source({ concurrency: 0 })).toThrow(expect.objectContaining({ code: "bad-input" }));
  });

  it("of the next chunk are on their way while one is worked on", async () => {
    fault = undefined;
    const before = server.requests.length;
    for await (const batch of source({ hoursPerRequest: 10 }).cpuHours(REQUEST)) {
      expect(isGap(batch)).toBe(false);
      await new Promise((resolve) => setTimeout(resolve, 200));
      // Six questions a chunk at least: scrapes, facts of hosts, and busy and idle at the edges and just after them.
      expect(server.requests.length - before).toBeGreaterThanOrEqual(12);
      break;
    }
  });

  it("that nobody waits for any more are cancelled", async () => {
    fault = undefined;
    for await (const batch of source({ hoursPerRequest: 10 }).cpuHours(REQUEST)) {
      expect(batch.hours).toHaveLength(10);
      fault = { hang: true };
      // The next chunk is asked for now.
      await vi.waitFor(() => expect(open).toBe(4));
      break;
    }
    await vi.waitFor(() => expect(open).toBe(0));
    fault = undefined;
  });

  it("of which one query is refused leave the others alone", async () => {
    fault = { hang: true };
    const refusing: typeof fetch = async (input, init) => {
      const query = input instanceof Request ? await input.clone().text() : "";
      return query.includes("sum+by+") ? new Response("no", { status: 422 }) : counting(input, init);
    };
    const hours = REQUEST.hours.slice(0, 1);
    for await (const batch of source({ fetch: refusing, concurrency: 8 }).cpuHours({ ...REQUEST, hours }))
      expect(isGap(batch) && batch.error.message).toMatch(/answered 422/);
    await vi.waitFor(() => expect(open).toBe(0));
  });
});
