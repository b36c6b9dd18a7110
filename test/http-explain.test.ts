import { HOUR_MS } from "ada-carbon";
import { createHandler, type HandlerOptions } from "ada-carbon/http";
import { memoryUsageStore } from "ada-carbon/memory";
import { beforeEach, describe, expect, it } from "vitest";
import { readKind } from "../src/stores/read-kind.js";
import { EVER } from "../src/usage/hour.js";
import { world as fixture, NOW, session } from "./http-fixture.js";
import { FROM, LATER, world } from "./support/world.js";

// Where a sum comes from, found names, and budgets; of hours that the main job stored.

const usage = memoryUsageStore();
beforeEach(async () => {
  if ((await usage.scopes("ada")).length > 0) return;
  await (await world()).run(usage);
});

const everything = { authorise: () => ({ allow: true, users: "all" }) as const };
const only = (user: string) => ({ authorise: () => ({ allow: true, users: [user] }) as const });
const PERIOD = "from=2025-09-10T00:00:00Z&to=2025-09-10T06:00:00Z";

async function ask(path: string, more: Partial<HandlerOptions> = everything): Promise<Response> {
  const sites = { isis: "IDAaaS", clf: ["CDAaaS"], both: ["IDAaaS", "CDAaaS"], none: [] };
  const handler = createHandler({ usage, sites, clock: () => LATER, ...more });
  return handler(new Request(`http://test/v1${path}`));
}
const json = async (path: string, more?: Partial<HandlerOptions>) => (await ask(path, more)).json();

describe("an explanation", () => {
  it.each(["ada", "site:isis", "site:both", "project:CDAaaS", "user:amara", "machine:Muon", "host:a:9100"])(
    "of %s adds up to its history, to 1e-9",
    async (scope) => {
      const explained = await json(`/explain?scope=${scope}&${PERIOD}`);
      const { totals } = await json(`/history?scope=${scope}&${PERIOD}`);
      const sum = explained.sum.reduce((all: number, { kwh }: { kwh: number }) => all + kwh, 0);
      expect(Math.abs(sum / totals.kwh.kwh - 1)).toBeLessThan(1e-9);
      expect(explained.kwh).toEqual(totals.kwh);
      expect(explained.gco2eq).toEqual(totals.gco2eq);
      expect(explained.hours).toMatchObject({ asked: 6, over: 6, known: 6 });
      const hosts = explained.hosts.reduce((all: number, { kwh }: { kwh: number }) => all + kwh, 0);
      expect(Math.abs(hosts / sum - 1)).toBeLessThan(1e-9);
      for (const { what, busyWatts, idleWatts } of explained.sum) {
        expect(what).not.toBeNull();
        expect(busyWatts).toBeCloseTo(12, 9);
        expect(idleWatts).toBeCloseTo(1, 9);
      }
    },
  );

  it("names the model, its constants, and how the intensity is known", async () => {
    const { model, constants, intensity, notes, coverage } = await json(`/explain?scope=site:isis&${PERIOD}`);
    expect(model).toMatch(/^per-core/);
    expect(constants).toEqual(expect.arrayContaining([{ name: "busy", value: "12W" }]));
    expect(intensity).toMatchObject([{ kind: "actual", source: "gb-carbon-intensity/national", hours: 6 }]);
    expect(coverage).toBe(1);
    expect(notes[0]).toMatch(/estimated/);
  });

  it("reads all hosts once for both of its lists, and each host's own rows", async () => {
    const reads: string[] = [];
    const counted: typeof usage = {
      ...usage,
      read: (scope, interval, options) => {
        reads.push(`${scope.kind}:${scope.name}`);
        return usage.read(scope, interval, options);
      },
    };
    await json(`/explain?scope=site:isis&${PERIOD}`, { ...everything, usage: counted });
    expect(reads.filter((name) => name === "host:a:9100")).toHaveLength(2);
  });

  it("has hosts only for whoever may see them", async () => {
    const sums = await json(`/explain?scope=site:isis&${PERIOD}`, only("amara"));
    expect([sums.hosts, sums.hostCount]).toEqual([null, null]);
    const own = await json(`/explain?scope=user:amara&${PERIOD}`, only("amara"));
    expect(own.hosts.map(({ instance }: { instance: string }) => instance).sort()).toEqual([
      "a:9100",
      "c:9100",
    ]);
    expect((await ask(`/explain?scope=user:amara&${PERIOD}`, only("bjorn"))).status).toBe(403);
  });

  it("of a time of which nothing is known says so, and claims nothing", async () => {
    const reply = await json("/explain?scope=ada&from=2024-01-01&to=2024-01-02");
    expect(reply).toMatchObject({
      sum: [],
      kwh: { kwh: null },
      model: null,
      intensity: [],
      hours: { known: 0 },
    });
    expect(reply.notes.join(" ")).toMatch(/Nothing is known of this time/);
    expect((await json(`/explain?scope=site:none&${PERIOD}`)).kwh.kwh).toBeNull();
  });

  it("says how many of its hours more was used in than was seen", async () => {
    const partly = memoryUsageStore();
    const rows = await readKind(usage, "ada", EVER);
    await partly.replace(rows.map((row) => ({ ...row, status: row.status.with(1, "download incomplete") })));
    const { notes } = await json(`/explain?scope=ada&${PERIOD}`, { ...everything, usage: partly });
    expect(notes).toContain("1 of 6 hours are incomplete: more was used in them than was seen.");
  });

  it("of a sum with hosts that are not stored has the rest as a part", async () => {
    const { get } = await fixture(everything);
    const reply = await (await get("/v1/explain?scope=ada&from=2025-09-08&to=2025-09-09")).json();
    expect(reply.sum.map(({ what, kwh }: { what: string | null; kwh: number }) => [what, kwh])).toEqual([
      ["Muon", 36],
      [null, 72],
    ]);
    expect(reply.notes.join(" ")).toMatch(/72.0 kWh are of hosts whose hours are not stored/);
  });
});

describe("a search", () => {
  const names = async (q: string, more?: Partial<HandlerOptions>): Promise<string[]> =>
    (await json(`/search?q=${q}`, more)).results.map(
      ({ kind, name }: { kind: string; name: string }) => `${kind}:${name}`,
    );

  it("finds what begins with the text first, whatever its case, and only what may be seen", async () => {
    expect(await names("MU")).toEqual(["machine:Muon"]);
    expect(await names("amara")).toEqual(["user:amara"]);
    expect(await names("9100")).toHaveLength(3);
    expect(await names("amara", only("bjorn"))).toEqual([]);
    expect(await names("9100", only("amara"))).toEqual([]);
    expect(await names("a", only("amara"))).toContain("user:amara");
  });

  it("says at which site something is, and keeps to one", async () => {
    const { results } = await json("/search?q=laser&site=clf", {
      ...everything,
      clock: () => FROM + 7 * HOUR_MS,
    });
    expect(results).toEqual([{ kind: "machine", name: "Laser", site: "clf" }]);
    expect((await json("/search?q=laser&site=isis")).results).toEqual([]);
    expect((await ask("/search?q=")).status).toBe(400);
    expect((await ask("/search?q=x&site=ral")).status).toBe(404);
  });

  it("finds the viewer's own hosts", async () => {
    const { get } = await fixture({ authorise: () => ({ allow: true, users: ["user1"] }) });
    const { results } = await (await get("/v1/search?q=host-")).json();
    expect(results).toEqual([{ kind: "host", name: "host-1:9100", site: "isis" }]);
  });
});

describe("a budget", () => {
  it("says what is used of it, and what will be if it goes on", async () => {
    const made = await fixture(everything);
    const first = await (await made.get("/v1/budget?scope=user:amara")).json();
    const { totals } = await (
      await made.get("/v1/history?scope=user:amara&from=2025-09-01&to=2025-09-10T12:00:00Z")
    ).json();
    expect(first).toMatchObject({ budgetKwh: 1000, setBy: "ISIS", month: "2025-09", wattsNow: null });
    expect(first.usedKwh).toBeCloseTo(totals.kwh.kwh, 9);
    expect([first.projectedKwh, first.assumption]).toEqual([null, expect.stringMatching(/not known/)]);
    const one = session(2, { user: "amara" });
    const counted = { ...one, countedUntil: one.countedUntil + 30_000, busyKwh: one.busyKwh + 0.001 };
    await made.options.workspaces?.save([{ ...counted, idleKwh: one.idleKwh + 0.002 }]);
    const then = await (await made.get("/v1/budget?scope=user:amara")).json();
    const hoursLeft = (Date.UTC(2025, 9) - NOW) / HOUR_MS;
    expect(then.wattsNow).toBeCloseTo(360, 6);
    expect(then.projectedKwh).toBeCloseTo(first.usedKwh + 0.36 * hoursLeft, 6);
    expect(then.projectedIfIdleStoppedKwh).toBeCloseTo(first.usedKwh + 0.12 * hoursLeft, 6);
  });

  it("is nobody else's, and a problem where there is none", async () => {
    const { get } = await fixture(only("bjorn"));
    expect((await get("/v1/budget?scope=user:amara")).status).toBe(403);
    expect((await (await get("/v1/budget?scope=user:bjorn")).json()).type).toMatch(/no-budget$/);
    expect((await get("/v1/budget?scope=user:bjorn&month=2025-13")).status).toBe(400);
    const without = await fixture({ ...everything, budgets: undefined });
    expect((await (await without.get("/v1/budget?scope=user:amara")).json()).type).toMatch(/not-offered$/);
  });
});
