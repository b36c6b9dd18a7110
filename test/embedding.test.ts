import { type ChildProcess, spawn } from "node:child_process";
import { readdirSync } from "node:fs";
import { createServer } from "node:net";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it } from "vitest";

// Each file of examples/embedding as a process of its own, on the built package, asked as its users would.

const root = fileURLToPath(new URL("..", import.meta.url));
const examples = readdirSync(`${root}examples/embedding`).filter((file) => file !== "carbon.ts");

const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill();
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === "object" && address !== null ? address.port : 0;
}

async function started(example: string): Promise<string> {
  const port = await freePort();
  const child = spawn(process.execPath, [`examples/embedding/${example}`], {
    cwd: root,
    env: { ...process.env, PORT: String(port) },
    stdio: ["ignore", "ignore", "pipe"],
  });
  children.push(child);
  let said = "";
  child.stderr.on("data", (chunk) => {
    said += chunk;
  });
  const url = `http://127.0.0.1:${port}/carbon`;
  await expect
    .poll(async () => {
      if (child.exitCode !== null) throw new Error(`it ended: ${said}`);
      return fetch(`${url}/health`).then(
        ({ status }) => status,
        () => "not there yet",
      );
    })
    .toBe(200);
  return url;
}

describe("examples/embedding", () => {
  it("has an example for each framework", () => {
    expect(examples).toEqual(["express.ts", "fastify.ts", "hono.ts", "nest.ts", "node-http.ts"]);
  });

  it.each(examples)("%s answers, knows the viewer, and streams", async (example) => {
    const url = await started(example);
    const sites = await (await fetch(`${url}/v1/sites`)).json();
    expect(sites.sites).toEqual([{ site: "isis", projects: ["IDAaaS"] }]);
    expect((await (await fetch(`${url}/v1/me`)).json()).viewer).toBe(null);
    const me = await fetch(`${url}/v1/me`, { headers: { "x-demo-user": "amara" } });
    expect((await me.json()).viewer).toMatchObject({ user: "amara" });
    expect((await fetch(`${url}/v1/sites/ral/totals`)).status).toBe(404);
    expect((await fetch(`${url}/v1/sites`, { method: "POST", body: "{}" })).status).toBe(405);
    const live = await fetch(`${url}/v1/sites/isis/live`);
    const reader = live.body?.getReader();
    expect(new TextDecoder().decode((await reader?.read())?.value)).toMatch(/^event: workspaces\n/);
    await reader?.cancel();
  });
});
