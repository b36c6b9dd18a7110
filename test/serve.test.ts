import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { request as httpRequest } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { HOUR_MS } from "ada-carbon";
import { type SimulationServer, serveSimulation, simulateCluster } from "ada-carbon/testing";
import { afterAll, beforeAll, describe, expect, test as plainTest } from "vitest";
import { requireMongo, startMongo } from "./servers/mongodb.js";
import { type RealNodeExporter, requireNodeExporter, startNodeExporter } from "./servers/node-exporter.js";
import { startOwnPostgres } from "./servers/postgres.js";
import { type RealPrometheus, requirePrometheus, startPrometheus } from "./servers/prometheus.js";
import { cli } from "./support/cli-lab.js";
import { blocksOf } from "./support/markdown.js";
import { type ServiceProcess, startService } from "./support/service.js";

// The service as its users start it: the built program in a process of its own.

let grid: SimulationServer;

/** A folder of the test's own, and services that end with it: tests that mostly wait do so beside each other. */
const it = plainTest.extend<{
  folder: string;
  start: (...asked: Parameters<typeof startService>) => Promise<ServiceProcess>;
}>({
  folder: async ({ task: _ }, use) => {
    const folder = mkdtempSync(join(tmpdir(), "ada-carbon-serve-"));
    await use(folder);
    rmSync(folder, { recursive: true, force: true });
  },
  start: async ({ folder: _ }, use) => {
    const running: ServiceProcess[] = [];
    await use(async (...asked) => {
      const service = await startService(...asked);
      running.push(service);
      return service;
    });
    await Promise.all(running.map((service) => service.stop("SIGKILL")));
  },
});

const json = async (url: string, headers: Record<string, string> = {}) => {
  const reply = await fetch(url, { headers });
  return { status: reply.status, headers: reply.headers, body: await reply.json() };
};

beforeAll(async () => {
  const now = Date.now();
  const cluster = simulateCluster({
    interval: { from: now - 30 * HOUR_MS, to: now + HOUR_MS },
    hosts: 9,
    scrapeSeconds: 30,
  });
  grid = await serveSimulation({ cluster, clock: Date.now });
});
afterAll(() => grid.close());
const flags = (store: string, ...more: string[]): string[] => [
  ...["--prometheus", grid.prometheusUrl, "--intensity", grid.intensityUrl, "--store", store],
  ...["--backfill-days", "1", "--poll-seconds", "1", ...more],
];

describe("serve", () => {
  it("ends with a line where nothing can be kept in the place", async () => {
    const { status, stderr } = await cli(["serve", "--listen", "127.0.0.1:0", ...flags("/proc/ada-carbon")]);
    expect([status, stderr]).toEqual([
      1,
      expect.stringMatching(
        /^ada-carbon: cannot make the folder \/proc\/ada-carbon: there is no such place, /m,
      ),
    ]);
  });

  it.for([
    ["a folder", (folder: string) => join(folder, "data")],
    ["SQLite", (folder: string) => `sqlite:${join(folder, "carbon.db")}`],
  ] as const)(
    "fills %s, answers below its base path, and stops within seconds",
    async ([, place], { folder, start }) => {
      const service = await start(flags(place(folder), "--base-path", "carbon/", "--site", "isis=IDAaaS"));
      expect(service.url).toMatch(/\/carbon\/$/);
      await service.said(/sync: .* fetched=24/);
      await service.said(/following \d+ workspaces/);
      const { origin } = new URL(service.url);
      expect((await fetch(`${origin}/health`)).status).toBe(200);
      expect(await json(`${service.url}ready`)).toMatchObject({
        status: 200,
        body: { status: "ready", role: "writing", reasons: [] },
      });
      const workspaces = await json(`${service.url}api/v1/sites/isis/workspaces`);
      expect(workspaces.body.workspaces.length).toBeGreaterThan(0);
      expect(workspaces.headers.get("content-encoding")).toBe("gzip");
      expect((await json(`${service.url}api/v1/projects`)).body.count).toBe(3);
      const me = await json(`${service.url}api/v1/me`);
      expect(me.body).toMatchObject({ viewer: null, knowsViewers: false });
      expect(await (await fetch(`${origin}/metrics`)).text()).toContain("ada_carbon_workspaces_active");
      expect((await fetch(origin, { redirect: "manual" })).headers.get("location")).toBe("/carbon/");
      expect((await fetch(`${origin}/elsewhere`)).status).toBe(404);

      const live = await fetch(`${service.url}api/v1/sites/isis/live`);
      const { status, ms } = await service.stop();
      expect([status, ms < 10_000]).toEqual([0, true]);
      // The stream was ended, not cut off.
      expect(await live.text()).toContain("event: workspaces");
    },
  );

  it("believes the header of a trusted proxy, and nobody else", async ({ folder, start }) => {
    const identity = ["--identity-header", "X-Remote-User", "--operator", "root"];
    const trusting = await start(
      flags(join(folder, "a"), ...identity, "--trusted-proxy", "127.0.0.1", "--no-tracker"),
    );
    await trusting.said(/fetched=24/);
    const users = `${trusting.url}api/v1/users`;
    const asRoot = { "x-remote-user": "root" };
    const everybody = await json(users, asRoot);
    expect(everybody.body.owners.length).toBeGreaterThan(2);
    expect(everybody.headers.get("cache-control")).toMatch(/^private/);
    const [{ name: user }] = everybody.body.owners;
    const own = await json(users, { "x-remote-user": user });
    expect(own.body.owners.map(({ name }: { name: string }) => name)).toContain(user);
    expect(own.body.owners.length).toBeLessThan(everybody.body.owners.length);
    expect((await json(users)).status).not.toBe(200);
    const unknown = await json(`${trusting.url}api/v1/me`);
    expect(unknown.body).toMatchObject({ viewer: null, knowsViewers: true });
    // A client's header beside the proxy's: it cannot be told which is which.
    const twice = await new Promise((resolve, reject) => {
      const sent = httpRequest(users, { headers: { "X-Remote-User": ["root", "amara"] } }, (reply) =>
        resolve(reply.statusCode),
      );
      sent.on("error", reject).end();
    });
    expect(twice).toBe(400);

    const others = await start(
      flags(join(folder, "a"), ...identity, "--trusted-proxy", "10.0.0.0/8", "--no-tracker"),
    );
    const forged = await json(`${others.url}api/v1/users`, { ...asRoot, "x-forwarded-for": "10.0.0.1" });
    expect(forged.status).not.toBe(200);
    await others.said(/X-Remote-User of 127\.0\.0\.1, which is no trusted proxy, is not believed/);
  });

  it("says to commands that write that they have to wait for it to be stopped", async ({ folder, start }) => {
    const place = `sqlite:${join(folder, "carbon.db")}`;
    const service = await start(flags(place, "--no-sync"));
    await service.said(/this service fills/);
    const sync = [
      "sync",
      "--prometheus",
      grid.prometheusUrl,
      "--store",
      place,
      "--from",
      new Date((Math.floor(Date.now() / HOUR_MS) - 3) * HOUR_MS).toISOString(),
      "--to",
      new Date((Math.floor(Date.now() / HOUR_MS) - 2) * HOUR_MS).toISOString(),
    ];
    const { status, stderr } = await cli([...sync, "--intensity", grid.intensityUrl]);
    expect([status, stderr]).toEqual([1, expect.stringMatching(/another run .*stop that, run this/)]);
  });

  it("listens on a Unix socket, and takes it away at its end", async ({ folder, start }) => {
    const path = join(folder, "carbon.sock");
    const service = await start(flags(join(folder, "data"), "--listen", `unix:${path}`, "--no-sync"));
    expect(service.url).toBe(`unix:${path}/`);
    const status = await new Promise((resolve, reject) => {
      const asked = httpRequest({ socketPath: path, path: "/api/v1/me" }, ({ statusCode }) =>
        resolve(statusCode),
      );
      asked.on("error", reject).end();
    });
    expect(status).toBe(200);
    expect((await service.stop()).status).toBe(0);
    expect(existsSync(path)).toBe(false);
  });

  it("shows a simulated cluster with no server at all", async ({ start }) => {
    const demo = await start(["--demo"]);
    await demo.said(/following \d+ workspaces/);
    const { body } = await json(`${demo.url}api/v1/sites/isis/workspaces`);
    expect([body.simulated, body.workspaces.length > 0]).toEqual([true, true]);
    expect((await demo.stop("SIGINT")).status).toBe(0);
  }, 120_000);

  it("shows it to whom a proxy names, where the flags say that one does", async ({ start }) => {
    const args = ["--demo", "--identity-header", "X-Remote-User", "--trusted-proxy", "127.0.0.1"];
    const demo = await start([...args, "--operator", "bjorn"]);
    const viewer = async (headers: Record<string, string>) =>
      (await json(`${demo.url}api/v1/me`, headers)).body.viewer;
    expect(await viewer({})).toBe(null);
    expect(await viewer({ "x-remote-user": "amara" })).toMatchObject({ user: "amara", seesEveryone: false });
    expect(await viewer({ "x-remote-user": "bjorn" })).toMatchObject({ seesEveryone: true });
  }, 120_000);

  it.each(["--check", "--site mine=node"])(
    "has nothing to do with %s in the demo, and says so",
    async (text) => {
      const { status, stderr } = await cli([
        "serve",
        "--demo",
        "--listen",
        "127.0.0.1:0",
        ...text.split(" "),
      ]);
      expect([status, stderr]).toEqual([
        2,
        expect.stringMatching(/^ada-carbon: [^\n]*--demo[^\n]* cannot be used with [^\n]*--(check|site)/m),
      ]);
    },
  );
});

// Beside each other: what takes over waits for most of the time.
describe.concurrent("serve on a store that others have, too", () => {
  it("follows a service that fills the same store, and takes over when that ends", async ({
    folder,
    start,
  }) => {
    const place = `sqlite:${join(folder, "carbon.db")}`;
    const first = await start(flags(place));
    await first.said(/fetched=24/);
    const second = await start(flags(place));
    await second.said(/another run is writing to .*takes over when that one ends/);
    expect(await json(`${second.url}ready`)).toMatchObject({ status: 200, body: { role: "following" } });
    expect((await json(`${second.url}api/v1/projects`)).body.count).toBe(3);
    expect(second.log()).not.toContain("following 9");
    await first.stop("SIGKILL");
    await second.said(/this service fills .*[\s\S]*following \d+ workspaces/);
    expect((await second.stop()).status).toBe(0);
  }, 180_000);

  it.skipIf(!requireMongo())(
    "on MongoDB fills it, shows it, and is followed by a second one",
    async ({ start }) => {
      const mongo = await startMongo();
      try {
        const place = `${mongo.url}/serve-test-${Date.now()}`;
        const service = await start(flags(place, "--migrate"));
        await service.said(/fetched=24/);
        await service.said(/following \d+ workspaces/);
        expect((await json(`${service.url}ready`)).body).toMatchObject({ status: "ready", role: "writing" });
        expect((await json(`${service.url}api/v1/projects`)).body.count).toBe(3);
        const second = await start(flags(place));
        await second.said(/another run .*takes over when that one ends/);
        expect((await service.stop()).status).toBe(0);
        await second.said(/this service fills/);
        expect((await second.stop()).status).toBe(0);
      } finally {
        await mongo.stop();
      }
    },
    180_000,
  );

  it("on PostgreSQL makes its tables when asked, says that the server is away, and goes on when it is back", async ({
    start,
    expect,
  }) => {
    const postgres = await startOwnPostgres();
    try {
      const missing = await startService(flags(postgres.url)).catch((error: Error) => error.message);
      expect(missing).toMatch(/ada-carbon migrate/);
      const service = await start(flags(postgres.url, "--migrate"));
      await service.said(/fetched=24/);
      await postgres.crash();
      await service.said(/warn/);
      expect((await json(`${service.url}ready`)).status).toBe(503);
      expect((await fetch(`${service.url}health`)).status).toBe(200);
      await postgres.restart();
      await service.said(/this service fills[\s\S]*this service fills/);
      await expect.poll(async () => (await json(`${service.url}ready`)).status).toBe(200);
      expect((await service.stop()).status).toBe(0);
    } finally {
      await postgres.stop();
    }
  }, 180_000);
});

/** Three hours of a host with a CPU that is half busy, scraped every half minute, as a plain node_exporter has them. */
function aHostUntil(end: number): string[] {
  const times = Array.from({ length: 361 }, (_, i) => end - 3 * HOUR_MS + i * 30_000);
  const series = ["user", "idle"].flatMap((mode) =>
    times.map((time, i) => {
      const labels = `cpu="0",mode="${mode}",job="node",instance="past:9100"`;
      return `node_cpu_seconds_total{${labels}} ${15 * i} ${time / 1000}\n`;
    }),
  );
  return ["# TYPE node_cpu_seconds counter\n", ...series, "# EOF\n"];
}

describe.skipIf(!requirePrometheus() || !requireNodeExporter())("serve on a real Prometheus", () => {
  let exporter: RealNodeExporter;
  let prometheus: RealPrometheus;
  beforeAll(async () => {
    exporter = await startNodeExporter();
    prometheus = await startPrometheus({
      config: `
global: { scrape_interval: 1s, scrape_timeout: 1s }
scrape_configs: [{ job_name: node, static_configs: [{ targets: ["${exporter.address}"] }] }]
`,
      openmetrics: aHostUntil(Date.now() - HOUR_MS),
    });
  });
  afterAll(async () => {
    await prometheus.stop();
    await exporter.stop();
  });

  it("follows a host that has no labels of ours, told by the environment and a file", async ({
    folder,
    start,
  }) => {
    writeFileSync(
      join(folder, "ada-carbon.config.json"),
      JSON.stringify({ label: { project: "job" }, site: { home: "node" }, pollSeconds: 1, window: 5 }),
    );
    const env = { PROMETHEUS_URL: prometheus.url, ADA_CARBON_INTENSITY: grid.intensityUrl };
    const service = await start([], { cwd: folder, env });
    await service.said(/following 1 workspaces home=1/);
    const { body } = await json(`${service.url}api/v1/sites/home/workspaces`);
    expect(body.workspaces).toHaveLength(1);
    expect((await service.stop()).status).toBe(0);
  });

  it("says what to give where no host is one of its sites', and that is enough", async ({
    folder,
    start,
  }) => {
    const place = ["--prometheus", prometheus.url, "--intensity", grid.intensityUrl];
    const hours = await cli(["sync", ...place, "--from", "-2d", "--out", join(folder, "hours")]);
    expect([hours.status, hours.stderr]).toEqual([3, expect.stringMatching(/: give --label project=job$/m)]);
    const hosts = await cli(["workspaces", ...place, "--once", "--out", join(folder, "live")]);
    expect(hosts.stderr).toMatch(/no host is up: .*: give --label project=job --site-project mine=node$/m);

    const service = ["--store", `sqlite:${join(folder, "carbon.db")}`, "--poll-seconds", "1", ...place];
    const lost = await start(service);
    const said = await lost.said(/no host of .* is up: .*give .*\n/);
    const [, advice = ""] = /: give (--label project=job --site mine=node)$/m.exec(said) ?? [];
    const { body } = await json(`${lost.url}api/v1/me`);
    expect(body.noHosts).toMatch(new RegExp(`^no host of clf, isis, diamond is up: .*${advice}$`));
    await lost.stop();
    const found = await start([...service, ...advice.split(" ")]);
    await found.said(/following 1 workspaces mine=1/);
    expect((await json(`${found.url}api/v1/me`)).body.noHosts).toBeNull();
    // Nobody has looked yet: watts are there for the first who does.
    await new Promise((resolve) => setTimeout(resolve, 5000));
    const first = await json(`${found.url}api/v1/sites/mine/workspaces`);
    expect(first.body.workspaces).toEqual([expect.objectContaining({ busyWatts: expect.any(Number) })]);
    // The label is right, and the project another.
    const check = ["serve", "--check", ...service, "--label", "project=job"];
    const other = await cli([...check, "--site", "mine=nodes"]);
    expect(other.stdout).toMatch(/by the label job Prometheus knows node: give --site mine=node$/m);
    // A grid is shown as it is given, and those of single projects with it.
    const grids = ["--grid", "mine=gb:12", "--grid", "gb", "--market", "file:bought.csv?zone=a"];
    const shown = (await cli([...check, "--site", "mine=node", ...grids])).stdout;
    expect(shown).toMatch(/^grid +mine=gb:12,gb {2}\(command line\)$/m);
    expect(shown).toMatch(/^market +file:bought\.csv\?zone=a {2}\(command line\)$/m);
  });

  it("does what the README says, with another URL alone", async ({ folder, start }) => {
    const [, block] = blocksOf("README.md");
    const commands = (block?.code ?? "")
      .replaceAll("\\\n", " ")
      .matchAll(/^npx ada-carbon (.*?)(?: +#.*)?$/gm);
    const env = { ADA_CARBON_INTENSITY: grid.intensityUrl, ADA_CARBON_POLL_SECONDS: "1" };
    const shown: string[] = [];
    for (const [, line = ""] of commands) {
      const args = line
        .replace("http://localhost:9090", prometheus.url)
        .replace("--out carbon", `--out ${join(folder, "readme")}`)
        .split(/ +/);
      if (args[0] === "serve") {
        const service = await start(args.slice(1), { env });
        await service.said(/following 1 workspaces mine=1/);
        const { body } = await json(`${service.url}api/v1/projects`);
        shown.push(body.owners[0].name);
        expect((await service.stop()).status).toBe(0);
      } else shown.push((await cli(args, { env })).stdout);
    }
    expect(shown).toEqual([
      expect.stringMatching(/^node +[\d.]+ .*[\s\S]*^hours: \d\d wanted/m),
      expect.stringMatching(/^ada by day[\s\S]*^in total 0\.\d+ kWh/m),
      expect.stringMatching(/^past:9100 +0\.\d+/m),
      expect.stringMatching(/^project:node +[1-9]/m),
      "node",
    ]);
  });

  it("does what its page says, word for word", async ({ folder, start }) => {
    const [block] = blocksOf("docs/serve.md");
    const commands = (block?.code ?? "")
      .replaceAll("\\\n", " ")
      .matchAll(/^ada-carbon serve (.*?)(?: +#.*)?$/gm);
    const own = [...commands]
      .map(([, line = ""]) => line.trim().split(/ +/))
      .filter((args) => args[0] !== "--demo");
    expect(own.length).toBeGreaterThan(1);
    const grids = { ADA_CARBON_INTENSITY: grid.intensityUrl, ADA_CARBON_POLL_SECONDS: "1" };
    for (const printed of own) {
      const args = printed.map((word) => word.replace("http://localhost:9090", prometheus.url));
      if (args.includes("--check")) {
        const { stdout, status } = await cli(["serve", ...args], { env: grids });
        expect([stdout, status]).toEqual([expect.stringMatching(/ok +prometheus .*mine 1 hosts up/), 0]);
      } else {
        const service = await start(args, { cwd: folder, env: grids });
        await service.said(/following 1 workspaces mine=1/);
        expect((await service.stop()).status).toBe(0);
      }
    }
  });

  it("is checked before it starts: labels that are not there are named", async ({ folder }) => {
    const args = ["serve", "--check", "--prometheus", prometheus.url, "--intensity", grid.intensityUrl];
    const store = ["--store", `sqlite:${join(folder, "carbon.db")}`, "--bearer-token", "sesame"];
    const wrong = await cli([...args, ...store]);
    expect(wrong.status).toBe(1);
    expect(wrong.stdout).toMatch(/FAILED +prometheus .*no host has the label cloud_project_name/);
    expect(wrong.stdout).not.toContain("sesame");
    const right = await cli([...args, ...store, "--label", "project=job", "--site", "home=node"]);
    expect(right.stdout).toMatch(/ok +prometheus .*home 1 hosts up/);
    expect(right.stdout).toMatch(/ok +grid/);
    expect(right.status).toBe(0);
  });
});

describe("settings", () => {
  it("are the flags, each by its name", async () => {
    const { stdout } = await cli(["serve", "--config-schema"]);
    const settings = Object.keys(JSON.parse(stdout).properties).filter((name) => name !== "$schema");
    const { stdout: page } = await cli(["serve", "--help"]);
    const flags = [...page.matchAll(/^ {7}(?:-\w, )?--(?:no-)?([a-z-]+)/gm)].map(([, name = ""]) =>
      name.replace(/-([a-z])/g, (_dash, letter: string) => letter.toUpperCase()),
    );
    const only = ["config", "check", "configSchema", "demo", "help", "quiet", "verbose"];
    // A line of the description may begin with a flag, too.
    const names = new Set(flags.filter((name) => !only.includes(name)));
    expect([...names].sort()).toEqual(settings.sort());
  });

  it("are refused by name where they are wrong", async ({ folder }) => {
    const file = join(folder, "settings.json");
    const cases: readonly (readonly [object | string, readonly string[], RegExp])[] = [
      ["\ufeff{}", ["--jwt-issuer", "https://id.example"], /--jwt-audience/],
      ["{ // ours\n}", [], /the settings cannot be read: [^\n]*\n$/],
      [{ pollSecond: 5 }, [], /there is no setting "pollSecond"; did you mean pollSeconds\?/],
      [{ pollSeconds: "often" }, [], /: pollSeconds: write a number$/m],
      [{ label: ["user=owner"] }, [], /: label: write an object such as {"name": "value"}$/m],
      [{ operator: 5 }, [], /: operator: write a text or a list$/m],
      [{ grid: { mine: 5 } }, [], /: grid\.mine: write a text$/m],
      [{ label: { room: "cellar" } }, [], /there is no setting "room"/],
      [{ identityHeader: "X-Remote-User" }, [], /--trusted-proxy/],
      [{ listen: "nowhere" }, [], /no address to listen on/],
      [{ zone: "Mars/Base" }, ["--check"], /zone: "Mars\/Base" is not a time zone/],
      [{ basePath: "/a?b" }, [], /base path/],
      [{}, ["--jwt-issuer", "https://id.example"], /--jwt-audience/],
    ];
    for (const [settings, more, wanted] of cases) {
      writeFileSync(file, typeof settings === "string" ? settings : JSON.stringify(settings));
      const place = ["--prometheus", grid.prometheusUrl, "--store", join(folder, "data")];
      const { status, stderr } = await cli(["serve", "--config", file, ...place, ...more]);
      expect([status === 0, stderr]).toEqual([false, expect.stringMatching(wanted)]);
    }
  });

  it("are the same in the schema that is published, and in the example", async () => {
    const { stdout } = await cli(["serve", "--config-schema"]);
    const published = readFileSync(new URL("../config.schema.json", import.meta.url), "utf8");
    expect(published).toBe(stdout);
    const example = readFileSync(
      new URL("../examples/serve/ada-carbon.config.json", import.meta.url),
      "utf8",
    );
    const known = Object.keys(JSON.parse(stdout).properties);
    expect(Object.keys(JSON.parse(example)).filter((name) => !known.includes(name))).toEqual([]);
  });
});
