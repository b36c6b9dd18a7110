import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { afterEach, expect, it } from "vitest";

// The one command: a process that serves the page of a simulated cluster, and ends when told to.

const root = fileURLToPath(new URL("..", import.meta.url));
let child: ChildProcess | undefined;
afterEach(() => void child?.kill("SIGKILL"));

async function lineWith(stream: Readable | null | undefined, wanted: RegExp): Promise<string> {
  let text = "";
  for await (const chunk of stream?.iterator({ destroyOnReturn: false }) ?? []) {
    text += chunk;
    const found = wanted.exec(text)?.[0];
    if (found !== undefined) return found;
  }
  throw new Error(`it ended without ${wanted}: ${text}`);
}

it("serves workspaces of the simulated cluster, and stops cleanly", async () => {
  const args = ["--import", "tsx", "examples/analysis-service/server.ts"];
  child = spawn(process.execPath, args, {
    cwd: root,
    env: { ...process.env, PORT: "0" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const page = await lineWith(child.stdout, /http:\S+\/analysis\/isis\//);
  expect((await fetch(page)).status).toBe(200);
  expect(await lineWith(child.stdout, /following \d+ workspaces/)).toBe("following 36 workspaces");

  const api = new URL("/api/carbon/v1/", page);
  const { workspaces, simulated } = await (await fetch(new URL("sites/isis/workspaces", api))).json();
  expect([workspaces.length, simulated]).toEqual([12, true]);
  expect(workspaces[0].idleKwh).toBeGreaterThan(0);
  const metrics = await (await fetch(new URL("../metrics", api))).text();
  expect(metrics).toMatch(/ada_carbon_workspaces_active\{site="isis"\} 12\n/);

  child.kill("SIGINT");
  const [code] = await once(child, "exit");
  expect(code).toBe(0);
}, 120_000);
