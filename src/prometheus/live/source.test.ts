import { HOUR_MS } from "ada-carbon";
import {
  type ClusterOptions,
  type HostDescription,
  type SimulationServer,
  serveSimulation,
  simulateCluster,
} from "ada-carbon/testing";
import { afterEach, describe, expect, it } from "vitest";
import type { HostsSeen } from "../../usage/host-source.js";
import { type PrometheusHostOptions, prometheusHostSource } from "./source.js";

const FROM = Date.UTC(2025, 8, 10);
const NOW = FROM + 2 * HOUR_MS;
const MINUTE = 60_000;
const since = (from: number) => [{ from, to: Number.POSITIVE_INFINITY }];
const ALWAYS = since(FROM - 50 * HOUR_MS);
/** Another machine than the one that is always there: no two boot at the same second. */
const OTHER = { incarnations: since(FROM - 40 * HOUR_MS) };
/** Half idle on every cpu, an eighth of the rest waiting. */
const HALF = (): number[] => [500, 400, 0, 0, 60, 0, 0, 40];

const A: HostDescription = {
  instance: "a:9100",
  project: "IDAaaS",
  machine: "Muon",
  user: "amara",
  cores: 4,
  phaseMs: 7000,
  incarnations: ALWAYS,
  load: HALF,
};

const servers: SimulationServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

async function serve(
  hosts: HostDescription[],
  cluster: Partial<ClusterOptions> = {},
): Promise<SimulationServer> {
  const interval = { from: FROM, to: FROM + 4 * HOUR_MS };
  const simulated = simulateCluster({ interval, hosts, ...cluster });
  const server = await serveSimulation({ cluster: simulated, clock: () => FROM + 3 * HOUR_MS });
  servers.push(server);
  return server;
}

async function ask(
  server: SimulationServer,
  options: Partial<PrometheusHostOptions> = {},
  call: { now?: number; idleOverMs?: number; watchingAt?: number } = {},
  sites?: string[],
): Promise<HostsSeen> {
  const source = prometheusHostSource({ url: server.prometheusUrl, retries: 0, ...options });
  return source.activeHosts(sites ?? source.sites, { now: NOW, ...call });
}

describe("hosts", () => {
  it("are known by two requests for all sites, with everything about them", async () => {
    const C = { ...A, ...OTHER, instance: "c:9100", project: "CDAaaS", machine: "Laser", user: null };
    const server = await serve([A, C, { ...A, instance: "x:9100", project: "Other" }]);
    const { hosts, warnings, findings } = await ask(server);
    expect(server.requests.map(({ path }) => path)).toEqual(["/api/v1/query", "/api/v1/query"]);
    expect([warnings, findings]).toEqual([[], []]);
    expect(hosts).toEqual([
      {
        site: "isis",
        instance: "a:9100",
        project: "IDAaaS",
        machine: "Muon",
        user: "amara",
        seenAt: NOW - 53_000,
        bootedAt: FROM - 50 * HOUR_MS,
        cores: 4,
        idleFraction: expect.closeTo(0.5, 9),
        memoryActiveRatio: expect.closeTo(0.425, 6),
      },
      expect.objectContaining({ site: "clf", instance: "c:9100", machine: "Laser", user: null }),
    ]);
    expect((await ask(server, {}, {}, ["clf"])).hosts.map(({ instance }) => instance)).toEqual(["c:9100"]);
  });

  it("without two scrapes in the window are looked at over a longer one, and those alone", async () => {
    const [often, rarely] = [{ ...A, ...OTHER, instance: "often:9100" }, A];
    // Scraped every three minutes.
    const holes = Array.from({ length: 60 }, (_, i) => ({
      from: NOW - (3 * i - 3) * MINUTE + 20_000,
      to: NOW - (3 * i - 5) * MINUTE + 20_000,
      instances: ["a:9100"],
    }));
    const server = await serve([often, rarely], { outages: holes });
    const { hosts } = await ask(server, {}, { now: NOW + 2.5 * MINUTE });
    expect(server.requests).toHaveLength(3);
    const wider = server.requests[2]?.parameters.get("query") ?? "";
    expect(wider).toContain('instance="a:9100"');
    expect(wider).toContain("[600s]");
    expect(hosts.map(({ idleFraction }) => idleFraction)).toEqual([
      expect.closeTo(0.5, 9),
      expect.closeTo(0.5, 9),
    ]);
  });

  it("are looked back on as far as is wanted", async () => {
    const server = await serve([A]);
    await ask(server, {}, { idleOverMs: 4 * MINUTE });
    expect(server.requests[1]?.parameters.get("query")).toContain("offset 300s");
  });

  it("that are new have the load of their counters since boot", async () => {
    const server = await serve([{ ...A, incarnations: since(NOW - MINUTE) }]);
    const { hosts } = await ask(server);
    expect(hosts).toEqual([
      expect.objectContaining({
        ...{ idleFraction: expect.closeTo(0.5, 9), cores: 4, bootedAt: NOW - MINUTE },
      }),
    ]);
  });

  it("that were scraped once, long after their boot, have no load, which is null and not 0", async () => {
    const before = { from: FROM - HOUR_MS, to: NOW - MINUTE, instances: ["a:9100"] };
    const server = await serve([A], { outages: [before] });
    const { hosts, findings } = await ask(server);
    expect(hosts).toEqual([expect.objectContaining({ idleFraction: null, cores: 4 })]);
    expect(findings).toEqual([]);
  });

  it("are told apart by their project where they have the same address", async () => {
    const server = await serve([A, { ...A, ...OTHER, project: "DDAaaS", cores: 8 }]);
    const { hosts } = await ask(server);
    expect(hosts.map(({ site, cores }) => [site, cores])).toEqual([
      ["isis", 4],
      ["diamond", 8],
    ]);
  });

  it("are one when their labels have just changed: as they were seen last", async () => {
    const before = [{ from: FROM - HOUR_MS, to: NOW - 2 * MINUTE }];
    const after = [{ from: NOW - 90_000, to: Number.POSITIVE_INFINITY }];
    const server = await serve([
      { ...A, incarnations: before },
      { ...A, user: "bjorn", incarnations: after },
    ]);
    const { hosts } = await ask(server);
    expect(hosts).toEqual([expect.objectContaining({ user: "bjorn", bootedAt: NOW - 90_000 })]);
  });

  it("keep what is in their labels, and projects are matched exactly", async () => {
    const names = ['a"b', "a\\b", "a.c", "a|b", "<script>", "ü\n\t", "(x)*+?[]{}^$-"];
    const server = await serve(
      names.map((name, i) => ({
        ...{ ...A, instance: `${name}:${i}`, project: name, user: name },
        incarnations: since(FROM - (40 + i) * HOUR_MS),
      })),
    );
    const sites = Object.fromEntries(names.map((name) => [`site of ${name}`, name]));
    const { hosts } = await ask(server, { sites });
    expect(hosts.map(({ user, site }) => [user, site])).toEqual(
      names.map((name) => [name, `site of ${name}`]),
    );
    expect((await ask(server, { sites: { only: "a.c" } })).hosts.map(({ project }) => project)).toEqual([
      "a.c",
    ]);
  });

  it("are gone only if the source was watching", async () => {
    const server = await serve([A], { outages: [{ from: FROM + HOUR_MS, to: NOW - 3 * MINUTE }] });
    expect((await ask(server, {}, { watchingAt: NOW - 5 * MINUTE })).watching).toBe(false);
    expect((await ask(server, {}, { watchingAt: NOW - MINUTE })).watching).toBe(true);
    expect((await ask(server, {}, { now: FROM + HOUR_MS, watchingAt: FROM + 55 * MINUTE })).watching).toBe(
      true,
    );
  });
});

describe("replies", () => {
  const reply = (result: unknown[], more: object = {}): Partial<PrometheusHostOptions> => ({
    fetch: async () => Response.json({ status: "success", data: { resultType: "vector", result }, ...more }),
  });
  const metric = (fact: string, more: object = {}): object => ({
    fact,
    instance: "a",
    cloud_project_name: "IDAaaS",
    ...more,
  });
  const facts = (values: Record<string, string>): unknown[] =>
    Object.entries(values).map(([fact, value]) => ({ metric: metric(fact), value: [NOW / 1000, value] }));
  const only = async (values: Record<string, string>): Promise<unknown> => {
    const source = prometheusHostSource({ url: "http://p.example", retries: 0, ...reply(facts(values)) });
    return (await source.activeHosts(["isis"], { now: NOW })).hosts[0];
  };
  const seen = String(NOW / 1000);

  it("with values that are no numbers are not known", async () => {
    const odd = { seen, boot: "NaN", cpus: "+Inf", span: "60", busy: "0.5", idle: "0", memory: "-Inf" };
    const unknown = { bootedAt: null, cores: null, idleFraction: null, memoryActiveRatio: null };
    expect(await only(odd)).toMatchObject(unknown);
    expect(await only({ seen })).toMatchObject(unknown);
    expect(await only({ seen, boot: "12" })).toMatchObject({ bootedAt: null });
  });

  it("that say what cannot be have no load, and a finding names the host", async () => {
    const counters = Response.json({ status: "success", data: { resultType: "matrix", result: [] } });
    const answers = async (input: unknown): Promise<Response> => {
      const query = new URLSearchParams(input instanceof Request ? await input.text() : "").get("query");
      if (query?.endsWith("]") === true) return counters.clone();
      const result = facts({ seen, cpus: "4", span: "120", busy: "900", idle: "360" });
      return Response.json({ status: "success", data: { resultType: "vector", result } });
    };
    const source = prometheusHostSource({ url: "http://p.example", retries: 0, fetch: answers });
    expect(await source.activeHosts(["isis"], { now: NOW })).toMatchObject({
      hosts: [{ cores: 4, idleFraction: null }],
      findings: [expect.stringMatching(/CPU counters fell or jumped .* of a \(IDAaaS\): .* not known/)],
    });
  });

  it("about counters that cannot be read leave who is up as it is", async () => {
    const answers = async (input: unknown): Promise<Response> => {
      const query = new URLSearchParams(input instanceof Request ? await input.text() : "").get("query");
      if (query?.endsWith("]") === true) return new Response("too many samples", { status: 422 });
      const result = facts({ seen, cpus: "4", span: "120", busy: "70", idle: "400" });
      return Response.json({ status: "success", data: { resultType: "vector", result } });
    };
    const source = prometheusHostSource({ url: "http://p.example", retries: 0, fetch: answers });
    const { hosts, findings, warnings } = await source.activeHosts(["isis"], { now: NOW });
    expect(hosts).toMatchObject([{ cores: 4, idleFraction: 400 / 470 }]);
    expect(warnings).toEqual([]);
    expect(findings).toEqual([
      expect.stringMatching(/the counters of 1 hosts could not be read/),
      expect.stringMatching(/of a \(IDAaaS\) gain up to a tenth more or less/),
    ]);
  });

  it("that are partial say so; series without an instance are left out", async () => {
    const nameless = [{ metric: { fact: "seen", cloud_project_name: "IDAaaS" }, value: [1, seen] }];
    const options = reply(nameless, { warnings: ["store x is down"] });
    const source = prometheusHostSource({ url: "http://p.example", ...options });
    expect(await source.activeHosts(["isis"], { now: NOW })).toMatchObject({
      hosts: [],
      warnings: ["store x is down"],
      findings: [expect.stringMatching(/^\d series are up and have no label instance/)],
    });
  });

  it.each([
    [[{ metric: metric("seen"), value: [1] }]],
    [[{ metric: metric("seen"), value: [1, 5] }]],
    [[{ metric: metric("seen"), value: [1, "much"] }]],
    [[{ metric: "seen", value: [1, "1"] }]],
    [[null]],
  ])("of another shape are refused: %j", async (result) => {
    const source = prometheusHostSource({ url: "http://p.example", retries: 0, ...reply(result) });
    await expect(source.activeHosts(["isis"], { now: NOW })).rejects.toMatchObject({ code: "bad-reply" });
  });

  it("with histograms are passed over", async () => {
    const histogram = [{ metric: metric("seen"), histogram: [1, {}] }];
    const source = prometheusHostSource({ url: "http://p.example", retries: 0, ...reply(histogram) });
    expect((await source.activeHosts(["isis"], { now: NOW })).hosts).toEqual([]);
  });
});

describe("what makes no sense is refused", () => {
  const source = (options: Partial<PrometheusHostOptions>) =>
    prometheusHostSource({ url: "http://p.example", ...options });

  it.each([
    [{ sites: { a: "X", b: ["Y", "X"] } }, /the project X is of "a" and of "b"/],
    [{ sites: { a: [] } }, /the site "a" needs a name and a project/],
    [{ sites: { a: "" } }, /the site "a" needs/],
    [{ windowMs: 0 }, /windowMs is 0/],
  ])("%j", (options, message) => {
    expect(() => source(options)).toThrow(message);
  });

  it("a site that does not exist, with the known ones", async () => {
    for (const site of ["mars", "__proto__", "toString", ""]) {
      const error = await source({})
        .activeHosts([site], { now: NOW })
        .catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({
        code: "bad-input",
        message: `there is no site ${JSON.stringify(site)}; known are clf, isis, diamond`,
      });
    }
  });
});
