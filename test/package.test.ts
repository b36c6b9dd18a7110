import { execFileSync, spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { VERSION } from "ada-carbon";
import ts from "typescript";
import { describe, expect, it } from "vitest";

// The package as it is built: dist/ and package.json, seen by a program that imports it by name.

const root = fileURLToPath(new URL("..", import.meta.url));
const manifest = JSON.parse(readFileSync(`${root}package.json`, "utf8"));
const subpaths = Object.keys(manifest.exports).filter((path) => !path.endsWith(".json"));

it("says which kind of release its changes need, as soon as it has any", () => {
  const changelog = readFileSync(`${root}CHANGELOG.md`, "utf8");
  const [, unreleased = ""] = /^## \[Unreleased\]$([\s\S]*?)^## /m.exec(changelog) ?? [];
  const kinds = readdirSync(`${root}.changeset`).filter((file) => /^(?!README).*\.md$/.test(file));
  expect(kinds.length > 0).toBe(unreleased.trim() !== "");
});

/** Paths of the files that `npm pack` takes. */
const packed = packedFiles();

function packedFiles(): string[] {
  const command = ["pack", "--dry-run", "--json", "--ignore-scripts"];
  const listed = execFileSync("npm", command, { cwd: root, encoding: "utf8" });
  const [{ files }] = JSON.parse(listed) as [{ files: { path: string }[] }];
  return files.map(({ path }) => path);
}

/** Paths from the package's root that a document links to. */
function relativeLinksOf(document: string): string[] {
  const text = readFileSync(`${root}${document}`, "utf8").replace(/^```[\s\S]*?^```/gm, "");
  return [...text.matchAll(/\]\(([^)#\s]+)[^)]*\)/g)]
    .map(([, target = ""]) => target)
    .filter((target) => !/^\w+:/.test(target))
    .map((target) => join(dirname(document), target));
}

/** A file, or a folder with packed files in it. */
function isPacked(link: string): boolean {
  return packed.some((path) => path === link || path.startsWith(`${link.replace(/\/$/, "")}/`));
}

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

  it("says in one line which Node it needs where that is older", () => {
    const older = `Object.defineProperty(process, "versions", { value: { ...process.versions, node: "20.20.2" } })`;
    const args = [
      "--import",
      `data:text/javascript,${encodeURIComponent(older)}`,
      "dist/cli/main.js",
      "report",
    ];
    const { status, stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: "utf8" });
    expect(status).toBe(1);
    expect(stderr).toMatch(/^ada-carbon: needs Node 22\.13 or later, and this is 20\.20\.2; .*\n$/);
  });

  it("asks for optional peers by ranges that npm finds them in", () => {
    for (const [name, range] of Object.entries(manifest.peerDependencies)) {
      const { version } = JSON.parse(readFileSync(`${root}node_modules/${name}/package.json`, "utf8"));
      // To npm no range but * holds a pre-release, and each version of DuckDB's package is named as one.
      if (version.includes("-")) expect(range, name).toBe("*");
    }
  });

  it("has declarations that need nothing but what is installed with it", () => {
    const installed = [...Object.keys(manifest.dependencies), ...Object.keys(manifest.peerDependencies)];
    const declarations = packed.filter((path) => path.endsWith(".d.ts"));
    expect(declarations.length).toBeGreaterThan(100);
    for (const path of declarations) {
      const { importedFiles } = ts.preProcessFile(readFileSync(`${root}${path}`, "utf8"));
      const others = importedFiles
        .map(({ fileName }) => fileName)
        .filter((name) => !/^(\.|node:)/.test(name));
      for (const name of others) expect(installed, `${path} imports ${name}`).toContain(name);
    }
  });

  it("is built and checked before it is packed, so that a clean clone packs its code", () => {
    expect(manifest.scripts.prepack).toBe("npm run --silent build && tsx scripts/check-package.ts");
    for (const path of subpaths) expect(packed).toContain(manifest.exports[path].default.replace("./", ""));
    expect(packed).toEqual(expect.arrayContaining(["README.md", "docs/accuracy.md", "dist/cli/main.js"]));
    expect(packed.filter((path) => path.endsWith(".map"))).toEqual([]);
  });

  it("brings along whatever its documents link to, or they say where on the web it is", () => {
    const documents = packed.filter((path) => path.endsWith(".md"));
    expect(documents.length).toBeGreaterThan(20);
    const dangling = documents.flatMap((document) =>
      relativeLinksOf(document).flatMap((link) => (isPacked(link) ? [] : [`${document}: ${link}`])),
    );
    expect(dangling).toEqual([]);
  });

  it("names the licence of every package that is in it", () => {
    const bundled = new Set<string>();
    for (const path of packed.filter((path) => /^dist\/.*\.js$/.test(path))) {
      const text = readFileSync(`${root}${path}`, "utf8");
      for (const [, name = ""] of text.matchAll(/^\/\/ node_modules\/((?:@[^/]+\/)?[^/]+)/gm))
        bundled.add(name);
    }
    expect(bundled.size).toBeGreaterThan(5);
    const licences = readFileSync(`${root}LICENSES-OF-DEPENDENCIES.md`, "utf8");
    expect([...bundled, "lit"].filter((name) => !licences.includes(name))).toEqual([]);
    const installed = Object.keys(manifest.dependencies);
    expect([...bundled].filter((name) => installed.includes(name))).toEqual(["zod"]);
  });

  it("has the same doors and version at JSR, but for the page, whose script is built", () => {
    const jsr = JSON.parse(readFileSync(`${root}jsr.json`, "utf8"));
    expect(jsr.version).toBe(manifest.version);
    const sources = subpaths
      .filter((path) => path !== "./page")
      .map((path) => [path, manifest.exports[path].default.replace("dist", "src").replace(/js$/, "ts")]);
    expect(Object.entries(jsr.exports)).toEqual(sources);
  });

  it("writes its own version into provenance", () => {
    expect(VERSION).toBe(manifest.version);
  });

  it("loads nothing heavy and no driver from its root", () => {
    const modules = modulesOf("ada-carbon");
    expect(modules.some((url) => url.endsWith("dist/index.js"))).toBe(true);
    expect(modules.filter((url) => HEAVY.test(url) || url.includes("node_modules"))).toEqual([]);
    // Each file takes less than a millisecond, and importing should take less than 30.
    expect(modules.filter((url) => url.includes("/dist/")).length).toBeLessThan(55);
  });

  it.each([
    "kit",
    "http",
    "prometheus",
    "intensity",
    "machines",
    "meters",
    "calibration",
    "attribution",
    "averages",
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

  it("has no file that Node cannot load, those included that are loaded only when they are needed", () => {
    // A package of CommonJS may have no named exports there, though it has them in the tests and for the compiler.
    const files = packed.filter(
      (path) => /^dist\/.*\.js$/.test(path) && !/\/(main|demo-cloud|analysis)\.js$/.test(path),
    );
    const script = `for (const file of ${JSON.stringify(files)}) await import("./" + file);`;
    const options = { cwd: root, encoding: "utf8" } as const;
    const { stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", script], options);
    expect(stderr.replaceAll(/^.*ExperimentalWarning.*$|^.*--trace-warnings.*$/gm, "").trim()).toBe("");
    expect(files.length).toBeGreaterThan(50);
  });

  it("lists types first in every export", () => {
    for (const path of subpaths) expect(Object.keys(manifest.exports[path])[0]).toBe("types");
  });
});
