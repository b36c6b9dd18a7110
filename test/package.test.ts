import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { VERSION } from "ada-carbon";
import { describe, expect, it } from "vitest";

// The package as it is built: dist/ and package.json, seen by a program that imports it by name.

const root = fileURLToPath(new URL("..", import.meta.url));
const manifest = JSON.parse(readFileSync(`${root}package.json`, "utf8"));
const subpaths = Object.keys(manifest.exports).filter((path) => !path.endsWith(".json"));

/** URLs of all modules that a fresh process loads for one import. */
function modulesOf(specifier: string): string[] {
  const script = `
    import { registerHooks } from "node:module";
    const urls = [];
    registerHooks({ load: (url, context, next) => { urls.push(url); return next(url, context); } });
    await import(${JSON.stringify(specifier)});
    console.log(JSON.stringify(urls));`;
  const options = { cwd: root, encoding: "utf8" } as const;
  return JSON.parse(execFileSync(process.execPath, ["--input-type=module", "-e", script], options));
}

/** What a browser has not, and what takes long to load. */
const HEAVY =
  /apache-arrow|parquet-wasm|node_modules\/(pg|mongodb|commander|cli-)|node:(fs|http|sqlite|child_process)/;

describe("the package", () => {
  it("is tested on the Node it is made for, whatever Node started npm", () => {
    const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
    expect(major * 1000 + minor, process.version).toBeGreaterThanOrEqual(22_013);
    expect(manifest.engines.node).toBe(">=22.13");
  });

  it("is built before it is packed, so that a clean clone packs its code", () => {
    expect(manifest.scripts.prepack).toBe("npm run --silent build");
    const listed = execFileSync("npm", ["pack", "--dry-run", "--json", "--ignore-scripts"], {
      cwd: root,
      encoding: "utf8",
    });
    const [{ files }] = JSON.parse(listed) as [{ files: { path: string }[] }];
    const packed = files.map(({ path }) => path);
    for (const path of subpaths) expect(packed).toContain(manifest.exports[path].default.replace("./", ""));
    expect(packed).toEqual(expect.arrayContaining(["README.md", "docs/accuracy.md", "dist/cli/main.js"]));
  });

  it("writes its own version into provenance", () => {
    expect(VERSION).toBe(manifest.version);
  });

  it("loads nothing heavy and no driver from its root", () => {
    const modules = modulesOf("ada-carbon");
    expect(modules.some((url) => url.endsWith("dist/index.js"))).toBe(true);
    expect(modules.filter((url) => HEAVY.test(url) || url.includes("node_modules"))).toEqual([]);
    // Each file takes less than a millisecond, and importing should take less than 30.
    expect(modules.filter((url) => url.includes("/dist/")).length).toBeLessThan(50);
  });

  it.each([
    "usage",
    "http",
    "prometheus",
    "intensity",
    "power",
    "machines",
    "meters",
    "calibration",
    "attribution",
    "averages",
    "uncertainty",
    "sync",
    "memory",
    "reports",
    "timeseries",
    "workspaces",
  ])("loads nothing from ada-carbon/%s that a browser has not", (room) => {
    expect(modulesOf(`ada-carbon/${room}`).filter((url) => HEAVY.test(url))).toEqual([]);
  });

  it("can be imported by every name it exports", () => {
    for (const path of subpaths) expect(modulesOf(`ada-carbon${path.slice(1)}`).length).toBeGreaterThan(0);
  });

  it("lists types first in every export", () => {
    for (const path of subpaths) expect(Object.keys(manifest.exports[path])[0]).toBe("types");
  });
});
