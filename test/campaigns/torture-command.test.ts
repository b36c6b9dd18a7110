import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { onlyLoopback } from "../../torture/only-loopback.js";

const main = fileURLToPath(new URL("../../torture/main.ts", import.meta.url));
const torture = (...args: string[]) =>
  spawnSync(process.execPath, ["--import", "tsx", main, ...args], { encoding: "utf8" });

it("prints a table of what was tried", () => {
  const { status, stdout } = torture("--only", "requests", "--short", "--seed", "7");
  expect(stdout).toMatch(/kind +│ tried │ failed │ seconds/);
  expect(stdout).toMatch(/valid values +│ +\d{3} │ +0 │/);
  expect(status).toBe(0);
}, 120_000);

it("ends with 1 where something failed, and names it", () => {
  // The programs that a campaign starts are not there.
  const { status, stdout } = spawnSync(
    process.execPath,
    ["--import", "tsx", main, "--only", "disks", "--short"],
    { encoding: "utf8", env: { ...process.env, PATH: "/nowhere" } },
  );
  expect([status, stdout]).toEqual([1, expect.stringMatching(/disks, broken off +│ +1 │ +1 │/)]);
  expect(stdout).toMatch(/^disks, broken off, seed 1: .*ENOENT/m);
}, 120_000);

it("ends with 1 on Ctrl-C, with a table of what was tried until then", async () => {
  const child = spawn(process.execPath, ["--import", "tsx", main, "--only", "replies", "--seed", "7"]);
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (chunk) => {
    stdout += chunk;
  });
  child.stderr.on("data", (chunk) => {
    stderr += chunk;
  });
  while (!stderr.includes("replies:")) await new Promise((resolve) => setTimeout(resolve, 50));
  child.kill("SIGINT");
  const [status] = await once(child, "close");
  expect([status, stderr]).toEqual([1, expect.stringMatching(/Ending\. Once more to end at once\./)]);
  expect(stdout).toMatch(/kind +│ tried │ failed │ seconds/);
}, 120_000);

it.each([
  [["--only", "floods"], /--only floods is not one of kills, disks/],
  [["--seed", "x"], /--seed x is not a whole number/],
  [["--target", "http://example.org"], /Unknown option '--target'/],
])("refuses %j", (args, complaint) => {
  const { status, stderr } = torture(...args);
  expect([status, stderr]).toEqual([2, expect.stringMatching(complaint)]);
});

it("connects to nothing but this machine", async () => {
  const server = createServer((_, response) => response.end("here")).listen(0, "127.0.0.1");
  await once(server, "listening");
  onlyLoopback();
  const { port } = server.address() as AddressInfo;
  expect(await (await fetch(`http://127.0.0.1:${port}`)).text()).toBe("here");
  const refused = { cause: { message: "torture is for servers of this machine, and 192.0.2.1 is none" } };
  await expect(fetch("http://192.0.2.1/")).rejects.toMatchObject(refused);
  server.close();
});
