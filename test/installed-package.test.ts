import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { posix } from "./support/posix.js";
import { startService } from "./support/service.js";

// What somebody has who installs the package: a clean clone is packed, the tarball installed in an empty folder.

const run = promisify(execFile);
const root = fileURLToPath(new URL("..", import.meta.url));

const available = posix("npm and npx as programs, links to folders and SIGTERM");
let folder: string;
let project: string;

beforeAll(async () => {
  if (!available) return;
  folder = await mkdtemp(join(tmpdir(), "ada-carbon-installed-"));
  const clone = join(folder, "clone");
  project = join(folder, "project");
  await run("git", ["clone", "--quiet", root, clone]);
  await symlink(join(root, "node_modules"), join(clone, "node_modules"));
  const { stdout } = await run("npm", ["pack", "--json", "--pack-destination", folder], { cwd: clone });
  // What the build says comes before the list of the tarballs.
  const [{ filename }] = JSON.parse(stdout.slice(stdout.lastIndexOf("\n[") + 1)) as [{ filename: string }];
  await mkdir(project);
  await writeFile(join(project, "package.json"), '{ "type": "module" }');
  await run("npm", ["install", "--no-audit", "--no-fund", "--prefer-offline", join(folder, filename)], {
    cwd: project,
  });
}, 180_000);

afterAll(() => available && rm(folder, { recursive: true, force: true }));

describe.runIf(available)("the installed package", () => {
  it("runs the README's program as it is printed, and prints numbers", async () => {
    const readme = await readFile(join(root, "README.md"), "utf8");
    const [, program = ""] = /^```ts\n([\s\S]*?)^```$/m.exec(readme) ?? [];
    expect(program).toContain("runSync");
    await writeFile(join(project, "program.ts"), program);
    const { stdout } = await run(process.execPath, ["program.ts"], { cwd: project });
    const lines = stdout.trim().split("\n");
    expect(lines.length).toBeGreaterThan(1);
    for (const line of lines) expect(line).toMatch(/^\w+: \d+\.\d\d kWh busy, \d+\.\d\d kWh idle$/);
    const busy = lines.map((line) => Number(/: ([\d.]+) kWh busy/.exec(line)?.[1]));
    expect(Math.min(...busy)).toBeGreaterThan(0);
  }, 60_000);

  it("can be imported by every name that it exports", async () => {
    const manifest = JSON.parse(await readFile(join(root, "package.json"), "utf8"));
    // These need their driver, which whoever uses them installs.
    const drivers = ["./postgres", "./mongodb"];
    const names = Object.keys(manifest.exports).filter(
      (name) => !name.endsWith(".json") && !drivers.includes(name),
    );
    const script = names.map((name) => `await import("ada-carbon${name.slice(1)}");`).join("\n");
    await run(process.execPath, ["--input-type=module", "-e", script], { cwd: project });
  }, 60_000);

  it("comes up as a service with one command", async () => {
    const bin = join(project, "node_modules/ada-carbon/dist/cli/main.js");
    const service = await startService(["--demo"], { cwd: project, bin });
    await service.said(/following \d+ workspaces/);
    expect((await fetch(`${service.url}api/v1/sites/isis/workspaces`)).status).toBe(200);
    expect((await service.stop()).status).toBe(0);
  }, 120_000);

  it("has a command that prints its help", async () => {
    const { stdout } = await run("npx", ["ada-carbon", "--help"], { cwd: project });
    expect(stdout).toContain("ada-carbon sync");
  }, 60_000);
});
