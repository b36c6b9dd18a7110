import { readFileSync } from "node:fs";
import { afterEach, describe, expect, test } from "vitest";
import { hasRecordings, recordingAt } from "../../test/support/recordings.js";
import { type SimulatedCluster, simulateCluster } from "./cluster.js";
import { type GridPeriod, simulateGrid } from "./grid.js";
import { type SimulationServer, type SimulationServerOptions, serveSimulation } from "./server.js";

const HOUR = 3_600_000;
const FROM = Date.parse("2025-09-10T00:00:00Z");
const cluster: SimulatedCluster = simulateCluster({
  interval: { from: FROM, to: FROM + 4 * HOUR },
  hosts: 5,
  events: "none",
});

const open: SimulationServer[] = [];

async function serve(options: Partial<SimulationServerOptions> = {}): Promise<SimulationServer> {
  const server = await serveSimulation({ cluster, ...options });
  open.push(server);
  return server;
}

afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.close()));
});

// biome-ignore lint/suspicious/noExplicitAny: replies are looked into member by member
const json = async (url: string, init?: RequestInit): Promise<any> => (await fetch(url, init)).json();

describe("the simulated Prometheus", () => {
  test("answers GET and POST alike, at the clock's time unless told otherwise", async () => {
    const { prometheusUrl } = await serve();
    const wanted = {
      status: "success",
      data: { resultType: "vector", result: [{ metric: {}, value: [FROM / 1000 + 4 * 3600 + 600, "5"] }] },
    };
    const body = new URLSearchParams({ query: "count(up)" });
    expect(await json(`${prometheusUrl}/api/v1/query`, { method: "POST", body })).toEqual(wanted);
    expect(await json(`${prometheusUrl}/api/v1/query?${body}`)).toEqual(wanted);
  });

  test("holds nothing later than its clock", async () => {
    let now = FROM + HOUR;
    const { prometheusUrl } = await serve({ clock: () => now });
    const count = async (): Promise<unknown> => {
      const query = new URLSearchParams({
        query: "sum(count_over_time(up[4h]))",
        time: String(FROM / 1000 + 4 * 3600),
      });
      return (await json(`${prometheusUrl}/api/v1/query?${query}`)).data.result[0].value[1];
    };
    expect(await count()).toBe(String(5 * 60));
    now += HOUR;
    expect(await count()).toBe(String(5 * 120));
  });

  test("refuses in Prometheus's own words", async () => {
    const { prometheusUrl } = await serve();
    const reply = await fetch(`${prometheusUrl}/api/v1/query?query=topk(1,up)`);
    expect(reply.status).toBe(400);
    expect(await reply.json()).toEqual({
      status: "error",
      errorType: "bad_data",
      error: expect.stringContaining("topk"),
    });
    const unknown = await fetch(`${prometheusUrl}/api/v1/nothing`);
    expect([unknown.status, await unknown.text()]).toEqual([404, "404 page not found\n"]);
  });

  test("remembers every request", async () => {
    const { prometheusUrl, intensityUrl, requests } = await serve();
    const body = new URLSearchParams({ query: "up" });
    await fetch(`${prometheusUrl}/api/v1/query?time=1`, {
      method: "POST",
      body,
      headers: { "X-Scope-OrgID": "ada" },
    });
    await fetch(`${intensityUrl}/intensity`);
    const [first, second] = requests;
    expect(first).toMatchObject({
      method: "POST",
      path: "/api/v1/query",
      headers: { "x-scope-orgid": "ada" },
    });
    expect(Object.fromEntries(first?.parameters ?? [])).toEqual({ time: "1", query: "up" });
    expect(second).toMatchObject({ method: "GET", path: "/intensity-api/intensity" });
  });
});

describe("faults", () => {
  const up = (server: SimulationServer, init?: RequestInit): Promise<Response> =>
    fetch(`${server.prometheusUrl}/api/v1/query?query=up`, init);

  test("replace status, headers and body", async () => {
    const fault = { status: 502, body: "<html>", headers: { "content-type": "text/html" } };
    const reply = await up(await serve({ faults: () => fault }));
    expect([reply.status, reply.headers.get("content-type"), await reply.text()]).toEqual([
      502,
      "text/html",
      "<html>",
    ]);
  });

  test("spare what they do not name", async () => {
    const server = await serve({
      faults: ({ path }) => (path.startsWith("/intensity") ? { status: 500 } : undefined),
    });
    expect((await up(server)).status).toBe(200);
    expect((await fetch(`${server.intensityUrl}/intensity`)).status).toBe(500);
  });

  test("delay", async () => {
    const server = await serve({ faults: () => ({ delayMs: 120 }) });
    const start = performance.now();
    expect((await up(server)).status).toBe(200);
    expect(performance.now() - start).toBeGreaterThan(100);
  });

  test("hang until the client gives up, and do not keep the server from closing", async () => {
    const server = await serve({ faults: () => ({ hang: true }) });
    await expect(up(server, { signal: AbortSignal.timeout(50) })).rejects.toThrow();
    const pending = up(server).catch((error: unknown) => error);
    while (server.requests.length < 2) await new Promise((resolve) => setTimeout(resolve, 5));
    await server.close();
    expect(await pending).toBeInstanceOf(TypeError);
  });

  test("cut the body short", async () => {
    for (const truncateAt of [0, 20]) {
      const reply = await up(await serve({ faults: () => ({ truncateAt }) }));
      expect(reply.status).toBe(200);
      await expect(reply.text()).rejects.toThrow();
    }
  });

  test("reset the connection", async () => {
    await expect(up(await serve({ faults: () => ({ reset: true }) }))).rejects.toThrow();
  });
});

describe("the simulated intensity service", () => {
  const now = FROM + 24 * HOUR + 10 * 60_000;
  const rows = async (path: string, options: Partial<SimulationServerOptions> = {}): Promise<Row[]> => {
    const { intensityUrl } = await serve({ clock: () => now, ...options });
    return (await json(`${intensityUrl}${path}`)).data;
  };
  const ends = (list: readonly Row[]): string[] => [list[0]?.from ?? "", list.at(-1)?.to ?? ""];

  test.each([
    ["/intensity/2025-09-09T00:00Z/2025-09-10T23:59Z", 96, "2025-09-08T23:30Z", "2025-09-10T23:30Z"],
    ["/intensity/2025-09-09T00:00Z/2025-09-10T00:00Z", 49, "2025-09-08T23:30Z", "2025-09-10T00:00Z"],
    ["/intensity/2025-09-09T00:01Z/2025-09-10T00:00Z", 48, "2025-09-09T00:00Z", "2025-09-10T00:00Z"],
    ["/intensity/2025-09-09T00:00Z/fw24h", 49, "2025-09-08T23:30Z", "2025-09-10T00:00Z"],
    ["/intensity/2025-09-09T00:00Z/fw48h", 97, "2025-09-08T23:30Z", "2025-09-11T00:00Z"],
    ["/intensity/2025-09-09T00:00Z/pt24h", 49, "2025-09-07T23:30Z", "2025-09-09T00:00Z"],
    ["/intensity/2025-09-09T00:30Z", 1, "2025-09-09T00:00Z", "2025-09-09T00:30Z"],
    ["/intensity", 1, "2025-09-10T23:30Z", "2025-09-11T00:00Z"],
    ["/intensity/2025-08-28T00:00Z/2025-09-11T00:00Z", 673, "2025-08-27T23:30Z", "2025-09-11T00:00Z"],
    // Nothing is known beyond two days from now.
    ["/intensity/2025-09-13T00:00Z/2025-09-20T00:00Z", 1, "2025-09-12T23:30Z", "2025-09-13T00:00Z"],
  ])("%s has %i rows", async (path, count, from, to) => {
    const list = await rows(path);
    expect(list).toHaveLength(count);
    expect(ends(list)).toEqual([from, to]);
  });

  test("knows what was measured only of periods that are over", async () => {
    const list = await rows("/intensity/2025-09-10T23:00Z/2025-09-11T01:00Z");
    expect(list.map(({ intensity }) => intensity.actual === null)).toEqual([false, false, false, true, true]);
  });

  test("agrees with the grid it was given", async () => {
    const grid = simulateGrid({ seed: 8, missing: [{ from: FROM, to: FROM + HOUR }] });
    const list = await rows("/intensity/2025-09-10T00:01Z/2025-09-10T05:00Z", { grid });
    const truth = grid.periods({ from: FROM, to: FROM + 5 * HOUR });
    expect(list.map(plain)).toEqual(truth);
    expect(list).toHaveLength(8);
  });

  test.each(["2025-09-10T05:00Z", "fw48h"])("wraps a region's periods in the region: %s", async (end) => {
    const grid = simulateGrid();
    const { intensityUrl } = await serve({ clock: () => now, grid });
    const { data } = await json(`${intensityUrl}/regional/intensity/2025-09-10T00:00Z/${end}/regionid/12`);
    expect(data).toMatchObject({ regionid: 12, shortname: "South England" });
    expect(data.data).toHaveLength(end === "fw48h" ? 97 : 11);
    for (const row of data.data) {
      expect(Object.keys(row.intensity)).toEqual(["forecast", "index"]);
      expect(row.intensity.forecast).toBe(grid.period(Date.parse(row.from), 12)?.forecast);
    }
  });

  test.each([
    "/intensity/2025-09-01T00:00Z/2025-09-15T00:01Z",
    "/intensity/2025-09-10T00:00Z/2025-09-10T00:00Z",
    "/intensity/2025-09-10T00:00Z/2025-09-09T00:00Z",
    "/intensity/2025-02-30T00:00Z/2025-03-01T00:00Z",
    "/intensity/2025-09-10T00:00:00Z/2025-09-11T00:00:00Z",
    "/regional/intensity/2025-09-10T00:00Z/2025-09-11T00:00Z/regionid/19",
    "/nonsense",
  ])("%s is refused", async (path) => {
    const { intensityUrl } = await serve();
    const reply = await fetch(`${intensityUrl}${path}`);
    expect(reply.status).toBe(400);
    expect(await reply.json()).toEqual({ error: { code: "400 Bad Request", message: expect.any(String) } });
  });

  const recording = recordingAt("national-2020-01-01T00_00Z-2020-01-02T23_59Z.json");
  test.skipIf(!hasRecordings())("has the rows and the shape of a recording of the real service", async () => {
    const { request, body } = JSON.parse(readFileSync(recording, "utf8"));
    const { intensityUrl } = await serve();
    const reply = await json(`${intensityUrl}${request}`);
    const shape = ({ from, to, intensity }: Row): unknown => [
      from,
      to,
      Object.entries(intensity).map(([name, value]) => [name, typeof value]),
    ];
    expect(reply.data.map(shape)).toEqual(body.data.map(shape));
    expect(Object.keys(reply)).toEqual(Object.keys(body));
  });
});

interface Row {
  readonly from: string;
  readonly to: string;
  readonly intensity: { readonly forecast: number; readonly actual: number | null; readonly index: string };
}

function plain({ from, to, intensity: { forecast, actual } }: Row): GridPeriod {
  return { from: Date.parse(from), to: Date.parse(to), forecast, actual };
}
