import { mkdtempSync, rmSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import type { Browser, Page } from "playwright-core";
import { launchChromium } from "../test/servers/chromium.js";
import { startService } from "../test/support/service.js";
import { MACHINE, machineText } from "./machine.js";
import { CountingProxy } from "./page/counting-proxy.js";
import { StoredCloud } from "./page/stored-cloud.js";
import { quantile } from "./turns.js";

const USAGE = `usage: npm run bench -- page [--json] [--workspaces N,N...] [--days N] [--rounds N] [--seconds N]

The Analysis page of a service with so many live workspaces, in a real Chromium (CHROMIUM_BIN): how long it takes from
the address to the first card with the viewer's machines (goal: 1.5 s), the first time after the start of the service
and later; from "Show all" to the first rows of all machines, and from scrolling to the middle to the rows there
(goal: 2 s); and what the page is sent a minute while it is looked at, and all machines are counted on every 15 s
(goal: 100 kB), compressed, with headers. The store is SQLite, with so many days of hours of every host.`;

const { values } = parseArgs({
  options: {
    json: { type: "boolean", default: false },
    workspaces: { type: "string", default: "1000,10000" },
    days: { type: "string", default: "7" },
    rounds: { type: "string", default: "5" },
    seconds: { type: "string", default: "60" },
    help: { type: "boolean", default: false },
  },
});
if (values.help) {
  console.log(USAGE);
  process.exit(0);
}

const GRID = fileURLToPath(new URL("../examples/grid.csv", import.meta.url));
const POLL_MS = 15_000;

interface Measured {
  readonly workspaces: number;
  readonly firstCardMs: { readonly afterStart: number; readonly later: number };
  readonly allMs: { readonly firstRows: number; readonly middleRows: number };
  readonly kbAMinute: { readonly page: number; readonly withAll: number };
  readonly load: number;
}

const results: Measured[] = [];
for (const workspaces of values.workspaces.split(",").map(Number)) results.push(await measure(workspaces));
if (values.json)
  console.log(JSON.stringify({ machine: MACHINE, days: Number(values.days), results }, null, 2));
else print();

async function measure(workspaces: number): Promise<Measured> {
  const folder = mkdtempSync(join(tmpdir(), "ada-carbon-bench-"));
  const file = join(folder, "carbon.db");
  const cloud = await StoredCloud.fill(file, workspaces, Number(values.days));
  const polling = setInterval(() => void cloud.poll(), POLL_MS);
  // Another service fills the store; this one shows it, to somebody whom a proxy names.
  const service = await startService([
    ...["--prometheus", "http://127.0.0.1:9", "--store", `sqlite:${file}`, "--no-tracker", "--no-sync"],
    ...["--site", "isis=IDAaaS", "--grid", `file:${GRID}`, "--zone", "Europe/London"],
    ...["--identity-header", "X-User", "--trusted-proxy", "127.0.0.1"],
  ]);
  const proxy = await CountingProxy.before(new URL(service.url));
  const browser = await launchChromium();
  const step = (name: string): void => console.error(`${workspaces} workspaces: ${name}`);
  try {
    step("the first card after the start");
    const afterStart = await inNewPage(browser, (page) => firstCardMs(page, proxy.url));
    step(`${afterStart.toFixed(0)} ms; the first card later`);
    const later = await rounds(() => inNewPage(browser, (page) => firstCardMs(page, proxy.url)));
    step(`${median(later).toFixed(0)} ms; all machines`);
    const all = await rounds(() => inNewPage(browser, (page) => allMs(page, proxy.url)));
    step("traffic");
    return {
      workspaces,
      firstCardMs: { afterStart, later: median(later) },
      allMs: {
        firstRows: median(all.map(([first]) => first)),
        middleRows: median(all.map(([, middle]) => middle)),
      },
      kbAMinute: {
        page: await inNewPage(browser, (page) => kbAMinute(page, proxy, "")),
        withAll: await inNewPage(browser, (page) => kbAMinute(page, proxy, "?machines=all")),
      },
      load: loadavg()[0] ?? Number.NaN,
    };
  } finally {
    await browser.close();
    proxy.close();
    await service.stop();
    clearInterval(polling);
    await cloud.close();
    rmSync(folder, { recursive: true });
  }
}

/** Each page is a viewer who was never there before. */
async function inNewPage<Result>(browser: Browser, look: (page: Page) => Promise<Result>): Promise<Result> {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 860 },
    extraHTTPHeaders: { "x-user": "user7" },
  });
  try {
    return await look(await context.newPage());
  } finally {
    await context.close();
  }
}

async function firstCardMs(page: Page, url: string): Promise<number> {
  const begin = performance.now();
  await page.goto(`${url}isis/`, { waitUntil: "commit" });
  await page.locator(".lead h2", { hasText: /^Your machine is/ }).waitFor();
  return performance.now() - begin;
}

async function allMs(page: Page, url: string): Promise<[first: number, middle: number]> {
  await firstCardMs(page, url);
  const shown = page.locator(".live-row", { hasText: "since" }).first();
  let begin = performance.now();
  await page.getByRole("link", { name: "Show all" }).click();
  await shown.waitFor();
  const first = performance.now() - begin;
  begin = performance.now();
  await page.locator(".rows").evaluate((rows) => rows.scrollTo(0, rows.scrollHeight / 2));
  await page.locator(".live-row", { hasText: "Asking" }).first().waitFor({ state: "hidden" });
  await shown.waitFor();
  return [first, performance.now() - begin];
}

/** What comes while nothing is touched, after all of it has been loaded. */
async function kbAMinute(page: Page, proxy: CountingProxy, query: string): Promise<number> {
  await page.goto(`${proxy.url}isis/${query}`, { waitUntil: "networkidle", timeout: 60_000 }).catch(() => {});
  await setTimeout(5000);
  const before = proxy.bytes;
  const seconds = Number(values.seconds);
  await setTimeout(seconds * 1000);
  return ((proxy.bytes - before) / 1000 / seconds) * 60;
}

async function rounds<Result>(once: () => Promise<Result>): Promise<Result[]> {
  const all: Result[] = [];
  for (let round = 0; round < Number(values.rounds); round++) all.push(await once());
  return all;
}

function median(values: readonly number[]): number {
  return quantile(
    [...values].sort((a, b) => a - b),
    0.5,
  );
}

function print(): void {
  console.log(`${machineText()}; ${values.days} days of hours of every host; medians of ${values.rounds}`);
  for (const { workspaces, firstCardMs, allMs, kbAMinute, load } of results)
    console.log(
      [
        `${workspaces} workspaces`,
        `first card ${seconds(firstCardMs.afterStart)} after the start, later ${seconds(firstCardMs.later)} (goal 1.5)`,
        `all of them ${seconds(allMs.firstRows)}, scrolled to the middle ${seconds(allMs.middleRows)} (goal 2)`,
        `${kbAMinute.page.toFixed(0)} kB a minute, with all open ${kbAMinute.withAll.toFixed(0)} (goal 100)`,
        `load ${load.toFixed(1)}`,
      ].join("; "),
    );
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`;
}
