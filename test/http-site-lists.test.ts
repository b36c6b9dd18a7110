import { createHandler, type HandlerOptions } from "ada-carbon/http";
import { memoryUsageStore } from "ada-carbon/memory";
import { HOUR_MS, UNATTRIBUTED } from "ada-carbon/usage";
import { beforeEach, describe, expect, it } from "vitest";
import { FROM, INTERVAL, LATER, world } from "./support/world.js";

// Users, groups and machines by site, of hours that the main job stored. amara has a host at either site, and
// holds another one of isis for the first half of the time.

interface Owner {
  readonly name: string;
  readonly totals: { readonly busyKwh: number; readonly idleKwh: number; readonly busyGco2eq: number };
}
interface List {
  readonly count: number;
  readonly owners: readonly Owner[];
  readonly totals: Owner["totals"];
}

const everything = { authorise: () => ({ allow: true, users: "all" }) as const };
const usage = memoryUsageStore();

beforeEach(async () => {
  if ((await usage.scopes("ada")).length > 0) return;
  const made = await world();
  const tenures = {
    id: "bookings",
    tenures: async () => [
      { host: "a:9100", from: FROM - HOUR_MS, to: null, user: "amara", group: "Muons" },
      { host: "b:9100", from: FROM, to: FROM + 2.5 * HOUR_MS, user: "amara", group: "Muons" },
      { host: "b:9100", from: FROM + 2.5 * HOUR_MS, to: null, user: "bjorn", group: "Neutrons" },
      { host: "c:9100", from: FROM - HOUR_MS, to: FROM + 3 * HOUR_MS, user: "amara", group: "Lasers" },
    ],
  };
  await made.run(usage, { tenures: { source: tenures } });
});

const PERIOD = "from=2025-09-10T00:00:00Z&to=2025-09-10T06:00:00Z";

async function ask(path: string, more: Partial<HandlerOptions> = everything): Promise<Response> {
  const sites = { isis: "IDAaaS", clf: ["CDAaaS"], both: ["IDAaaS", "CDAaaS"], none: ["XDAaaS"] };
  const handler = createHandler({ usage, sites, clock: () => LATER, ...more });
  return handler(new Request(`http://test${path}${path.includes("?") ? "&" : "?"}${PERIOD}`));
}
const list = async (path: string): Promise<List> => (await ask(path)).json();
const names = ({ owners }: List): string[] => owners.map(({ name }) => name).sort();
const kwh = (owners: readonly Owner[]): number =>
  owners.reduce((sum, { totals }) => sum + totals.busyKwh + totals.idleKwh, 0);

describe("lists of a site", () => {
  it("have who used something there, and only that", async () => {
    expect(names(await list("/v1/sites/isis/users"))).toEqual(["amara", "bjorn"]);
    expect(names(await list("/v1/sites/clf/users"))).toEqual(["amara", UNATTRIBUTED]);
    expect(names(await list("/v1/sites/isis/groups"))).toEqual(["Muons", "Neutrons"]);
    expect(names(await list("/v1/sites/isis/machines"))).toEqual(["Muon"]);
    expect(names(await list("/v1/sites/both/machines"))).toEqual(["Laser", "Muon"]);
    expect(names(await list("/v1/sites/both/projects"))).toEqual(["CDAaaS", "IDAaaS"]);
    expect(await list("/v1/sites/none/users")).toMatchObject({
      count: 0,
      owners: [],
      totals: { busyKwh: null },
    });
  });

  it.each(["projects", "machines", "users", "groups", "experiments"])(
    "of %s add up to the site",
    async (kind) => {
      for (const site of ["isis", "clf", "both"]) {
        const { owners, totals } = await list(`/v1/sites/${site}/${kind}`);
        const whole = totals.busyKwh + totals.idleKwh;
        expect(Math.abs(kwh(owners) / whole - 1)).toBeLessThan(1e-9);
        const grams = owners.reduce((sum, owner) => sum + owner.totals.busyGco2eq, 0);
        expect(Math.abs(grams / totals.busyGco2eq - 1)).toBeLessThan(1e-9);
      }
    },
  );

  it("of all sites together are those of no site", async () => {
    for (const kind of ["machines", "users", "groups"]) {
      const [apart, together] = [await list(`/v1/sites/both/${kind}`), await list(`/v1/${kind}`)];
      expect(names(apart)).toEqual(names(together));
      for (const { name, totals } of apart.owners) {
        const same = together.owners.find((owner) => owner.name === name)?.totals;
        for (const [quantity, value] of Object.entries(totals))
          expect(value).toBeCloseTo(
            Number(same?.[quantity as keyof typeof totals]),
            quantity === "coverage" ? 5 : 9,
          );
      }
    }
  });

  it("have most energy first, as many as are asked for, and say how many there are", async () => {
    const { owners, count } = await list("/v1/sites/isis/users?limit=1");
    expect([owners.map(({ name }) => name), count]).toEqual([["amara"], 2]);
  });

  it("know no hour that has not been stored", async () => {
    const later = `/v1/sites/isis/users?from=${new Date(INTERVAL.to).toISOString()}&to=${new Date(LATER).toISOString()}`;
    const handler = createHandler({ usage, sites: { isis: "IDAaaS" }, clock: () => LATER, ...everything });
    const { owners, totals } = (await (await handler(new Request(`http://test${later}`))).json()) as List;
    expect([owners, totals.busyKwh]).toEqual([[], null]);
  });
});

describe("users of a site", () => {
  it("are shown to nobody by default, other lists are", async () => {
    const reply = await ask("/v1/sites/isis/users", {});
    expect(reply.status).toBe(403);
    expect(await reply.text()).not.toMatch(/amara|bjorn/);
    for (const kind of ["machines", "groups", "projects"]) {
      const open = await ask(`/v1/sites/isis/${kind}`, {});
      expect(open.status).toBe(200);
      expect(await open.text()).not.toMatch(/amara|bjorn/);
    }
  });

  it("are shown themselves, by a hook that is told the site", async () => {
    const asked: unknown[] = [];
    const reply = await ask("/v1/sites/isis/users", {
      authorise: (_, wanted) => {
        asked.push(wanted);
        return { allow: true, users: ["bjorn"] };
      },
    });
    const own = (await reply.json()) as List;
    expect([names(own), own.count]).toEqual([["bjorn"], 1]);
    expect(asked).toEqual([{ route: "siteUsers", scope: null, site: "isis" }]);
  });
});
