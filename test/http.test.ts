import { AdaCarbonError } from "ada-carbon";
import { createHandler, problemSchema } from "ada-carbon/http";
import { memoryUsageStore, memoryWorkspaceStore } from "ada-carbon/memory";
import { parse } from "csv-parse/sync";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { ALL_ROUTES } from "../src/http/routes/all.js";
import { EVIL, grid, NOW, session, world } from "./http-fixture.js";

const everything = { authorise: () => ({ allow: true, users: "all" }) as const };

/** One request a route that must succeed, whatever is asked for in detail elsewhere. */
const GOOD: Record<string, string> = {
  index: "/",
  health: "/health",
  ready: "/ready",
  openapi: "/openapi.json",
  me: "/v1/me",
  sites: "/v1/sites",
  workspaces: "/v1/sites/isis/workspaces",
  totals: "/v1/sites/isis/totals",
  projects: "/v1/projects",
  machines: "/v1/machines?from=2025-09-10T00:00:00Z&to=2025-09-10T06:00:00Z",
  users: "/v1/users?limit=1",
  groups: "/v1/groups",
  experiments: "/v1/experiments",
  siteProjects: "/v1/sites/both/projects",
  siteMachines: "/v1/sites/isis/machines",
  siteUsers: "/v1/sites/isis/users?limit=1",
  siteGroups: "/v1/sites/clf/groups?from=2025-09-10T00:00:00Z&to=2025-09-10T06:00:00Z",
  siteExperiments: "/v1/sites/isis/experiments",
  siteHosts: "/v1/sites/isis/hosts?within=user:amara&sort=idle&order=asc",
  averages: "/v1/averages",
  history: "/v1/history?scope=site:isis&by=day&beside=before&zone=Europe/London",
  heatmap: "/v1/heatmap?scope=site:both&year=2025",
  myMachines: "/v1/sites/isis/my-machines",
  idle: "/v1/sites/isis/idle?days=1",
  explain: "/v1/explain?scope=site:both&from=2025-09-10&to=2025-09-11",
  budget: "/v1/budget?scope=user:amara",
  search: "/v1/search?q=m",
  bestTime: "/v1/best-time?hours=4&cores=8&before=2025-09-11",
  intensity: "/v1/intensity?hours=24&window=1.5",
  estimate: "/v1/estimate?busyCpuSeconds=18000&idleCpuSeconds=54000&machine=Muon",
  equivalencies: "/v1/equivalencies?gco2eq=10000",
};

const json = ALL_ROUTES.filter(({ contentType }) => contentType === "application/json");

describe("every JSON route", () => {
  it.each(json)(
    "$name answers what its schema says, with a tag that saves the second answer",
    async ({ name, reply }) => {
      const { get } = await world(everything);
      const path = GOOD[name] ?? "";
      const first = await get(path);
      expect(first.status).toBe(200);
      expect(first.headers.get("content-type")).toBe("application/json");
      expect(first.headers.get("cache-control")).toMatch(/^private, (no-cache|max-age=\d+)$/);
      const body: unknown = await first.json();
      expect(reply?.parse(body)).toEqual(body);

      const etag = first.headers.get("etag") ?? "";
      const again = await get(path, { headers: { "if-none-match": `"other", W/${etag.replace("W/", "")}` } });
      expect([again.status, await again.text()]).toEqual([304, ""]);
      const head = await get(path, { method: "HEAD" });
      expect([head.status, head.headers.get("etag"), await head.text()]).toEqual([200, etag, ""]);
    },
  );

  it.each(json)("$name refuses a parameter that it has not, and names those it has", async ({ name }) => {
    const { get } = await world(everything);
    const path = GOOD[name] ?? "";
    const reply = await get(`${path}${path.includes("?") ? "&" : "?"}nonsense=1`);
    expect(reply.status).toBe(400);
    expect((await reply.json()).detail).toMatch(
      /"nonsense" is no parameter; (there are|this route takes none)/,
    );
  });
});

describe("every JSON route that is a table, too", () => {
  const tables = json.filter(({ otherContentTypes }) =>
    otherContentTypes.includes("text/csv; charset=utf-8"),
  );

  const EMPTY = ["idle", "siteGroups"];

  it("is one of these", () => {
    const names = tables.map(({ name }) => name).filter((name) => !/^site|s$/.test(name));
    expect(names).toEqual(["idle", "history", "heatmap", "intensity"]);
    expect(tables).toHaveLength(17);
  });

  it.each(tables)("$name answers with CSV, by Accept or by format", async ({ name, textExample }) => {
    const { get } = await world(everything);
    const path = GOOD[name] ?? "";
    const accepted = await get(path, { headers: { accept: "text/csv" } });
    const text = await accepted.text();
    expect([accepted.status, accepted.headers.get("content-type")]).toEqual([200, "text/csv; charset=utf-8"]);
    expect(accepted.headers.get("content-disposition")).toMatch(/^attachment; filename="[\w.-]+\.csv"$/);
    expect(await (await get(`${path}${path.includes("?") ? "&" : "?"}format=csv`)).text()).toBe(text);
    // A row with fewer cells or more would be thrown out by the reader.
    const [header, ...rows] = parse(text);
    expect(header).toEqual(parse(textExample ?? "")[0]);
    expect(rows.length > 0).toBe(!EMPTY.includes(name));
    expect((await get(path, { headers: { accept: "*/*" } })).headers.get("vary")).toMatch(/^accept/);
  });
});

it("a later answer that says the same has the same tag", async () => {
  let now = NOW;
  const { get } = await world({ clock: () => now });
  for (const path of ["/v1/sites/isis/workspaces", "/health", "/v1/sites"]) {
    const etag = (await get(path)).headers.get("etag") ?? "";
    now += 5000;
    expect((await get(path, { headers: { "if-none-match": etag } })).status).toBe(304);
  }
});

describe("numbers", () => {
  it("are summed over the projects of a site; what is missing lowers the coverage and is no zero", async () => {
    const { get } = await world();
    const path = "?from=2025-09-09T02:00:00Z&to=2025-09-09T05:00:00Z";
    const { usage, workspaces, simulated } = await (await get(`/v1/sites/both/totals${path}`)).json();
    expect(usage).toMatchObject({ busyKwh: 6, idleKwh: 3, busyGco2eq: 600, hours: 3, hoursMissing: 1 });
    expect(usage.coverage).toBeCloseTo(2 / 3);
    expect([workspaces.sessions, simulated]).toEqual([0, true]);

    const { bins } = await (await get(`/v1/history${path}&scope=site:both&by=hour`)).json();
    expect(bins.labels).toEqual(["02:00", "03:00", "04:00"]);
    expect(bins.busyKwh).toEqual([3, null, 3]);
    expect(bins.coverage).toEqual([1, 0, 1]);
  });

  it("of a time of which nothing is known are null", async () => {
    const { get } = await world();
    const reply = await get("/v1/sites/isis/totals?from=2020-01-01T00:00:00Z&to=2020-01-02T00:00:00Z");
    expect((await reply.json()).usage).toMatchObject({
      busyKwh: null,
      idleGco2eq: null,
      coverage: 0,
      hoursMissing: 24,
    });
  });

  it("of a history are by default the last 30 days, 12 months and 5 years", async () => {
    const { get } = await world();
    for (const [by, count, first] of [
      ["day", 30, "2025-08-12"],
      ["month", 12, "2024-10"],
      ["year", 5, "2021"],
    ] as const) {
      const { labels } = (await (await get(`/v1/history?by=${by}`)).json()).bins;
      expect([labels.length, labels[0]]).toEqual([count, first]);
    }
  });

  it("of a year are all its days; those to come have not been", async () => {
    const { get } = await world(everything);
    const { days, today } = await (
      await get("/v1/heatmap?scope=project:IDAaaS&year=2025&metric=carbon")
    ).json();
    expect([days.length, today]).toEqual([365, "2025-09-10"]);
    expect(days.find(({ date }: { date: string }) => date === "2025-09-08").value).toBe(24 * 150);
    expect(days[0].value).toBeNull();
  });

  it("of the active workspaces have their sums beside them", async () => {
    const { get } = await world(everything);
    const { workspaces, totals } = await (await get("/v1/sites/isis/workspaces")).json();
    expect(workspaces.map(({ user }: { user: string }) => user)).toEqual(["user1", "amara"]);
    expect(workspaces[1].instance).toBe(EVIL);
    expect(totals).toMatchObject({ sessions: 2, active: 2, busyKwh: 0.04, idleKwh: 0.02 });
  });

  it("of the grid have the best window, the licence, and say what they are", async () => {
    const { get } = await world();
    const reply = await (await get("/v1/intensity?window=1")).json();
    expect(reply.now).toMatchObject({ kind: "actual", gco2eqPerKwh: 130 });
    expect(reply.bestWindow.from).toBe("2025-09-10T15:30:00Z");
    expect(reply.licence).toMatch(/CC BY 4.0/);
    expect(reply.forecast).toHaveLength(97);
  });

  it("of an estimate say where the intensity is from", async () => {
    const { get } = await world();
    const path = "/v1/estimate?busyCpuSeconds=18000&idleCpuSeconds=54000";
    expect(await (await get(`${path}&gco2eqPerKwh=100`)).json()).toMatchObject({
      ...{ busyKwh: 0.06, idleKwh: 0.015, busyGco2eq: 6, idleGco2eq: 1.5, intensity: "given" },
      basis: null,
    });
    expect(await (await get(path)).json()).toMatchObject({
      ...{ intensity: "actual", gco2eqPerKwh: 130 },
      basis: "average, direct, consumption, losses included, location-based, CO2",
    });
    const without = await world({ intensity: undefined });
    expect(await (await without.get(path)).json()).toMatchObject({ busyGco2eq: null, intensity: null });
  });
});

describe("bad input", () => {
  it.each([
    ["/v1/sites/ral/workspaces", 404, /no site "ral"; the sites are isis, clf, both/],
    ["/v1/sites/ral/totals", 404, /the sites are isis/],
    ["/v1/sites/ral/live", 404, /the sites are isis/],
    ["/v1/sites/__proto__/totals", 404, /the sites are isis/],
    ["/v1/sites/%E0%A4%A/totals", 400, /not percent-encoded UTF-8/],
    ["/v1/history?scope=site:ral", 404, /the sites are isis/],
    ["/v1/history?scope=project:nope", 404, /there are project:CDAaaS, project:IDAaaS/],
    ["/v1/history?scope=nonsense", 400, /scope: "nonsense" is not a scope/],
    ["/v1/history?from=2025-02-30T00:00:00Z", 400, /from: "2025-02-30T00:00:00Z" is not an instant/],
    ["/v1/history?from=yesterday", 400, /from: "yesterday" is not an instant/],
    ["/v1/history?by=decade", 400, /by: /],
    ["/v1/history?beside=always", 400, /beside: "always" is no time beside another/],
    ["/v1/history?beside=2025-09-02/2025-09-01", 400, /is not before/],
    ["/v1/history?format=xml", 400, /format: /],
    ["/v1/history?zone=Mars/Olympus", 400, /zone: "Mars\/Olympus" is not a time zone/],
    ["/v1/history?from=2025-09-10T00:00:00Z&to=2025-09-09T00:00:00Z", 400, /is not before/],
    [
      "/v1/history?from=2022-01-01T00:00:00Z&to=2024-09-27T00:00:00Z",
      400,
      /^1,000 days are more than .* 366 days/,
    ],
    ["/v1/history?by=day&by=month", 400, /by is given twice/],
    ["/v1/heatmap?year=1000days", 400, /year: must be a whole number/],
    ["/v1/heatmap?year=20255", 400, /year: must be 1000 to 9998/],
    ["/v1/estimate", 400, /busyCpuSeconds: must be a number/],
    ["/v1/estimate?busyCpuSeconds=-1", 400, /busyCpuSeconds: must be at least 0/],
    ["/v1/estimate?busyCpuSeconds=1e400", 400, /busyCpuSeconds: /],
    ["/v1/equivalencies", 400, /either gco2eq/],
    ["/v1/equivalencies?kwh=1&gco2eq=1", 400, /either gco2eq/],
    ["/v1/intensity?window=0", 400, /window: must be at least 0.5/],
    ["/v1/best-time?hours=0", 400, /hours: must be at least 0.5/],
    ["/v1/best-time?cores=1&kwh=1", 400, /not both/],
    ["/v1/best-time?before=2025-09-10", 400, /over after 2025-09-10/],
    ["/v1/best-time?before=soon", 400, /before: "soon" is not an instant/],
    ["/v1/sites/ral/my-machines", 404, /the sites are isis/],
    ["/v1/users?limit=0", 400, /limit: must be 1 to 1000/],
    ["/v1/sites/ral/users", 404, /the sites are isis/],
    [
      "/v1/sites/isis/machines?from=2024-01-01T00:00:00Z&to=2025-09-01T00:00:00Z",
      400,
      /over 366 days at most/,
    ],
    ["/nothing", 404, /nothing is at \/nothing/],
  ])("%s is a %i", async (path, status, detail) => {
    const { get } = await world(everything);
    const reply = await get(path);
    expect(reply.headers.get("content-type")).toBe("application/problem+json");
    const problem = problemSchema.parse(await reply.json());
    expect([reply.status, problem.status]).toEqual([status, status]);
    expect(problem.detail).toMatch(detail);
  });

  it("that changes something is refused", async () => {
    const { get } = await world();
    for (const method of ["POST", "PUT", "DELETE", "PATCH"]) {
      const reply = await get("/v1/sites", { method });
      expect([reply.status, reply.headers.get("allow")]).toEqual([405, "GET, HEAD, OPTIONS"]);
    }
  });

  it("among the options is refused at once", () => {
    const usage = memoryUsageStore();
    for (const options of [
      { basePath: "carbon" },
      { basePath: "/x/" },
      { zone: "Mars" },
      { sites: { "": "x" } },
    ]) {
      expect(() => createHandler({ usage, sites: {}, ...options })).toThrow(AdaCarbonError);
    }
  });
});

describe("without a hook, nobody's own data", () => {
  it("are in workspaces: no owner, no host, no telling id", async () => {
    const { get } = await world();
    const text = await (await get("/v1/sites/isis/workspaces")).text();
    expect(text).not.toMatch(/user1|amara|host-1|script|Muons/);
    const { workspaces } = JSON.parse(text);
    const hidden = { user: null, group: null, instance: null, ownerHidden: true };
    expect(workspaces[0]).toMatchObject({ ...hidden, machine: "Muon" });
    // Nor is anybody's group to be found out by searching for it.
    expect((await (await get("/v1/sites/isis/workspaces?search=muons")).json()).count).toBe(0);
    const again = await (await get("/v1/sites/isis/workspaces")).json();
    expect(again.workspaces).toEqual(workspaces);
  });

  it.each([
    "/v1/users",
    "/v1/history?scope=user:amara",
    "/v1/history?scope=user:nobody",
    "/v1/heatmap?scope=host:host-1:9100",
  ])("are at %s", async (path) => {
    const { get } = await world();
    const reply = await get(path);
    expect(reply.status).toBe(403);
    expect(await reply.text()).not.toMatch(/amara|bjorn/);
  });

  it("are among the metrics", async () => {
    const { get } = await world();
    expect(await (await get("/metrics")).text()).not.toMatch(/amara|bjorn|user1/);
  });

  it("are shared by caches; with a hook nothing is", async () => {
    const open = await (await world()).get("/v1/sites");
    expect([open.headers.get("cache-control"), open.headers.get("vary")]).toEqual([
      "public, max-age=300",
      null,
    ]);
    const closed = await (await world(everything)).get("/v1/sites");
    expect(closed.headers.get("cache-control")).toBe("private, max-age=300");
    expect(closed.headers.get("vary")).toBe("authorization, cookie");
  });
});

describe("the hook", () => {
  it("is asked with route, scope and site", async () => {
    const asked: unknown[] = [];
    const { get } = await world({
      authorise: (_, wanted) => {
        asked.push(wanted);
        return { allow: true, users: [] };
      },
    });
    await get("/v1/history?scope=user:amara");
    await get("/v1/heatmap?scope=site:isis");
    await get("/v1/sites/ral/totals");
    expect(asked).toEqual([
      { route: "history", scope: { kind: "user", name: "amara" }, site: null },
      { route: "heatmap", scope: null, site: "isis" },
      { route: "totals", scope: null, site: "ral" },
    ]);
  });

  it("shows a user what is theirs, and the rest without owner", async () => {
    const { get } = await world({ authorise: () => ({ allow: true, users: ["amara"] }) });
    expect((await get("/v1/history?scope=user:amara")).status).toBe(200);
    expect((await get("/v1/history?scope=user:bjorn")).status).toBe(403);
    const { owners, count } = await (await get("/v1/users")).json();
    expect([owners.map(({ name }: { name: string }) => name), count]).toEqual([["amara"], 1]);
    const { workspaces } = await (await get("/v1/sites/isis/workspaces")).json();
    expect(workspaces.map(({ user }: { user: string | null }) => user)).toEqual([null, "amara"]);
  });

  it("can refuse, and when it fails nobody gets in", async () => {
    for (const status of [401, 403] as const) {
      const { get } = await world({ authorise: () => ({ allow: false, status }) });
      expect((await get("/v1/sites")).status).toBe(status);
    }
    const { get, errors } = await world({
      authorise: () => Promise.reject(new Error("the session store is gone")),
    });
    const reply = await get("/v1/sites");
    expect([reply.status, errors.length]).toEqual([500, 1]);
    expect(await reply.text()).not.toMatch(/session store/);
  });
});

describe("trouble inside", () => {
  it("is told to the host application and not to the client", async () => {
    const usage = {
      ...memoryUsageStore(),
      read: () => Promise.reject(new AdaCarbonError("store-unavailable", "/srv/secret is full")),
    };
    const { get, errors } = await world({ usage });
    const reply = await get("/v1/history");
    expect(reply.status).toBe(503);
    expect(await reply.text()).not.toMatch(/secret/);
    expect(errors).toHaveLength(1);
    const broken = await world({ usage: { ...usage, scopes: () => Promise.reject(new Error("no")) } });
    const ready = await broken.get("/ready");
    expect([ready.status, (await ready.json()).checks]).toEqual([
      503,
      { usage: "failing", workspaces: "ok", data: "failing" },
    ]);
    expect((await broken.get("/health")).status).toBe(200);
  });

  it("with the grid leaves the fallback, and the source is not asked again at once", async () => {
    let asked = 0;
    const down = {
      ...grid(),
      periods: async () => {
        asked++;
        throw new AdaCarbonError("bad-reply", "answered {}");
      },
    };
    const without = await world({ intensity: down });
    expect((await without.get("/v1/intensity")).status).toBe(502);
    expect((await without.get("/v1/intensity")).status).toBe(502);
    expect(asked).toBe(1);
    const { get } = await world({ intensity: down, fallbackGco2eqPerKwh: 200 });
    expect(await (await get("/v1/intensity")).json()).toMatchObject({
      ...{ available: false, forecast: [], bestWindow: null, now: { kind: "fallback", gco2eqPerKwh: 200 } },
    });
  });

  it("is not that a port was not given", async () => {
    const { get } = await world({ workspaces: undefined, averages: undefined, intensity: undefined });
    for (const path of [
      "/v1/sites/isis/workspaces",
      "/v1/sites/isis/live",
      "/v1/averages",
      "/v1/intensity",
    ]) {
      const reply = await get(path);
      expect([reply.status, (await reply.json()).type]).toEqual([404, "urn:ada-carbon:problem:not-offered"]);
    }
    expect((await get("/health")).status).toBe(200);
    expect((await get("/metrics")).status).toBe(200);
    expect((await (await get("/v1/sites/isis/totals")).json()).workspaces).toBeNull();
  });
});

describe("the metrics", () => {
  it("are OpenMetrics where that is accepted, with labels escaped", async () => {
    const { get } = await world(everything);
    const reply = await get("/metrics", { headers: { accept: "application/openmetrics-text" } });
    expect(reply.headers.get("content-type")).toBe(
      "application/openmetrics-text; version=1.0.0; charset=utf-8",
    );
    const text = await reply.text();
    expect(text.endsWith("\n# EOF\n")).toBe(true);
    expect(text).toContain(
      'ada_carbon_hour_energy_joules{kind="machine",name="<script>alert(\\"x\\")</script>\\nnew \\"line\\" \\\\",use="busy"} 7200000\n',
    );
    expect(text).toContain('ada_carbon_workspaces_active{site="isis"} 2\n');
    expect(text).toContain('ada_carbon_workspaces_energy_joules_total{site="isis",use="idle"} 0\n');
    expect(text).toContain('ada_carbon_hour_energy_joules{kind="user",name="amara",use="busy"} 3600000\n');
    // Every line is a comment or a sample, and every sample's metric has a type before it.
    const lines = text.trimEnd().split("\n");
    for (const line of lines)
      expect(line).toMatch(/^(# (TYPE|UNIT|HELP) |# EOF$|[a-z_]+(\{.*\})? [\d.e+-]+$)/);
    expect(lines.join("\n")).not.toMatch(/NaN|null/);
  });
});

describe("other origins", () => {
  const headers = { origin: "https://portal.example" };

  it("get nothing unless asked for", async () => {
    const reply = await (await world()).get("/v1/sites", { headers });
    expect([...reply.headers.keys()].filter((name) => name.startsWith("access-control"))).toEqual([]);
  });

  it("get replies and preflights when listed, and errors too", async () => {
    const { get } = await world({ corsOrigins: ["https://portal.example"] });
    for (const path of ["/v1/sites", "/nothing"]) {
      const reply = await get(path, { headers });
      expect(reply.headers.get("access-control-allow-origin")).toBe("https://portal.example");
      expect(reply.headers.get("vary")).toMatch(/origin/);
    }
    const preflight = await get("/v1/sites", { method: "OPTIONS", headers });
    expect([preflight.status, preflight.headers.get("access-control-allow-methods")]).toEqual([
      204,
      "GET, HEAD",
    ]);
    const other = await get("/v1/sites", { headers: { origin: "https://evil.example" } });
    expect(other.headers.get("access-control-allow-origin")).toBeNull();
  });
});

describe("the OpenAPI document", () => {
  it("describes every route, and its examples are what its schemas say", async () => {
    const { get } = await world({ basePath: "/api/carbon" });
    const document = await (await get("/openapi.json")).json();
    expect(document.openapi).toBe("3.1.0");
    expect(document.servers).toEqual([{ url: "." }]);
    expect(Object.keys(document.paths)).toHaveLength(ALL_ROUTES.length - 3);
    for (const [path, { get: operation }] of Object.entries<{ get: Operation }>(document.paths)) {
      const inPath = operation.parameters.filter((parameter) => parameter.in === "path");
      expect(inPath.map(({ name }) => `{${name}}`)).toEqual(path.match(/\{\w+\}/g) ?? []);
      for (const parameter of operation.parameters) {
        expect(parameter.schema).toHaveProperty("type");
        expect(parameter.description, parameter.name).toMatch(/\w/);
      }
      expect(operation.description).toMatch(/\w/);
      expect(document.tags.map(({ name }: { name: string }) => name)).toContain(operation.tags[0]);
      for (const { example } of Object.values(operation.responses[200]?.content ?? {}))
        expect(example, path).toBeDefined();
      const content = operation.responses[200]?.content["application/json"];
      if (content === undefined) continue;
      const name = content.schema.$ref.split("/").at(-1) ?? "";
      const schema = z.fromJSONSchema(document.components.schemas[name]);
      expect(schema.safeParse(content.example).error).toBeUndefined();
    }
  });

  it("refers to nothing that it has not", async () => {
    const { get } = await world();
    const text = await (await get("/openapi.json")).text();
    const { components } = JSON.parse(text);
    for (const [, name = ""] of text.matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g)) {
      expect(components.schemas).toHaveProperty(name);
    }
  });

  it.each(json.filter(({ example }) => example !== undefined))(
    "has an example of $name that its own schema takes",
    ({ reply, example }) => {
      expect(reply?.parse(example)).toEqual(example);
    },
  );
});

interface Operation {
  readonly description: string;
  readonly tags: readonly string[];
  readonly parameters: readonly {
    readonly in: string;
    readonly name: string;
    readonly description: string;
    readonly schema: unknown;
  }[];
  readonly responses: Record<
    string,
    {
      readonly content: Record<
        string,
        { readonly schema: { readonly $ref: string }; readonly example: unknown }
      >;
    }
  >;
}

it("does not mind a thousand workspaces and forgets those that are gone", async () => {
  const workspaces = memoryWorkspaceStore();
  await workspaces.save(Array.from({ length: 1000 }, (_, n) => session(n)));
  const { get } = await world({ workspaces });
  const first = await (await get("/v1/sites/isis/workspaces")).json();
  expect(new Set(first.workspaces.map(({ id }: { id: string }) => id)).size).toBe(1000);
});
