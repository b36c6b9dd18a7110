import { HOUR_MS, UNATTRIBUTED } from "ada-carbon";
import { createHandler, type HandlerOptions } from "ada-carbon/http";
import { memoryUsageStore } from "ada-carbon/memory";
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
  readonly rest: { readonly count: number; readonly totals: Owner["totals"] | null };
  readonly reason: string | null;
  readonly cursor: string | null;
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
/** The sums themselves: bounds follow from them and from coverage. */
const flat = (totals: object): Record<string, number> =>
  Object.fromEntries(
    Object.entries(totals).filter((entry): entry is [string, number] => typeof entry[1] === "number"),
  );
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
      rest: { count: 0, totals: null },
      reason: "nothing-stored",
    });
  });

  it.each(["projects", "machines", "users", "groups", "experiments", "hosts"])(
    "of %s add up to the site",
    async (kind) => {
      for (const site of ["isis", "clf", "both"]) {
        const { owners } = await list(`/v1/sites/${site}/${kind}`);
        const { usage: totals } = await (await ask(`/v1/sites/${site}/totals`)).json();
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
        for (const [quantity, value] of Object.entries(flat(same ?? {})))
          expect(flat(totals)[quantity]).toBeCloseTo(value, quantity === "coverage" ? 5 : 9);
      }
    }
  });

  it("of all sites are searched and paged, and are to be had as a table", async () => {
    const first = await list("/v1/users?limit=1");
    const second = await list(`/v1/users?limit=1&cursor=${first.cursor}`);
    expect([first.count, second.owners.length]).toEqual([first.count, 1]);
    expect(names(second)).not.toEqual(names(first));
    expect(names(await list("/v1/users?search=AMA"))).toEqual(["amara"]);
    const table = await (await ask("/v1/users?format=csv")).text();
    expect(table.split("\r\n")[0]).toMatch(/^name,from,to,busyKwh/);
    expect(table).toMatch(/\r\namara,/);
  });

  it("have most energy first, as many as are asked for, and say how many there are", async () => {
    const { owners, count } = await list("/v1/sites/isis/users?limit=1");
    expect([owners.map(({ name }) => name), count]).toEqual([["amara"], 2]);
  });

  it("know no hour that has not been stored", async () => {
    const later = `/v1/sites/isis/users?from=${new Date(INTERVAL.to).toISOString()}&to=${new Date(LATER).toISOString()}`;
    const handler = createHandler({ usage, sites: { isis: "IDAaaS" }, clock: () => LATER, ...everything });
    const { owners } = (await (await handler(new Request(`http://test${later}`))).json()) as List;
    expect(owners).toEqual([]);
  });
});

describe("users of a site", () => {
  it("are shown to nobody by default, but as one sum; other lists are", async () => {
    const reply = await ask("/v1/sites/isis/users", {});
    const text = await reply.text();
    expect([reply.status, text]).toEqual([200, expect.not.stringMatching(/amara|bjorn/)]);
    const { owners, rest, reason } = JSON.parse(text) as List;
    const { usage: whole } = await (await ask("/v1/sites/isis/totals")).json();
    expect([owners, rest.count, reason]).toEqual([[], 2, "not-yours-to-see"]);
    expect(Math.abs(Number(rest.totals?.busyKwh) / whole.busyKwh - 1)).toBeLessThan(1e-9);
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

describe("a list", () => {
  const amara = { authorise: () => ({ allow: true, users: ["amara"] }) as const };

  it("hides the sum of a single one whom the viewer may not see", async () => {
    const { owners, rest } = (await (await ask("/v1/sites/isis/users", amara)).json()) as List;
    expect([owners.map(({ name }) => name), rest]).toEqual([["amara"], { count: 1, totals: null }]);
    const machine = await ask("/v1/sites/isis/hosts?within=user:amara", amara);
    const own = (await machine.json()) as List;
    expect([names(own), own.rest.count]).toEqual([["a:9100", "b:9100"], 0]);
  });

  it("searched tells nothing of whom the viewer may not see", async () => {
    const text = await (await ask("/v1/sites/isis/users?search=bj", amara)).text();
    const other = await (await ask("/v1/sites/isis/users?search=xyz", amara)).text();
    expect(text).toBe(other);
    expect(JSON.parse(text)).toMatchObject({ count: 0, reason: "no-match", rest: { count: 1 } });
    expect(names(await list("/v1/sites/isis/users?search=BJ"))).toEqual(["bjorn"]);
  });

  it("is refused within what the viewer may not see", async () => {
    for (const within of ["user:bjorn", "host:a:9100"])
      expect((await ask(`/v1/sites/isis/machines?within=${within}`, amara)).status).toBe(403);
    expect((await ask("/v1/sites/isis/machines?within=nonsense", amara)).status).toBe(400);
    expect((await ask("/v1/sites/isis/machines?cursor=nonsense", amara)).status).toBe(400);
  });

  it("narrows: the users of a group add up to it, and the hosts of a user to them", async () => {
    const [{ totals: muons }] = (await list("/v1/sites/isis/groups?search=muons")).owners as [Owner];
    const users = (await list("/v1/sites/isis/users?within=group:Muons")).owners;
    expect(kwh(users)).toBeCloseTo(muons.busyKwh + muons.idleKwh, 9);
    const hosts = (await list("/v1/sites/both/hosts?within=user:amara&within=project:IDAaaS")).owners;
    const [{ totals: amaras }] = (await list("/v1/sites/isis/users?search=amara")).owners as [Owner];
    expect(kwh(hosts)).toBeCloseTo(amaras.busyKwh + amaras.idleKwh, 9);
    const host = (await list("/v1/sites/isis/users?within=host:b:9100")).owners;
    const [{ totals: b }] = (await list("/v1/sites/isis/hosts?search=b:")).owners as [Owner];
    expect(kwh(host)).toBeCloseTo(b.busyKwh + b.idleKwh, 9);
  });

  it.each(["energy", "carbon", "idle", "name", "change"])(
    "sorted by %s pages through all of it",
    async (sort) => {
      const path = `/v1/sites/both/users?sort=${sort}&beside=before`;
      const all = (await list(path)).owners.map(({ name }) => name);
      const paged: string[] = [];
      for (let cursor: string | null = ""; cursor !== null; ) {
        const page: List = await list(`${path}&limit=1${cursor === "" ? "" : `&cursor=${cursor}`}`);
        paged.push(...page.owners.map(({ name }) => name));
        cursor = page.cursor;
      }
      expect(paged).toEqual(all);
      const backwards = await list(`${path}&order=${sort === "name" ? "desc" : "asc"}`);
      if (sort !== "change") expect(names(backwards)).toEqual([...all].sort());
    },
  );

  it("has the time beside it", async () => {
    const { owners } = await (
      await ask("/v1/sites/isis/users?beside=2025-09-10T00:00:00Z/2025-09-10T03:00:00Z")
    ).json();
    for (const { before, totals, change } of owners) {
      expect(before.hours).toBe(3);
      const perHour = (all: { kwh: { kwh: number }; hoursKnown: number }): number =>
        all.kwh.kwh / all.hoursKnown;
      expect(change).toBeCloseTo(perHour(totals) / perHour(before) - 1, 9);
    }
  });

  it("as CSV has every owner, and no name that a spreadsheet would run", async () => {
    const text = await (await ask("/v1/sites/both/users?format=csv")).text();
    expect(text.split("\r\n")[0]).toMatch(/^name,from,to,busyKwh/);
    expect(text.trimEnd().split("\r\n")).toHaveLength(4);
  });

  it("says when no hosts are stored, and when nothing is stored at all", async () => {
    const [empty, withoutHosts] = [memoryUsageStore(), memoryUsageStore()];
    await (await world()).run(withoutHosts, { hosts: false });
    for (const [usage, reason] of [
      [empty, "nothing-stored"],
      [withoutHosts, "hosts-not-stored"],
    ] as const) {
      const reply = await ask("/v1/sites/isis/users", { ...everything, usage });
      expect(await reply.json()).toMatchObject({ owners: [], reason });
    }
  });
});
