import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { posix } from "../support/posix.js";
import { startService } from "../support/service.js";

// What somebody has who installs the package: a clean clone is released, the tarball installed in an empty folder.

const run = promisify(execFile);
const root = fileURLToPath(new URL("../..", import.meta.url));

const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));

const available = posix("npm and npx as programs, links to folders and SIGTERM");
let folder: string;
let clone: string;
let project: string;

beforeAll(async () => {
  if (!available) return;
  folder = await mkdtemp(join(tmpdir(), "ada-carbon-installed-"));
  clone = join(folder, "clone");
  project = join(folder, "project");
  await run("git", ["clone", "--quiet", root, clone]);
  await symlink(join(root, "node_modules"), join(clone, "node_modules"));
  await writeFile(
    join(clone, ".changeset/another.md"),
    '---\n"ada-carbon": minor\n---\n\nAnother release.\n',
  );
  const changelog = await readFile(join(clone, "CHANGELOG.md"), "utf8");
  const changed = changelog.replace("## [Unreleased]\n", "## [Unreleased]\n\n### Added\n\n- Another.\n");
  await writeFile(join(clone, "CHANGELOG.md"), changed);
  await inClone("git", "add", ".changeset", "CHANGELOG.md");
  await inClone("git", "commit", "--quiet", "--message", "a change");
  await inClone("npm", "run", "release");
  const [tarball = ""] = await readdir(join(clone, "release"));
  await mkdir(project);
  // What npm init writes: the README's program must not need "type": "module".
  await writeFile(join(project, "package.json"), '{ "type": "commonjs" }');
  await run(
    "npm",
    [
      ...["install", "--no-audit", "--no-fund", "--prefer-offline", join(clone, "release", tarball)],
      // With each driver that somebody may add: npm refuses one that a peer's range does not admit.
      ...Object.keys(manifest.peerDependencies),
    ],
    { cwd: project },
  );
}, 600_000);

afterAll(() => available && rm(folder, { recursive: true, force: true }));

/** Runs a command in the clone as somebody who may commit. */
async function inClone(command: string, ...args: string[]): Promise<string> {
  const who = { NAME: "tests", EMAIL: "tests@example.org" };
  const identity = Object.entries(who).flatMap(([key, value]) => [
    [`GIT_AUTHOR_${key}`, value],
    [`GIT_COMMITTER_${key}`, value],
  ]);
  const env = { ...process.env, ...Object.fromEntries(identity) };
  return (await run(command, args, { cwd: clone, env })).stdout;
}

const versionIn = async (path: string): Promise<string> =>
  JSON.parse(await readFile(join(path, "package.json"), "utf8")).version;

describe.runIf(available)("npm run release", () => {
  it("leaves a tag, a commit, a changelog of the version, and a tarball of it", async () => {
    const version = await versionIn(clone);
    const [major, minor] = (await versionIn(root)).split(".").map(Number);
    expect(version).toBe(`${major}.${Number(minor) + 1}.0`);
    expect(await inClone("git", "describe", "--exact-match")).toBe(`v${version}\n`);
    expect(await inClone("git", "log", "-1", "--format=%s")).toBe(`release: ${version}\n`);
    expect(await inClone("git", "status", "--porcelain")).toBe("");
    expect(await readFile(join(clone, "CHANGELOG.md"), "utf8")).toMatch(
      new RegExp(`^## \\[Unreleased\\]\n\n## \\[${version}\\] - \\d{4}-\\d\\d-\\d\\d\n\n### `, "m"),
    );
    expect(await readdir(join(clone, "release"))).toEqual([`ada-carbon-${version}.tgz`]);
    expect(await versionIn(join(project, "node_modules/ada-carbon"))).toBe(version);
  });

  it("is checked by a publish that is only tried, too", async () => {
    await inClone("env", "npm_config_dry_run=true", "npx", "--no-install", "tsx", "scripts/check-package.ts");
  });

  it("says in a line what it lacks: changes under Unreleased, or the kind of release", async () => {
    const refusal = (): Promise<unknown> => inClone("npm", "run", "--silent", "release").catch(String);
    expect(await refusal()).toMatch(/release: CHANGELOG.md says nothing under Unreleased/);
    const changelog = join(clone, "CHANGELOG.md");
    const text = await readFile(changelog, "utf8");
    await writeFile(changelog, text.replace("## [Unreleased]\n", "## [Unreleased]\n\n### Added\n\n- One.\n"));
    await inClone("git", "commit", "--quiet", "--all", "--message", "a change without its kind");
    expect(await refusal()).toMatch(/release: no file in .changeset\/ asks for a release/);
  });
});

describe.runIf(available)("the installed package", () => {
  const bin = (name: string): string => join(root, "node_modules/.bin", name);
  const oldestNode = ["--yes", "--package", `node@${manifest.engines.node.replace(">=", "")}.0`, "--"];
  it.each([
    ["Node", process.execPath, ["program.mjs"]],
    ["the oldest Node that is promised", "npx", [...oldestNode, "node", "program.mjs"]],
    ["tsx", bin("tsx"), ["program.mjs"]],
    ["Deno", bin("deno"), ["run", "--allow-all", "program.mjs"]],
    ["Bun", bin("bun"), ["program.mjs"]],
  ] as const)(
    "runs the README's program under %s as it is printed, and prints numbers",
    async (_, command, args) => {
      const readme = await readFile(join(root, "README.md"), "utf8");
      const [, program = ""] = /^```ts\n([\s\S]*?)^```$/m.exec(readme) ?? [];
      expect(program).toContain("runSync");
      await writeFile(join(project, "program.mjs"), program);
      const { stdout } = await run(command, args, { cwd: project });
      const lines = stdout.trim().split("\n");
      expect(lines.length).toBeGreaterThan(1);
      const numbers = lines.flatMap((line) => {
        expect(line).toMatch(/^\w+ [\d.]+ kWh busy, [\d.]+ kWh idle$/);
        return [...line.matchAll(/ ([\d.]+) kWh/g)].map(([, kwh]) => Number(kwh));
      });
      expect(Math.min(...numbers)).toBeGreaterThan(0);
    },
    120_000,
  );

  it("can be imported by every name that it exports", async () => {
    const names = Object.keys(manifest.exports).filter((name) => !name.endsWith(".json"));
    const script = names.map((name) => `await import("ada-carbon${name.slice(1)}");`).join("\n");
    await run(process.execPath, ["--input-type=module", "-e", script], { cwd: project });
  }, 60_000);

  it("comes up as a service with one command", async () => {
    const main = join(project, "node_modules/ada-carbon/dist/cli/main.js");
    const service = await startService(["--demo"], { cwd: project, bin: main });
    await service.said(/following \d+ workspaces/);
    expect((await fetch(`${service.url}api/v1/sites/isis/workspaces`)).status).toBe(200);
    expect((await service.stop()).status).toBe(0);
  }, 120_000);

  it("has a command that prints its help", async () => {
    const { stdout } = await run("npx", ["ada-carbon", "--help"], { cwd: project });
    expect(stdout).toContain("ada-carbon sync");
  }, 60_000);
});
