import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { requireSystemd } from "./servers/systemd.js";
import { cli } from "./support/cli-lab.js";
import { startService } from "./support/service.js";

// The unit and the image of examples/, as far as a machine without systemd and a builder of images can run them.

const example = (path: string): string => fileURLToPath(new URL(`../examples/${path}`, import.meta.url));

it.skipIf(!requireSystemd())("the unit is one that systemd takes without a word", () => {
  const { status, stderr } = spawnSync("systemd-analyze", ["verify", example("systemd/ada-carbon.service")]);
  expect([String(stderr), status]).toEqual(["", 0]);
});

describe("the image", () => {
  const lines = readFileSync(example("container/Containerfile"), "utf8")
    .replace(/^#.*\n/gm, "")
    .split("\n");
  const instructions = (word: string): string[] =>
    lines.filter((line) => line.startsWith(`${word} `)).map((line) => line.slice(word.length + 1));

  it("sets variables that are settings, and runs as nobody in particular", async () => {
    const { properties } = JSON.parse((await cli(["serve", "--config-schema"])).stdout);
    const variables = instructions("ENV").flatMap((text) =>
      text.split(" ").map((pair) => pair.split("=")[0]),
    );
    const known = Object.keys(properties).map((name) =>
      `ADA_CARBON_${name.replace(/[A-Z]/g, (letter) => `_${letter}`)}`.toUpperCase(),
    );
    expect(variables.length).toBe(3);
    expect(known).toEqual(expect.arrayContaining(variables));
    expect(instructions("USER")).toEqual(["node"]);
  });

  it("has a command that starts, and a health check that sees whether it is up", async () => {
    expect([instructions("ENTRYPOINT"), instructions("CMD")]).toEqual([['["ada-carbon"]'], ['["serve"]']]);
    const [, script = ""] = /"-e", "(.*)"\]/.exec(instructions("HEALTHCHECK")[0] ?? "") ?? [];
    const service = await startService(["--demo"]);
    const at = (url: string): string => script.replace("http://127.0.0.1:8080/", url);
    execFileSync(process.execPath, ["-e", at(service.url)]);
    expect((await service.stop()).status).toBe(0);
    expect(spawnSync(process.execPath, ["-e", at(service.url)]).status).toBe(1);
  });
});
