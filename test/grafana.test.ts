import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { ADA, DAY_MS, HOUR_MS, type Scope } from "ada-carbon";
import { createHandler, type Handler, toNodeListener } from "ada-carbon/http";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { createCountingHandler } from "../src/http/handler.js";
import { hours, NOW, session, type World, world } from "./http-fixture.js";
import { type RealPrometheus, requirePrometheus, startPrometheus } from "./servers/prometheus.js";

// Counters of /metrics as a real Prometheus scrapes them, and the queries of examples/grafana over them.

const example = (name: string): string =>
  fileURLToPath(new URL(`../examples/grafana/${name}`, import.meta.url));
const promtool = process.env.PROMTOOL_BIN ?? "promtool";
const JOULES_PER_KWH = 3_600_000;
const NINE = NOW - (NOW % HOUR_MS) - 3 * HOUR_MS;
const IDAAAS: Scope = { kind: "project", name: "IDAaaS" };
const CDAAAS: Scope = { kind: "project", name: "CDAaaS" };
const MUON: Scope = { kind: "machine", name: "Muon" };
const COUNTED: readonly Scope[] = [ADA, IDAAAS, CDAAAS, MUON];
const BUSY = 'ada_carbon_energy_joules_total{kind="project", name="IDAaaS", use="busy"}';

interface Panel {
  readonly id: number;
  readonly title: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets: readonly { readonly refId: string; readonly expr: string }[];
}
const dashboard: {
  readonly uid: string;
  readonly schemaVersion: number;
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly { readonly name: string }[] };
} = JSON.parse(readFileSync(example("ada-carbon.json"), "utf8"));

describe("the dashboard", () => {
  it("has panels with ids of their own that do not overlap, and knows its variables", () => {
    const { panels, templating } = dashboard;
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, i) => `${x + (i % w)},${y + Math.floor(i / w)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
    expect(panels.every(({ gridPos }) => gridPos.x + gridPos.w <= 24)).toBe(true);
    const known = [...templating.list.map(({ name }) => name), "__range", "__rate_interval", "__all"];
    const used = [...JSON.stringify(dashboard).matchAll(/\$\{?(\w+)/g)].map(([, name]) => name);
    expect(known).toEqual(expect.arrayContaining(used));
  });
});

describe.skipIf(!requirePrometheus())("in a real Prometheus", () => {
  let served: World;
  let handler: Handler;
  let prometheus: RealPrometheus;
  const stops: (() => void)[] = [];

  beforeAll(async () => {
    served = await world({ authorise: () => ({ allow: true, users: "all" }) });
    await served.options.usage.remove(COUNTED, { from: NINE, to: NOW });
    handler = served.handler;
    const listener = toNodeListener((request) => handler(request));
    const server = createServer(listener).listen(0, "127.0.0.1");
    stops.push(
      () => server.close(),
      () => server.closeAllConnections(),
    );
    await once(server, "listening");
    const target = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    prometheus = await startPrometheus({
      config: `global: { scrape_interval: 250ms, scrape_timeout: 250ms }
scrape_configs: [{ job_name: ada-carbon, static_configs: [{ targets: ["${target}"] }] }]
`,
    });
    await scrapes(3);
  });
  afterAll(async () => {
    await prometheus?.stop();
    for (const stop of stops) stop();
  });

  async function query(text: string): Promise<{ metric: Record<string, string>; value: number }[]> {
    const reply = await fetch(`${prometheus.url}/api/v1/query?${new URLSearchParams({ query: text })}`);
    const body = await reply.json();
    expect(body.status, `${text}: ${body.error}`).toBe("success");
    const { result } = body.data as { result: { metric: Record<string, string>; value: [number, string] }[] };
    return result.map(({ metric, value }) => ({ metric, value: Number(value[1]) }));
  }
  const valueAt = async (text: string): Promise<number | undefined> => (await query(text))[0]?.value;
  const scrapesSoFar = async (): Promise<number> => (await valueAt("count_over_time(up[1h])")) ?? 0;
  /** So many more scrapes. */
  async function scrapes(count: number): Promise<void> {
    const before = await scrapesSoFar();
    const enough = async (): Promise<boolean> => (await scrapesSoFar()) >= before + count;
    await vi.waitUntil(enough, { timeout: 20_000, interval: 100 });
  }
  const store = (...sizes: readonly (readonly [Scope, number])[]): Promise<void> =>
    served.options.usage.replace(sizes.map(([scope, size]) => hours(scope, size)));

  it("counts hours that are stored from now on, and none of those that were there", async () => {
    expect(await valueAt(BUSY)).toBe(0);
    await store([ADA, 3], [IDAAAS, 1], [CDAAAS, 2], [MUON, 1]);
    await scrapes(2);
    const values = await query("ada_carbon_energy_joules_total");
    const kwh = (kind: string, name: string, use: string): number =>
      (values.find(({ metric }) => metric.kind === kind && metric.name === name && metric.use === use)
        ?.value ?? Number.NaN) / JOULES_PER_KWH;
    expect(kwh("ada", "ada", "busy")).toBe(9);
    expect(kwh("project", "IDAaaS", "busy")).toBe(3);
    expect(kwh("project", "CDAaaS", "idle")).toBe(3);
    expect(kwh("machine", "Muon", "busy")).toBe(3);
    expect(kwh("site", "isis", "busy")).toBe(3);
    expect(await valueAt('ada_carbon_carbon_grams_total{kind="project", name="IDAaaS", use="busy"}')).toBe(
      300,
    );
  });

  it("has data for every query of the dashboard", async () => {
    const expressions = dashboard.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr));
    expect(expressions.length).toBeGreaterThanOrEqual(10);
    for (const expr of expressions) {
      const asked = expr
        .replaceAll("$site", ".+")
        .replaceAll("$__range", "1m")
        .replaceAll("$__rate_interval", "5s");
      const found = await query(asked);
      expect(found.length, expr).toBeGreaterThan(0);
      for (const { value } of found) expect(value, expr).not.toBeNaN();
    }
    const energy = await valueAt('sum(increase(ada_carbon_energy_joules_total{kind="site"}[1m]))');
    expect((energy ?? 0) / JOULES_PER_KWH).toBeGreaterThan(4);
  });

  it("never goes back: neither for a correction downwards, nor for pruned hours", async () => {
    await store([IDAAAS, 0.5]);
    await scrapes(2);
    expect(await valueAt(BUSY)).toBe(3 * JOULES_PER_KWH);
    await served.options.usage.remove([IDAAAS], { from: 0, to: NOW });
    await scrapes(2);
    expect(await valueAt(BUSY)).toBe(3 * JOULES_PER_KWH);
    await store([IDAAAS, 1]);
    await scrapes(2);
    expect(await valueAt(BUSY)).toBe(3 * JOULES_PER_KWH);
  });

  it("a restart begins with 0, which adds nothing, and what was missed meanwhile is counted", async () => {
    const eleven = NINE + 2 * HOUR_MS;
    await served.options.usage.remove(COUNTED, { from: eleven, to: NOW });
    // Three days that nobody has filled yet.
    await served.options.usage.remove(COUNTED, { from: NOW - 5 * DAY_MS, to: NOW - 2 * DAY_MS });
    handler = createHandler(served.options);
    await scrapes(3);
    expect(await valueAt(BUSY)).toBe(0);
    await store([ADA, 3], [IDAAAS, 1], [CDAAAS, 2], [MUON, 1]);
    await scrapes(3);
    expect(await valueAt(BUSY)).toBe(JOULES_PER_KWH);
    expect(await valueAt(`resets(${BUSY}[1m])`)).toBe(1);
    // Three hours before and one after; Prometheus adds a little for the edges of the range.
    const increase = ((await valueAt(`increase(${BUSY}[1m])`)) ?? 0) / JOULES_PER_KWH;
    expect(increase).toBeGreaterThanOrEqual(4);
    expect(increase).toBeLessThan(4.5);
  });

  it("counts what is stored between the start of a service and its first scrape, from the second on", async () => {
    const ten = NINE + HOUR_MS;
    await served.options.usage.remove(COUNTED, { from: ten, to: NOW });
    const { handler: started, countFromNow } = createCountingHandler(served.options);
    await countFromNow(new AbortController().signal);
    await store([ADA, 3], [IDAAAS, 1], [CDAAAS, 2], [MUON, 1]);
    handler = started;
    await scrapes(3);
    // Two hours, at 1 kWh an hour.
    expect(await valueAt(BUSY)).toBe(2 * JOULES_PER_KWH);
    expect(((await valueAt(`increase(${BUSY}[2s])`)) ?? 0) / JOULES_PER_KWH).toBeGreaterThan(0);
  });

  it("counts workspaces on when sessions are pruned", async () => {
    const counter = 'ada_carbon_workspaces_energy_joules_total{site="isis", use="busy"}';
    const { workspaces } = served.options;
    const before = (await valueAt(counter)) ?? Number.NaN;
    await workspaces?.save([session(8, { busyKwh: 0.5, endedAt: NOW - 30_000 })]);
    await scrapes(2);
    expect((await valueAt(counter)) ?? 0).toBeCloseTo(before + 0.5 * JOULES_PER_KWH, 3);
    await workspaces?.removeEnded(NOW);
    await workspaces?.save([session(1, { busyKwh: 0.12 })]);
    await scrapes(2);
    await workspaces?.save([session(1, { busyKwh: 0.22 })]);
    await scrapes(2);
    const after = (await valueAt(counter)) ?? Number.NaN;
    expect(after).toBeGreaterThanOrEqual(before + 0.6 * JOULES_PER_KWH - 1);
    expect(await valueAt(`resets(${counter}[5s])`)).toBe(0);
  });

  it("has a promtool that takes metrics and rules without a word, and rules that have data", async () => {
    const input = await (await served.get("/metrics")).text();
    const metrics = spawnSync(promtool, ["check", "metrics"], { input, encoding: "utf8" });
    expect([metrics.stdout, metrics.stderr, metrics.status]).toEqual(["", "", 0]);
    const rules = spawnSync(promtool, ["check", "rules", example("rules.yml")], { encoding: "utf8" });
    expect([rules.stderr, rules.status]).toEqual(["", 0]);
    expect(rules.stdout).toContain("2 rules found");
    const expressions = [...readFileSync(example("rules.yml"), "utf8").matchAll(/expr: (.*)/g)];
    for (const [, expr = ""] of expressions) expect((await query(expr)).length).toBeGreaterThan(8);
  });
});
