import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { DAY_MS, HOUR_MS } from "ada-carbon";
import { type SimulationServer, serveSimulation, simulateCluster } from "ada-carbon/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { requireDjango } from "../servers/django.js";
import { requireNginx } from "../servers/nginx.js";
import { type RealPostgres, startPostgres } from "../servers/postgres.js";
import { requirePrometheus } from "../servers/prometheus.js";
import { requireReaders } from "../servers/readers.js";
import { requireSystemd } from "../servers/systemd.js";
import { expectCompiles } from "../support/compile.js";
import { blocksOf, isRun, pages, ROOT, textOf } from "../support/markdown.js";
import { commandsOf, isAsPrinted, PrintedCommands } from "../support/printed-commands.js";

// Pages with ```console blocks are run as they are printed: each in a folder of its own, in which the package is
// installed. Blocks with the name of a file are written there, commands are run in their order, and must print
// what the page says. `UPDATE_DOCS=1 npx vitest run test/campaigns/docs-pages.test.ts` writes what they print into the page.

/** What a page needs that is not on every machine. Each says loudly that it is not there; in CI that is an error. */
const NEEDS: Readonly<Record<string, () => boolean>> = {
  "docs/recipes/tables.md": requireReaders,
  "docs/recipes/migrate-from-python.md": requireReaders,
  "docs/recipes/django.md": requireDjango,
  "docs/recipes/grafana.md": requirePrometheus,
  "docs/recipes/nginx.md": requireNginx,
  "docs/recipes/systemd.md": requireSystemd,
};

let world: string;
let cloud: SimulationServer;
let database: RealPostgres;
/** Set before a command: the recipes' Prometheus, grid and database, and where programs are. */
let env: Record<string, string | undefined>;

beforeAll(async () => {
  world = mkdtempSync(join(tmpdir(), "ada-carbon-docs-"));
  const now = Date.now();
  const interval = { from: now - 3 * DAY_MS, to: now + HOUR_MS };
  const cluster = simulateCluster({ interval, hosts: 6, scrapeSeconds: 60 });
  cloud = await serveSimulation({ cluster, clock: Date.now });
  database = await startPostgres();
  const promtool = process.env.PROMTOOL_BIN && dirname(process.env.PROMTOOL_BIN);
  installPackage(world);
  env = {
    HOME: world,
    PATH: [join(world, "node_modules/.bin"), dirname(process.execPath), process.env.PATH]
      .concat(promtool)
      .filter(Boolean)
      .join(delimiter),
    PYTHONWARNINGS: "ignore",
    NODE_NO_WARNINGS: "1",
    NO_COLOR: "1",
    ADA_CARBON_PROMETHEUS: cloud.prometheusUrl,
    ADA_CARBON_INTENSITY: cloud.intensityUrl,
    DATABASE_URL: database.url,
  };
});
afterAll(async () => {
  await cloud?.close();
  await database?.stop();
  rmSync(world, { recursive: true, force: true });
});

/** A `node_modules` with this package as it is built, and with what its tests have beside it. */
function installPackage(folder: string): void {
  const modules = join(folder, "node_modules");
  const link = (names: readonly string[], below: string): void => {
    mkdirSync(join(modules, below), { recursive: true });
    for (const name of names)
      symlinkSync(join(ROOT, "node_modules", below, name), join(modules, below, name));
  };
  const names = readdirSync(join(ROOT, "node_modules")).filter((name) => !name.startsWith("."));
  link(
    names.filter((name) => !name.startsWith("@")),
    "",
  );
  for (const scope of names.filter((name) => name.startsWith("@")))
    link(readdirSync(join(ROOT, "node_modules", scope)), scope);
  link(readdirSync(join(ROOT, "node_modules/.bin")), ".bin");
  symlinkSync(ROOT, join(modules, "ada-carbon"));
  symlinkSync(join(ROOT, "dist/cli/main.js"), join(modules, ".bin/ada-carbon"));
}

/** What is printed, without what differs from day to day and from machine to machine. */
function steady(output: string, folder: string): string {
  return output
    .replaceAll(folder, "/home/ada")
    .replace(/(fetched|as of) \d{4}-\d\d-\d\dT[\d:.]+Z/g, "$1 2026-11-21T12:00:00Z")
    .replace(/"(fetchedAt|before)": "\d{4}-\d\d-\d\dT[\d:.]+Z"/g, '"$1": "2026-11-21T12:00:00Z"')
    .trimEnd();
}

/** Every page listens on the same port, which may be taken here: another one stands in for it. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const address = server.address();
  await new Promise((closed) => server.close(closed));
  return typeof address === "object" && address !== null ? address.port : 0;
}

describe.each(pages().filter(isRun))("%s", (page) => {
  const blocks = blocksOf(page);
  let folder: string;
  let port: string;
  let commands: PrintedCommands;
  let updated = textOf(page);

  const here = (text: string): string => text.replace(/\b8080\b/g, port);
  const there = (text: string): string => text.replaceAll(`:${port}`, ":8080");
  const skipped = NEEDS[page]?.() === false;

  beforeAll(async () => {
    folder = join(world, page.replaceAll(/\W/g, "-"));
    mkdirSync(folder, { recursive: true });
    writeFileSync(
      join(folder, "package.json"),
      '{ "type": "module", "dependencies": { "ada-carbon": "*" } }',
    );
    port = String(await freePort());
    const python = page.endsWith("django.md") ? process.env.DJANGO_PYTHON : process.env.READERS_PYTHON;
    const PATH = [python && dirname(python), env.PATH].filter(Boolean).join(delimiter);
    commands = new PrintedCommands({ cwd: folder, env: { ...env, PATH } });
  });
  afterAll(() => commands.end());

  it.skipIf(skipped).each(blocks.filter(({ file, language }) => file !== "" || language === "console"))(
    "line $line: $language $file",
    async ({ language, file, code }) => {
      if (language !== "console") {
        writeFileSync(join(folder, file), here(code));
        return;
      }
      let ran = "";
      for (const { command, printed } of commandsOf(code)) {
        const output = there(steady(await commands.run(here(command)), folder));
        const asPrinted = isAsPrinted(printed, output);
        const told = process.env.UPDATE_DOCS === "1" && !asPrinted ? output : printed;
        ran += `$ ${command}\n${told}${told === "" ? "" : "\n"}`;
        if (!asPrinted) expect(output).toBe(told);
      }
      updated = updated.replace(code, () => ran);
      if (process.env.UPDATE_DOCS === "1") writeFileSync(join(ROOT, page), updated);
    },
    120_000,
  );

  it("uses every file that it prints", () => {
    const used = blocks.map(({ code }) => code).join("\n");
    for (const { file } of blocks.filter(({ file }) => file !== ""))
      expect(used).toContain(file.replace(/\.(ts|service)$/, ""));
  });
});

/** Globals of other runtimes, which the compiler here does not know. */
const ELSEWHERE = /\b(Deno|Bun)\./;

it("the programs of these pages compile as strictly as the sources", () => {
  const folder = join(ROOT, "test/.artifacts/pages");
  rmSync(folder, { recursive: true, force: true });
  for (const { page, language, file, code } of pages().filter(isRun).flatMap(blocksOf)) {
    if (language !== "ts" || file === "" || ELSEWHERE.test(code)) continue;
    const path = join(folder, page.replaceAll(/\W/g, "-"), file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, `${code}\nexport {};\n`);
  }
  expectCompiles(ROOT, folder);
}, 300_000);
