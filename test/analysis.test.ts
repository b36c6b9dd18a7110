import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { AdaCarbonError } from "ada-carbon";
import type { HandlerOptions } from "ada-carbon/http";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { hasChromium, launch, type PageWorld, pageWorld, SCRIPT, session } from "./analysis-world.js";

// The Analysis page in a real browser.

const shots = fileURLToPath(new URL("./.artifacts/analysis/", import.meta.url));
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

it.skipIf(hasChromium || process.env.CI === undefined)("there is a Chromium to drive the page with", () => {
  throw new Error(
    "no Chromium; install Debian's package chromium or set CHROMIUM_BIN; in CI that is a failure",
  );
});

describe.skipIf(!hasChromium)("the Analysis page", () => {
  let browser: Browser;
  const worlds: PageWorld[] = [];

  beforeAll(async () => {
    mkdirSync(shots, { recursive: true });
    browser = await launch();
  });
  afterAll(() => browser.close());
  afterEach(async () => {
    for (const context of browser.contexts()) await context.close();
    for (const world of worlds.splice(0)) await world.close();
  });

  /** The page of a site, with what it complains about. */
  async function open(
    count: number,
    {
      context = {},
      handler = {},
    }: { context?: BrowserContextOptions; handler?: Partial<HandlerOptions> } = {},
  ): Promise<{ page: Page; world: PageWorld; complaints: string[] }> {
    const world = await pageWorld(count, handler);
    worlds.push(world);
    const page = await (
      await browser.newContext({ locale: "en-GB", timezoneId: "Europe/London", ...context })
    ).newPage();
    const complaints: string[] = [];
    page.on("console", (message) => message.type() !== "log" && complaints.push(message.text()));
    page.on("pageerror", (error) => complaints.push(String(error)));
    await page.goto(`${world.url}/analysis/isis/`);
    return { page, world, complaints };
  }

  // Playwright's own waitForFunction evaluates text inside the page, which its policy forbids.
  const isTrue = (page: Page, expression: string): Promise<void> =>
    expect.poll(() => page.evaluate(expression), { timeout: 15_000 }).toBe(true);

  const seriousFindings = async (page: Page): Promise<string[]> => {
    await page.evaluate(axe);
    const violations: { id: string; impact: string; nodes: { html: string }[] }[] = await page.evaluate(
      "axe.run().then(({ violations }) => violations)",
    );
    const serious = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
    return serious.map(
      ({ id, nodes }) =>
        `${id}: ${nodes
          .map(({ html }) => html)
          .join(" | ")
          .slice(0, 500)}`,
    );
  };

  it("shows a card a workspace, sums, and that it is simulated, without a complaint", async () => {
    const { page, complaints } = await open(6);
    await page.locator(".card").nth(5).waitFor();
    expect(await page.locator(".card").count()).toBe(6);
    expect(await page.locator("#heading").textContent()).toBe("Workspaces at ISIS");
    expect(await page.locator("#simulated").isVisible()).toBe(true);
    expect(await page.locator("#count").textContent()).toBe("6 in use");
    const card = page.locator(".card").last();
    for (const text of ["user", "kWh", "CO₂e", "Worked", "Since"])
      expect(await card.textContent()).toContain(text);
    await page.locator("#licence", { hasText: "CC BY 4.0" }).waitFor();
    await page.locator("#like li").first().waitFor();
    expect(await page.locator("#best").textContent()).toMatch(/best 2 hours to compute: .*gCO₂e\/kWh/);
    expect(complaints).toEqual([]);
  });

  it("shows a host that is a script tag as text, and what is missing as missing", async () => {
    const { page } = await open(3);
    const first = page.locator(".card").first();
    await first.waitFor();
    expect(await first.locator(".card-name").textContent()).toBe(SCRIPT);
    expect(await first.locator(".card-host").textContent()).toBe(SCRIPT);
    expect(await page.evaluate("globalThis.isBroken")).toBeUndefined();
    const second = page.locator(".card").nth(1);
    expect(await second.locator(".card-who").textContent()).toBe("owner not known");
    expect(await second.locator(".card-note").textContent()).toMatch(
      /Not observed for 2 h 0 min.*carbon of 0.004 kWh is not known/,
    );
    await page.locator("#history-note", { hasText: /Nothing is known of 2 of 30 days/ }).waitFor();
    expect(await page.locator(".heat-missing").count()).toBeGreaterThan(2);
  });

  it("ticks between measurements, only when it has measured twice, and follows what comes and goes", async () => {
    const { page, world } = await open(3);
    const ticker = page.locator(".card", { hasText: "user2" }).locator(".ticker-value");
    await ticker.waitFor();
    const value = async (): Promise<number> => Number(await ticker.textContent());
    const before = await value();
    await page.waitForTimeout(2200);
    expect(await value()).toBe(before);
    await world.measure();
    await expect.poll(value).not.toBe(before);
    const measured = await value();
    await expect.poll(value).toBeGreaterThan(measured);

    await world.workspaces.save([session(7, { machine: "Newcomer" })]);
    await page.locator(".card", { hasText: "Newcomer" }).waitFor();
    await world.workspaces.end(["isis-2"], Date.now());
    await page.locator(".card", { hasText: "user2" }).waitFor({ state: "detached" });
  });

  it("switches the chart between days, months, years, energy and carbon", async () => {
    const { page, complaints } = await open(2);
    const heads = page.locator("#history-table tbody th");
    await isTrue(page, "document.querySelectorAll('#history-table tbody tr').length === 30");
    const bars = (): Promise<{ labels: number; unit: string }> =>
      page.evaluate(
        "(({ data }) => ({ labels: data.labels.length, unit: data.datasets[0].label }))(Chart.getChart('history'))",
      );
    expect(await bars()).toEqual({ labels: 30, unit: "busy (kWh)" });
    await page.getByRole("radio", { name: "Months" }).check();
    await isTrue(page, "document.querySelectorAll('#history-table tbody tr').length === 12");
    await page.getByRole("radio", { name: "Carbon" }).check();
    await isTrue(page, "Chart.getChart('history').data.datasets[0].label === 'busy (kgCO₂e)'");
    expect(await bars()).toEqual({ labels: 12, unit: "busy (kgCO₂e)" });
    await page.getByRole("radio", { name: "Years" }).focus();
    await page.getByRole("radio", { name: "Months" }).focus();
    await page.keyboard.press("ArrowRight");
    await isTrue(page, "document.querySelectorAll('#history-table tbody tr').length === 5");
    expect(await heads.last().textContent()).toBe(String(new Date().getFullYear()));
    await page.locator("#window").selectOption("4");
    await page.locator("#best", { hasText: "The best 4 hours" }).waitFor();
    expect(complaints).toEqual([]);

    // While an answer is awaited the panel says so; bars of another choice do not stay for one that fails.
    const answer = Promise.withResolvers<void>();
    await page.route("**/history?*", async (route) => {
      await answer.promise;
      await route.abort();
    });
    await page.getByRole("radio", { name: "Days" }).check();
    await isTrue(page, "document.querySelector('#history').closest('.panel').ariaBusy === 'true'");
    answer.resolve();
    await page.locator("#history-note", { hasText: "This cannot be shown now" }).waitFor();
    await isTrue(page, "document.querySelector('#history').closest('.panel').ariaBusy === 'false'");
    expect([await heads.count(), await page.evaluate("Chart.getChart('history')")]).toEqual([0, undefined]);
  });

  it("is walked through by keyboard: skip link, then one stop for the whole year", async () => {
    const { page } = await open(2);
    await page.locator("#heatmap td[tabindex='0']").waitFor();
    await page.keyboard.press("Tab");
    expect(await page.evaluate("document.activeElement.textContent")).toBe("Skip to the numbers");
    expect(await page.locator("#heatmap [tabindex='0']").count()).toBe(1);
    await page.locator("#heatmap td[tabindex='0']").focus();
    await page.keyboard.press("ArrowUp");
    await page.keyboard.press("ArrowLeft");
    const told = (await page.locator("#day").textContent()) ?? "";
    expect(told).toMatch(/^\w+day,? \d+ \w+ \d{4}: ([\d.]+ kWh|not known)/);
    expect(await page.evaluate("document.activeElement.textContent")).toBe(told);
    await page.getByRole("button", { name: "Year before" }).click();
    await page.locator("#year", { hasText: String(new Date().getFullYear() - 1) }).waitFor();
  });

  it.each<[string, BrowserContextOptions]>([
    ["light", { viewport: { width: 1280, height: 900 } }],
    ["dark", { viewport: { width: 1280, height: 900 }, colorScheme: "dark" }],
    [
      "phone",
      { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true },
    ],
    ["phone-dark", { viewport: { width: 320, height: 640 }, isMobile: true, colorScheme: "dark" }],
  ])("looks right and has no serious accessibility finding: %s", async (name, context) => {
    const { page, world, complaints } = await open(9, { context });
    await page.locator(".card").nth(7).waitFor();
    await world.measure();
    await page.locator("#like li").first().waitFor();
    await page.locator("#heatmap td[tabindex='0']").waitFor();
    await page.waitForTimeout(600);
    await page.screenshot({ path: `${shots}${name}.png`, fullPage: true });
    expect(await page.evaluate("document.documentElement.scrollWidth <= innerWidth")).toBe(true);
    const colour = await page.evaluate("getComputedStyle(document.body).backgroundColor");
    expect(colour).toBe(name.includes("dark") ? "rgb(16, 22, 21)" : "rgb(245, 246, 244)");
    expect(await seriousFindings(page)).toEqual([]);
    expect(complaints).toEqual([]);
  });

  it("takes on the colours of the system when they change", async () => {
    const { page } = await open(1, { context: { colorScheme: "light" } });
    await isTrue(page, "globalThis.Chart?.getChart('history') !== undefined");
    const colour = (): Promise<string> =>
      page.evaluate("Chart.getChart('history').data.datasets[0].backgroundColor");
    expect(await colour()).toBe("#0f766e");
    await page.emulateMedia({ colorScheme: "dark" });
    await isTrue(page, "Chart.getChart('history').data.datasets[0].backgroundColor === '#4cc2b3'");
  });

  // Tasks are measured by the clock on the wall, which another process can stretch: it has three goes.
  it("shows a thousand workspaces without a task over 200 ms, and ticks on without one", {
    retry: 2,
  }, async () => {
    const world = await pageWorld(1000);
    worlds.push(world);
    const page = await (await browser.newContext()).newPage();
    await page.addInitScript(() => {
      const tasks: number[] = [];
      Object.assign(globalThis, { longTasks: tasks });
      new PerformanceObserver((list) =>
        tasks.push(...list.getEntries().map(({ duration }) => duration)),
      ).observe({
        type: "longtask",
        buffered: true,
      });
    });
    await page.goto(`${world.url}/analysis/isis/`);
    await page.locator(".card").first().waitFor();
    expect(await page.locator("#count").textContent()).toBe("1,000 in use");
    await page.getByRole("button", { name: "Show all 1,000 workspaces" }).click();
    await isTrue(page, "document.querySelectorAll('.card').length === 1000");
    await world.measure();
    await page.waitForTimeout(500);
    await page.locator("#sort").selectOption("newest");
    await page.evaluate("scrollTo(0, document.body.scrollHeight / 2)");
    await page.waitForTimeout(1500);
    const tasks: number[] = await page.evaluate("longTasks");
    expect(Math.max(0, ...tasks)).toBeLessThan(200);
  });

  it("costs next to nothing when nothing happens", async () => {
    const { page } = await open(30);
    await page.locator(".card").first().waitFor();
    await page.waitForTimeout(1500);
    const session = await page.context().newCDPSession(page);
    await session.send("Performance.enable");
    const seconds = async (): Promise<number> => {
      const { metrics } = await session.send("Performance.getMetrics");
      return metrics.find(({ name }) => name === "TaskDuration")?.value ?? 0;
    };
    const before = await seconds();
    await page.waitForTimeout(5000);
    expect((await seconds()) - before).toBeLessThan(0.25);
  });

  it("rests while it is hidden: no timer, no connection", async () => {
    const { page, world } = await open(3);
    await page.locator(".card").first().waitFor();
    expect(world.live.open).toBe(1);
    const hide = (isHidden: boolean): Promise<void> =>
      page.evaluate((hidden) => {
        Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
        document.dispatchEvent(new Event("visibilitychange"));
      }, isHidden);
    await hide(true);
    await expect.poll(() => world.live.open).toBe(0);
    await hide(false);
    await expect.poll(() => world.live.open).toBe(1);
  });

  it("says so when the grid, the store or the server is gone, and nothing else breaks", async () => {
    const intensity = {
      ...{ id: "gb-carbon-intensity/national", hasActual: true },
      periods: async () => Promise.reject(new AdaCarbonError("bad-reply", "answered {}")),
    };
    const { page, world } = await open(2, { handler: { intensity } });
    await page.locator(".card").first().waitFor();
    await page.locator("#best", { hasText: "not known now" }).waitFor();
    expect(await page.locator("[data-tile=grid]").textContent()).toContain("not known");
    await world.workspaces.close();
    await page.locator("#state", { hasText: "cannot be asked" }).waitFor();
    expect(await page.locator(".card").count()).toBe(2);
    await world.close();
    worlds.pop();
    await page.locator("#state", { hasText: "Connection lost" }).waitFor();
  });

  it("says since when there is no news within two heartbeats, stands still, and goes on by itself", async () => {
    const { page, world } = await open(2, { handler: { live: { everyMs: 100, heartbeatMs: 500 } } });
    const state = page.locator("#state");
    await page.locator("#state", { hasText: "Live" }).waitFor();
    await world.measure();
    await page.waitForTimeout(700);
    world.silence(true);
    const silentAt = Date.now();
    await page.locator("#state", { hasText: /No news since \d\d:\d\d/ }).waitFor();
    expect(Date.now() - silentAt).toBeLessThan(2 * 500 + 2000);
    const ticker = page.locator(".card").first().locator(".ticker-value");
    const stood = await ticker.textContent();
    await page.waitForTimeout(2500);
    expect(await ticker.textContent()).toBe(stood);
    expect(await state.textContent()).toMatch(/No news since/);
    const loaded = page.waitForResponse((reply) => reply.url().includes("/history"));
    world.silence(false);
    await page.locator("#state", { hasText: "Live" }).waitFor({ timeout: 40_000 });
    await loaded;
  });

  it("hides other people's names from a user, and says that it does", async () => {
    const { page } = await open(4, { handler: { authorise: () => ({ allow: true, users: ["user2"] }) } });
    await page.locator(".card", { hasText: "user2" }).waitFor();
    expect(await page.locator(".card", { hasText: "owner not shown" }).count()).toBe(3);
    expect(await page.content()).not.toContain("user3");
  });

  it("has a strict content security policy, and knows its sites", async () => {
    const world = await pageWorld(1);
    worlds.push(world);
    const reply = await fetch(`${world.url}/analysis/isis/`);
    const policy = reply.headers.get("content-security-policy") ?? "";
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toContain("unsafe");
    expect(await reply.text()).not.toMatch(/ on\w+=|<style|style=|<script>/);
    const unknown = await fetch(`${world.url}/analysis/ral/`);
    expect([unknown.status, await unknown.text()]).toEqual([
      404,
      "There is no such site. The sites are clf, isis, diamond.\n",
    ]);
    for (const path of ["/assets/../app.ts", "/assets/%2e%2e/app.ts", "/assets/nothing.js", "/nothing"]) {
      expect((await fetch(`${world.url}${path}`)).status).toBe(404);
    }
    expect((await fetch(world.url)).url).toBe(`${world.url}/analysis/clf/`);
  });
});
