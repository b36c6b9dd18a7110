import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { ADA } from "ada-carbon";
import { type Handler, toNodeListener } from "ada-carbon/http";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { EVIL, hours, session, type World, world } from "./http-fixture.js";
import { type RealPrometheus, requirePrometheus, startPrometheus } from "./servers/prometheus.js";

// The results scraped back by a real Prometheus, and linted by its promtool.

const NAMES = [EVIL, "emoji 🔋 ünï", 'a="b",c', "\\n", "tab\tand\rreturn", "# EOF", "{}", " "];
const everything = { authorise: () => ({ allow: true, users: "all" }) as const };

async function hostile(): Promise<World> {
  const made = await world({ ...everything, basePath: "/carbon" });
  const { usage } = made.options;
  await usage.replace(NAMES.map((name, i) => hours({ kind: "machine", name }, i + 1)));
  await usage.replace([hours(ADA, 3)]);
  return made;
}

describe("the format", () => {
  const PROMETHEUS_2 =
    "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1";
  const PROMETHEUS_3 =
    "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2";

  it.each([
    [PROMETHEUS_2, "application/openmetrics-text; version=1.0.0; charset=utf-8"],
    [PROMETHEUS_3, "application/openmetrics-text; version=1.0.0; charset=utf-8"],
    ["application/openmetrics-text", "application/openmetrics-text; version=1.0.0; charset=utf-8"],
    [
      "Application/OpenMetrics-Text; Version=1.0.0",
      "application/openmetrics-text; version=1.0.0; charset=utf-8",
    ],
    ["application/openmetrics-text;q=0.3, text/plain", "text/plain; version=0.0.4; charset=utf-8"],
    ["application/openmetrics-text;q=0", "text/plain; version=0.0.4; charset=utf-8"],
    ["application/openmetrics-text;version=0.0.1", "text/plain; version=0.0.4; charset=utf-8"],
    ["application/openmetrics-text;q=x, text/html", "text/plain; version=0.0.4; charset=utf-8"],
    ["*/*", "text/plain; version=0.0.4; charset=utf-8"],
    [undefined, "text/plain; version=0.0.4; charset=utf-8"],
  ])("for %s is %s", async (accept, contentType) => {
    const { get } = await world();
    const reply = await get("/metrics", accept === undefined ? {} : { headers: { accept } });
    expect(reply.headers.get("content-type")).toBe(contentType);
    expect(reply.headers.get("vary")).toBe("accept");
    expect((await reply.text()).endsWith("\n# EOF\n")).toBe(
      contentType.startsWith("application/openmetrics"),
    );
  });
});

describe.skipIf(!requirePrometheus())("a real Prometheus", () => {
  /** The content type that each job was answered with. */
  const answered = new Map<string, string | null>();
  let served: World;
  let prometheus: RealPrometheus;
  const stops: (() => void)[] = [];

  beforeAll(async () => {
    served = await hostile();
    const older: Handler = (request) => served.handler(new Request(request.url));
    const targets = {
      openmetrics: await listen("openmetrics", served.handler),
      text: await listen("text", older),
    };
    const jobs = Object.entries(targets).map(
      ([job, target]) =>
        `  - { job_name: ${job}, metrics_path: /carbon/metrics, static_configs: [{ targets: ["${target}"] }] }\n`,
    );
    const config = `global: { scrape_interval: 500ms, scrape_timeout: 500ms }\nscrape_configs:\n${jobs.join("")}`;
    prometheus = await startPrometheus({ config });
    await scraped(3);
  });
  afterAll(async () => {
    await prometheus?.stop();
    for (const stop of stops) stop();
  });

  async function listen(job: string, handler: Handler): Promise<string> {
    const listener = toNodeListener(async (request) => {
      const reply = await handler(request);
      answered.set(job, reply.headers.get("content-type"));
      return reply;
    });
    const server = createServer(listener).listen(0, "127.0.0.1");
    stops.push(() => server.closeAllConnections());
    stops.push(() => server.close());
    await once(server, "listening");
    return `127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  async function api(path: string, parameters: Record<string, string>): Promise<unknown> {
    const reply = await fetch(`${prometheus.url}/api/v1/${path}?${new URLSearchParams(parameters)}`);
    const { status, data } = (await reply.json()) as { status: string; data: unknown };
    expect(status).toBe("success");
    return data;
  }

  interface Series {
    readonly metric: Record<string, string>;
    readonly value: readonly [number, string];
  }
  async function query(query: string): Promise<Series[]> {
    const { result } = (await api("query", { query })) as { result: Series[] };
    return result;
  }
  const scraped = (times: number): Promise<unknown> =>
    vi.waitUntil(
      async () => {
        const counts = await query("count_over_time(up[1h]) and up == 1");
        return counts.length === 2 && counts.every(({ value }) => Number(value[1]) >= times);
      },
      { timeout: 60_000, interval: 200 },
    );

  it("asks for OpenMetrics, and gets the older text where it does not", () => {
    expect(answered.get("openmetrics")).toMatch(/^application\/openmetrics-text; version=1.0.0/);
    expect(answered.get("text")).toMatch(/^text\/plain; version=0.0.4/);
  });

  it.each(["openmetrics", "text"])("has every series of %s with its labels and value", async (job) => {
    const machines = await query(`ada_carbon_hour_energy_joules{job="${job}", kind="machine", use="busy"}`);
    const found = new Map(machines.map(({ metric, value }) => [metric.name, Number(value[1])]));
    for (const [i, name] of NAMES.entries())
      expect([name, found.get(name)]).toEqual([name, (i + 1) * 3_600_000]);
    const one = async (series: string): Promise<number> => Number((await query(series))[0]?.value[1]);
    expect(
      await one(`ada_carbon_hour_energy_joules{job="${job}", kind="user", name="amara", use="idle"}`),
    ).toBe(1.8e6);
    expect(await one(`ada_carbon_hour_carbon_grams{job="${job}", kind="ada", use="busy"}`)).toBe(300);
    expect(await one(`ada_carbon_build_info{job="${job}", simulated="false"}`)).toBe(1);
    expect(await one(`ada_carbon_grid_intensity_grams_per_kilowatthour{job="${job}"}`)).toBe(130);
    // What it took is what was served: nothing was dropped on the way.
    const text = await (await served.get("/metrics")).text();
    const samples = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
    expect(await one(`scrape_samples_scraped{job="${job}"}`)).toBe(samples.length);
  });

  it("knows what they are: types, units and help", async () => {
    const metadata = (await api("targets/metadata", { match_target: '{job="openmetrics"}' })) as {
      metric: string;
      type: string;
      unit: string;
      help: string;
    }[];
    const of = (name: string) => metadata.find(({ metric }) => metric === name);
    expect(of("ada_carbon_build")).toMatchObject({ type: "info" });
    expect(of("ada_carbon_workspaces_energy_joules")).toMatchObject({ type: "counter", unit: "joules" });
    expect(of("ada_carbon_hour_energy_joules")).toMatchObject({ type: "gauge", unit: "joules" });
    expect(metadata.filter(({ help }) => help === "")).toEqual([]);
  });

  it("sees a counter grow from one scrape to the next", async () => {
    const counter = 'ada_carbon_workspaces_energy_joules_total{job="openmetrics", site="isis", use="busy"}';
    const before = Number((await query(counter))[0]?.value[1]);
    await served.options.workspaces?.save([session(7, { busyKwh: 1 })]);
    await vi.waitUntil(async () => Number((await query(counter))[0]?.value[1]) > before, { timeout: 20_000 });
    expect(Number((await query(counter))[0]?.value[1]) - before).toBeCloseTo(3_600_000, 3);
    expect(Number((await query(`rate(${counter}[1m])`))[0]?.value[1])).toBeGreaterThan(0);
  });

  it("has a promtool that finds no fault with the text", async () => {
    const text = await (await served.get("/metrics")).text();
    const promtool = process.env.PROMTOOL_BIN ?? "promtool";
    const { status, stdout, stderr } = spawnSync(promtool, ["check", "metrics"], {
      input: text,
      encoding: "utf8",
    });
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: "", stderr: "" });
  });
});
