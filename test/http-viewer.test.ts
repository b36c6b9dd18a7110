import type { RequestContext } from "ada-carbon/http";
import { describe, expect, it } from "vitest";
import { ALL_ROUTES } from "../src/http/routes/all.js";
import { world } from "./http-fixture.js";

// A host application that knows its user hands them over with the request, and needs no hook.

const amara: RequestContext = { viewer: { user: "amara", groups: ["Muons"] } };
const operator: RequestContext = { viewer: { user: "root", seesEveryone: true } };

async function asked(): Promise<(path: string, context?: RequestContext) => Promise<Response>> {
  const { handler } = await world();
  return (path, context) => handler(new Request(`http://test${path}`), context);
}

describe("a viewer handed over with the request", () => {
  it("sees their own data, an operator everybody's, and whom nobody knows sums only", async () => {
    const ask = await asked();
    const status = async (path: string, context?: RequestContext): Promise<number> =>
      (await ask(path, context)).status;
    expect(await status("/v1/history?scope=user:amara", amara)).toBe(200);
    expect(await status("/v1/history?scope=user:bjorn", amara)).toBe(403);
    expect(await status("/v1/history?scope=user:bjorn", operator)).toBe(200);
    expect(await status("/v1/history?scope=user:amara")).toBe(403);
    expect(await status("/v1/history?scope=user:amara", { viewer: undefined })).toBe(403);
    const { workspaces } = await (await ask("/v1/sites/isis/workspaces", amara)).json();
    expect(workspaces.map(({ user }: { user: string | null }) => user)).toEqual([null, "amara"]);
  });

  it("is who /v1/me says they are", async () => {
    const ask = await asked();
    const viewer = async (context?: RequestContext): Promise<unknown> =>
      (await (await ask("/v1/me", context)).json()).viewer;
    expect(await viewer(amara)).toEqual({ user: "amara", groups: ["Muons"], seesEveryone: false });
    expect(await viewer(operator)).toEqual({ user: "root", groups: [], seesEveryone: true });
    expect(await viewer()).toBeNull();
    const { has, sites, grid, model } = await (await ask("/v1/me")).json();
    expect(has).toEqual({
      ...{ workspaces: true, intensity: true, averages: true },
      ...{ hosts: true, budgets: true, console: false },
    });
    expect(sites[0]).toEqual({ site: "isis", projects: ["IDAaaS"] });
    expect(grid).toEqual({ name: "gb-carbon-intensity/national", zone: "Great Britain" });
    expect(model).toMatch(/^per-core/);
  });

  it("can be known, or it is said that nobody can be", async () => {
    const ask = await asked();
    const knows = async (context?: RequestContext): Promise<boolean> =>
      (await (await ask("/v1/me", context)).json()).knowsViewers;
    expect([await knows(amara), await knows({ viewer: undefined }), await knows()]).toEqual([
      true,
      true,
      false,
    ]);
  });

  it("keeps every reply out of shared caches, also those to whom nobody knows", async () => {
    const ask = await asked();
    const cache = async (context?: RequestContext): Promise<string | null> =>
      (await ask("/v1/sites", context)).headers.get("cache-control");
    expect(await cache(amara)).toBe("private, max-age=300");
    expect(await cache({ viewer: undefined })).toBe("private, max-age=300");
    expect(await cache({ clientAddress: "127.0.0.1" })).toBe("public, max-age=300");
  });

  it("without a name is nobody, and a fault of the host application", async () => {
    const { handler, errors } = await world();
    const reply = await handler(new Request("http://test/v1/sites"), { viewer: { user: "" } });
    expect([reply.status, errors.length]).toEqual([500, 1]);
  });
});

it("links are relative to the address asked for, wherever the handler is mounted", async () => {
  const { handler } = await world({ basePath: "/api/carbon" });
  for (const address of ["http://test/api/carbon", "http://test/api/carbon/"]) {
    const { openapi, routes } = await (await handler(new Request(address))).json();
    expect(new URL(openapi, address).href).toBe("http://test/api/carbon/openapi.json");
    for (const { path } of routes) expect(new URL(path, address).pathname).toMatch(/^\/api\/carbon\/\w/);
  }
});

describe("the page of the API", () => {
  it("has every route, nothing that runs, and links that lead where they say", async () => {
    const { handler } = await world({ basePath: "/api/carbon" });
    for (const address of ["http://test/api/carbon/docs", "http://test/api/carbon/docs/"]) {
      const reply = await handler(new Request(address));
      expect(reply.headers.get("content-type")).toBe("text/html; charset=utf-8");
      expect(reply.headers.get("content-security-policy")).toMatch(/^default-src 'none'/);
      const html = await reply.text();
      expect(html).not.toMatch(/<script|src=|https?:/);
      for (const { name } of ALL_ROUTES.slice(3)) expect(html).toContain(`<article id="${name}">`);
      const links = [...html.matchAll(/href="([^"#]+)"/g)].map(([, link = ""]) => new URL(link, address));
      expect(links.length).toBeGreaterThan(10);
      for (const link of links.filter(({ pathname }) => !pathname.endsWith("/live")))
        expect([link.pathname, (await handler(new Request(link))).status]).not.toEqual([link.pathname, 404]);
    }
  });
});
