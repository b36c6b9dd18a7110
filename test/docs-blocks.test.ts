import { execFileSync, spawnSync } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, posix } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { createHandler, toNodeListener } from "ada-carbon/http";
import { fileIntensity } from "ada-carbon/intensity";
import { memoryUsageStore } from "ada-carbon/memory";
import { mongodbStores } from "ada-carbon/mongodb";
import { analysisPage } from "ada-carbon/page";
import { sqliteStores } from "ada-carbon/sqlite";
import { Command } from "commander";
import express from "express";
import { MongoClient } from "mongodb";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { parsePeriod } from "../src/timeseries/rollup/period.js";
import { mongoAvailability, requireMongo, startMongo } from "./servers/mongodb.js";
import { requirePrometheus } from "./servers/prometheus.js";
import { requireSystemd } from "./servers/systemd.js";
import { cli } from "./support/cli-lab.js";
import { type Block, blocksOf, isRun, pages, ROOT, textOf } from "./support/markdown.js";

// The one home of what is printed in Markdown: every fenced block of every page is run or checked, here or where it
// says, and every link leads somewhere. A block of a language without a check fails.

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "ada-carbon-blocks-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

type Check = (block: Block) => void | Promise<void>;

/** What is done with a block that `docs-pages.test.ts` does not run, by its language. */
const CHECKS: Readonly<Record<string, Check>> = {
  ts: ({ page }) => expect(page, "examples.test.ts runs these").toMatch(/^(README\.md$|docs\/)/),
  sh: async ({ code }) => {
    execFileSync("bash", ["-n"], { input: code });
    for (const words of commandsIn(code)) await expectIsCommand(words);
  },
  crontab: ({ code }) => {
    for (const line of code.trim().split("\n")) {
      if (/^[A-Z_]+=\S+$/.test(line)) continue;
      const [, command = ""] = /^(?:[\d*/,-]+ ){5}(.+)$/.exec(line) ?? [];
      expect(command, line).not.toBe("");
      execFileSync("bash", ["-n"], { input: command });
    }
  },
  text: ({ code }) => {
    for (const [path] of code.matchAll(/\b[\w-]+(?:\/[\w.-]+)*\.ts\b/g))
      expect(
        sources.some((source) => `/${source}`.endsWith(`/${path}`)),
        path,
      ).toBe(true);
  },
  yaml: ({ code }) => promtool("config", code),
  promql: ({ code }) => {
    const queries = code.trim().split(/\n(?=\S)/);
    const rules = queries.map((expr, i) => `      - { record: "r${i}", expr: ${JSON.stringify(expr)} }`);
    promtool("rules", `groups:\n  - name: printed\n    rules:\n${rules.join("\n")}\n`);
  },
  nginx: ({ page, code }) => {
    for (const line of code.trim().split("\n")) expect(line).toMatch(/[;{}]$|^\s*#/);
    expect(code.match(/\{/g)?.length).toBe(code.match(/\}/g)?.length);
    for (const [, header = ""] of code.matchAll(/proxy_set_header (\S+)/g))
      if (header.startsWith("X-Remote")) expect(textOf(page)).toContain(`--identity-header ${header}`);
  },
  // What `systemctl edit` adds to the unit of examples/.
  ini: ({ code }) => {
    if (!requireSystemd()) return;
    const unit = join(folder, "ada-carbon.service");
    copyFileSync(join(ROOT, "examples/systemd/ada-carbon.service"), unit);
    mkdirSync(`${unit}.d`);
    writeFileSync(join(`${unit}.d`, "override.conf"), code);
    const { status, stderr } = spawnSync("systemd-analyze", ["verify", unit], { encoding: "utf8" });
    expect([status, stderr]).toEqual([0, ""]);
  },
  sql: async ({ code }) => {
    const path = join(folder, "printed.db");
    const stores = sqliteStores(path);
    await stores.migrate();
    await stores.close();
    const database = new DatabaseSync(path);
    for (const statement of code.split(/;\n/).filter((text) => text.trim() !== ""))
      expect(database.prepare(statement).all()).toEqual([]);
    database.close();
  },
  html: async ({ code }) => {
    const [, script = ""] = /src="([^"]+)"/.exec(code) ?? [];
    const [, element = ""] = /<([a-z]+-[a-z-]+)/.exec(code) ?? [];
    const page = analysisPage({ sites: ["isis"], basePath: "/carbon", api: "api" });
    const reply = await page(new Request(`http://portal.example${script}`));
    expect(reply.status).toBe(200);
    expect(await reply.text()).toContain(`"${element}"`);
  },
  csv: readAsIntensities,
  json: readAsIntensities,
  js: ({ page, code }) => (page === "docs/adapters/mongodb.md" ? inMongoShell(code) : inExpress(code)),
};

const sources = ["src", "test", "bench", "torture"].flatMap((top) =>
  readdirSync(join(ROOT, top), { recursive: true, encoding: "utf8" }).map((path) => posix.join(top, path)),
);

async function readAsIntensities({ code }: { readonly code: string }): Promise<void> {
  const always = { from: Date.UTC(2000), to: Date.UTC(2100) };
  expect(await fileIntensity({ content: code, name: "printed" }).periods(always)).not.toEqual([]);
}

/** The simple commands of a script, as words. What is piped or written elsewhere is left out. */
function commandsIn(script: string): string[][] {
  const lines = script.replaceAll("\\\n", " ").split("\n");
  const commands = lines.flatMap((line) => line.replace(/(^|\s)#.*$/, "").split("&&"));
  return commands
    .map((command) => command.replace(/[|>].*$/, "").replace(/ &$/, ""))
    .map((command) =>
      [...command.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(([, a, b, c]) => a ?? b ?? c ?? ""),
    )
    .filter(([name]) => name !== undefined);
}

/** Programs of others that pages may name. */
const OTHERS = new Set(["cd", "createdb", "export", "gunicorn", "git", "pip", "promtool", "python"]);
const { scripts }: { scripts: Record<string, string> } = JSON.parse(
  readFileSync(join(ROOT, "package.json"), "utf8"),
);

/** Whether there is such a command with such options: `ada-carbon` reads it as it would, and then does nothing. */
async function expectIsCommand([name = "", ...args]: readonly string[]): Promise<void> {
  if (name === "npx" && args[0] === "ada-carbon") return expectIsCommand(args);
  if (name === "ada-carbon") {
    const { action } = Command.prototype;
    const idle = vi.spyOn(Command.prototype, "action").mockImplementation(function (this: Command) {
      return action.call(this, () => {});
    });
    const { status, stderr } = await cli(args);
    idle.mockRestore();
    expect([args.join(" "), status, stderr]).toEqual([args.join(" "), 0, ""]);
    // The command itself reads times, which does nothing here.
    args.forEach((time, i) => {
      if (/^--(from|to)$/.test(args[i - 1] ?? "")) expect(() => parsePeriod(time, "UTC", 0)).not.toThrow();
    });
  } else if (name === "npm") {
    const [verb = "", script = ""] = args;
    if (verb === "run") expect(scripts).toHaveProperty([script]);
    else expect(["ci", "test", "install"]).toContain(verb);
  } else {
    expect([...OTHERS]).toContain(name);
  }
}

function promtool(what: "config" | "rules", text: string): void {
  if (!requirePrometheus()) return;
  const file = join(folder, `printed-${what}.yml`);
  writeFileSync(file, text);
  copyFileSync(join(ROOT, "examples/grafana/rules.yml"), join(folder, "ada-carbon-rules.yml"));
  const promtool = process.env.PROMTOOL_BIN ?? "promtool";
  const { status, stdout, stderr } = spawnSync(promtool, ["check", what, file], { encoding: "utf8" });
  expect([status, status === 0 ? "" : stdout + stderr]).toEqual([0, ""]);
}

/** Runs it on collections that our adapter has made, as a shell would; whatever it finds, the server takes it. */
async function inMongoShell(code: string): Promise<void> {
  if (!requireMongo(mongoAvailability())) return;
  const server = await startMongo();
  const stores = mongodbStores({ url: `${server.url}/printed` });
  await stores.migrate();
  const client = await new MongoClient(server.url).connect();
  const own = await client.db("printed").listCollections().toArray();
  const collections = Object.fromEntries(
    own.map(({ name }) => [
      name,
      {
        find: (filter: object, projection: object) =>
          client.db("printed").collection(name).find(filter, { projection }),
      },
    ]),
  );
  for (const line of code.trim().split("\n")) {
    const found: { toArray(): Promise<unknown[]> } = new Function("db", "ISODate", `return ${line}`)(
      collections,
      (text: string) => new Date(text),
    );
    expect(await found.toArray()).toEqual([]);
  }
  await client.close();
  await stores.close();
  await server.stop();
}

/** Runs it in a program that has an application of Express, a handler and Deno. */
function inExpress(code: string): void {
  const handler = createHandler({ usage: memoryUsageStore(), sites: {} });
  const Deno = { serve: (served: unknown) => expect(served).toBeTypeOf("function") };
  const names = ["app", "toNodeListener", "handler", "Deno"];
  new Function(...names, code)(express(), toNodeListener, handler, Deno);
}

const everyBlock = pages().flatMap(blocksOf);

describe("every block is run or checked", () => {
  it("has a language", () => {
    expect(
      everyBlock.filter(({ language }) => language === "").map(({ page, line }) => `${page}:${line}`),
    ).toEqual([]);
  });

  // Files and commands of pages with commands are run by docs-pages.test.ts, all of them.
  const others = everyBlock.filter(
    ({ page, file, language }) => !(isRun(page) && (file !== "" || language === "console")),
  );
  it.each(others)("$page:$line, $language", async (block) => {
    const check = CHECKS[block.language];
    expect(check, `no test knows what to do with ${block.language}`).toBeDefined();
    await check?.(block);
  });
});

describe("examples of a help page", () => {
  it("are commands", async () => {
    const [, list = ""] = (await cli(["--help"])).stdout.split(/^COMMANDS$/m);
    const commands = [...list.matchAll(/^ {7}([a-z-]+)$/gm)].map(([, name = ""]) => name);
    expect(commands).toContain("rollup");
    for (const command of commands) {
      const [, examples = ""] = (await cli([command, "--help"])).stdout.split(/^EXAMPLES$/m);
      for (const words of commandsIn(examples)) if (words[0] === "ada-carbon") await expectIsCommand(words);
    }
  });
});

describe("links", () => {
  /** The anchors that GitHub makes of the headings of a page. */
  const anchorsOf = (page: string): Set<string> => {
    const seen = new Map<string, number>();
    const headings = withoutBlocks(page).match(/^#+ .+$/gm) ?? [];
    return new Set(
      headings.map((heading) => {
        const words = heading.replace(/^#+ /, "").replace(/\[([^\]]*)\]\([^)]*\)/g, "$1");
        const slug = words
          .toLowerCase()
          .replace(/[^\p{L}\p{N}\s_-]/gu, "")
          .replaceAll(" ", "-");
        const times = seen.get(slug) ?? 0;
        seen.set(slug, times + 1);
        return times === 0 ? slug : `${slug}-${times}`;
      }),
    );
  };
  const withoutBlocks = (page: string): string => textOf(page).replace(/^ *```[\s\S]*?^ *```$/gm, "");

  it.each(pages())("of %s lead to a file and a heading of it", (page) => {
    const dead: string[] = [];
    for (const [, href = ""] of withoutBlocks(page).matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^(https?|mailto):/.test(href)) continue;
      const [path = "", anchor = ""] = href.split("#");
      const target = path === "" ? page : posix.join(dirname(page), path);
      if (!existsSync(join(ROOT, target))) dead.push(href);
      else if (anchor !== "" && !anchorsOf(target).has(anchor)) dead.push(href);
    }
    expect(dead).toEqual([]);
  });
});
