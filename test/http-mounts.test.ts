import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { toNodeListener } from "ada-carbon/http";
import express from "express";
import { Hono } from "hono";
import { afterEach, describe, expect, it } from "vitest";
import { world } from "./http-fixture.js";

// The same handler wherever it is mounted: in frameworks here, in Deno and Bun as processes of their own.

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

type Ask = (path: string, init?: RequestInit) => Promise<Response>;

async function listening(server: Server): Promise<string> {
  closers.push(() => server.closeAllConnections());
  closers.push(() => server.close());
  if (!server.listening) await once(server, "listening");
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const MOUNTS: Record<string, () => Promise<Ask>> = {
  async "node:http"() {
    const { handler } = await world({ basePath: "/carbon" });
    const base = await listening(createServer(toNodeListener(handler)).listen(0, "127.0.0.1"));
    return (path, init) => fetch(`${base}/carbon${path}`, init);
  },
  async "Express, which takes the path of the mount off"() {
    const { handler } = await world();
    const app = express();
    app.use("/carbon", toNodeListener(handler));
    const base = await listening(app.listen(0, "127.0.0.1"));
    return (path, init) => fetch(`${base}/carbon${path}`, init);
  },
  async "Hono's mount, which takes it off too"() {
    const { handler } = await world();
    const app = new Hono().mount("/carbon", handler);
    return async (path, init) => app.fetch(new Request(`http://test/carbon${path}`, init));
  },
  async "a route of Hono, which leaves it on"() {
    const { handler } = await world({ basePath: "/carbon" });
    const app = new Hono().all("/carbon/*", (context) => handler(context.req.raw));
    return async (path, init) => app.fetch(new Request(`http://test/carbon${path}`, init));
  },
};

async function behaves(ask: Ask): Promise<void> {
  const sites = await ask("/v1/sites");
  expect(sites.status).toBe(200);
  expect((await sites.json()).sites[0]).toEqual({ site: "isis", projects: ["IDAaaS"] });
  const etag = sites.headers.get("etag") ?? "";
  expect((await ask("/v1/sites", { headers: { "if-none-match": etag } })).status).toBe(304);
  const head = await ask("/v1/sites", { method: "HEAD" });
  expect([head.status, await head.text()]).toEqual([200, ""]);
  const unknown = await ask("/v1/sites/ral/totals");
  expect([unknown.status, (await unknown.json()).known]).toEqual([404, ["isis", "clf", "both"]]);
  const posted = await ask("/v1/sites", { method: "POST", body: "x".repeat(100_000) });
  expect(posted.status).toBe(405);
  expect((await ask("/v1/history?scope=site:isis&zone=Europe%2FLondon")).status).toBe(200);
  expect((await ask("/v1/sites/%2e%2e/totals")).status).toBe(404);

  const controller = new AbortController();
  const live = await ask("/v1/sites/isis/live", { signal: controller.signal });
  expect(live.headers.get("content-type")).toBe("text/event-stream");
  const reader = live.body?.getReader();
  const first = new TextDecoder().decode((await reader?.read())?.value);
  expect(first).toMatch(/^event: workspaces\n/);
  await reader?.cancel();
  controller.abort();
}

describe("mounted in", () => {
  it.each(Object.entries(MOUNTS))("%s", async (_, mount) => behaves(await mount()));

  it("node:http, a request that goes away aborts its signal", async () => {
    const aborted = Promise.withResolvers<void>();
    const listener = toNodeListener(async (request) => {
      request.signal.addEventListener("abort", () => aborted.resolve());
      return new Response(
        new ReadableStream({ start: (controller) => controller.enqueue(new Uint8Array(1)) }),
      );
    });
    const base = await listening(createServer(listener).listen(0, "127.0.0.1"));
    const controller = new AbortController();
    await fetch(base, { signal: controller.signal });
    controller.abort();
    await aborted.promise;
  });

  it.each([
    ["as it is, where one address is one client whatever it writes", {}, [200, 429, 429]],
    ["that says whom to count for, where each is one", { trust: "loopback" }, [200, 200, 429]],
  ] as const)("Express %s", async (_, { trust }: { trust?: string }, statuses) => {
    const { handler } = await world({ live: { maxPerClient: 1 } });
    const app = express();
    if (trust !== undefined) app.set("trust proxy", trust);
    const context = ({ ip }: express.Request) => ({ clientAddress: ip });
    app.use(toNodeListener<express.Request>(handler, trust === undefined ? {} : { context }));
    const base = await listening(app.listen(0, "127.0.0.1"));
    const got: number[] = [];
    for (const client of ["192.0.2.1", "192.0.2.2", "192.0.2.2"]) {
      const controller = new AbortController();
      closers.push(() => controller.abort());
      const headers = { "x-forwarded-for": client };
      got.push((await fetch(`${base}/v1/sites/isis/live`, { headers, signal: controller.signal })).status);
    }
    expect(got).toEqual(statuses);
  });

  it("node:http, a path that looks like another host is a path", async () => {
    const { handler } = await world();
    const urls: string[] = [];
    const listener = toNodeListener((request) => {
      urls.push(request.url);
      return handler(request);
    });
    const base = await listening(createServer(listener).listen(0, "127.0.0.1"));
    expect((await fetch(`${base}//evil.example/sites`)).status).toBe(404);
    expect(urls).toEqual(["http://localhost//evil.example/sites"]);
  });
});

const root = fileURLToPath(new URL("..", import.meta.url));

/**
 * A program that serves the handler and prints its port. It lies in this package and imports it by its public
 * names, and so gets what is published: the files in `dist` that package.json exports.
 */
function program(serve: string): string {
  return `
    import { createHandler } from "ada-carbon/http";
    import { memoryUsageStore, memoryWorkspaceStore } from "ada-carbon/memory";
    const handler = createHandler({
      usage: memoryUsageStore(), workspaces: memoryWorkspaceStore(),
      sites: { isis: "IDAaaS", clf: ["CDAaaS"], both: ["IDAaaS", "CDAaaS"] }, basePath: "/carbon",
    });
    console.log("from=" + import.meta.resolve("ada-carbon/http"));
    ${serve}`;
}

const RUNTIMES = {
  Node: {
    binary: () => process.execPath,
    args: (script: string) => [script],
    script: program(`
      const { toNodeListener } = await import("ada-carbon/http");
      const { createServer } = await import("node:http");
      const server = createServer(toNodeListener(handler));
      server.listen(0, "127.0.0.1", () => console.log("port=" + server.address().port));`),
  },
  Deno: {
    binary: () => npmBinary("deno", "deno"),
    args: (script: string) => ["run", "--allow-all", script],
    script: program(
      `Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: ({ port }) => console.log("port=" + port) }, handler);`,
    ),
  },
  Bun: {
    binary: () => npmBinary("bun", "bin/bun.exe"),
    args: (script: string) => ["run", script],
    script: program(
      `console.log("port=" + Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: handler }).port);`,
    ),
  },
} as const;

/** The binary of an npm package, which its postinstall script put there; `undefined` if it has not run. */
function npmBinary(name: string, path: string): string {
  const manifest = createRequire(import.meta.url).resolve(`${name}/package.json`);
  return join(dirname(manifest), path);
}

/** Where it listens, and from which file it has the handler. */
async function startOf(child: ChildProcess): Promise<{ port: number; from: string }> {
  let text = "";
  for await (const chunk of child.stdout ?? []) {
    text += chunk;
    const [, from = "", port] = /from=(\S+)\s+port=(\d+)/.exec(text) ?? [];
    if (port !== undefined) return { port: Number(port), from };
  }
  throw new Error(`it ended without a port: ${text}`);
}

describe("the built package, mounted in a process of", () => {
  it.each(Object.entries(RUNTIMES))("%s", async (name, { binary, args, script }) => {
    const folder = join(root, "test/.artifacts/http");
    mkdirSync(folder, { recursive: true });
    const file = join(folder, `${name.toLowerCase()}.mjs`);
    writeFileSync(file, script);
    // Bun would take the paths of ours, which lead to the sources.
    writeFileSync(join(folder, "tsconfig.json"), "{}");
    const child = spawn(binary(), args(file), { cwd: root, stdio: ["ignore", "pipe", "inherit"] });
    closers.push(() => child.kill("SIGKILL"));
    const { port, from } = await startOf(child);
    expect(from).toBe(pathToFileURL(join(root, "dist/http/index.js")).href);
    const base = `http://127.0.0.1:${port}/carbon`;
    await behaves((path, init) => fetch(`${base}${path}`, init));
  });
});
