import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { HOUR_MS } from "ada-carbon";
import type { Viewer } from "ada-carbon/http";
import { memoryUsageStore } from "ada-carbon/memory";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { grid } from "./http-fixture.js";
import { HOSTS, type PageWorld, pageWorld, SCRIPT, sessionOf, storedHours } from "./page-world.js";
import { launchChromium, requireChromium } from "./servers/chromium.js";

// The Analysis page in a real browser, behind a prefix that the service knows nothing of.

const shots = fileURLToPath(new URL("./.artifacts/page/", import.meta.url));
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

const amara: Viewer = { user: "amara", groups: ["excitations"] };
const chidi: Viewer = { user: "chidi", groups: ["muons"] };
const PACE = 0.15;
const DESK = { viewport: { width: 1440, height: 900 } };
const PHONE = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true };

describe.skipIf(!requireChromium())("the Analysis page", () => {
  let browser: Browser;
  const worlds: PageWorld[] = [];

  beforeAll(async () => {
    mkdirSync(shots, { recursive: true });
    browser = await launchChromium();
  });
  afterAll(() => browser.close());
  afterEach(async () => {
    for (const context of browser.contexts()) await context.close();
    for (const world of worlds.splice(0)) await world.close();
  });

  async function worldOf(options: Parameters<typeof pageWorld>[0] = {}): Promise<PageWorld> {
    const world = await pageWorld(options);
    worlds.push(world);
    return world;
  }

  /** A page of the world, with what it complains about. */
  async function open(
    world: PageWorld,
    path = "isis/",
    context: BrowserContextOptions = DESK,
  ): Promise<{ page: Page; complaints: string[] }> {
    const page = await (
      await browser.newContext({ locale: "en-GB", timezoneId: "Europe/London", ...context })
    ).newPage();
    const complaints: string[] = [];
    page.on("console", (message) => message.type() !== "log" && complaints.push(message.text()));
    page.on(
      "response",
      (reply) => reply.status() >= 400 && complaints.push(`${reply.status()} ${reply.url()}`),
    );
    page.on("pageerror", (error) => complaints.push(String(error)));
    // The page's own waits, shorter: for a second measurement, for a retry, for the next look.
    await page.addInitScript(`addEventListener("DOMContentLoaded", () => {
      const element = document.querySelector("ada-carbon-analysis");
      if (element !== null) element.pace = ${PACE};
    })`);
    await page.goto(`${world.url}${path}`);
    return { page, complaints };
  }

  /** Two measurements, so that watts are known, and the page shows them. */
  async function measured(world: PageWorld, page: Page): Promise<void> {
    await page.locator(".machine").first().waitFor();
    await world.measure();
    await page
      .locator(".machines .value", { hasText: /\d\sW(?!h)/ })
      .first()
      .waitFor();
  }

  /** Everything that is in the page, in the element too. */
  const allText = (page: Page): Promise<string> =>
    page.evaluate("document.querySelector('ada-carbon-analysis').shadowRoot.innerHTML");

  const seriousFindings = async (page: Page): Promise<string[]> => {
    await page.evaluate(axe);
    const violations: { id: string; impact: string; nodes: { html: string }[] }[] = await page.evaluate(
      "axe.run().then(({ violations }) => violations)",
    );
    return violations
      .filter(({ impact }) => impact === "serious" || impact === "critical")
      .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 200)).join(" | ")}`);
  };

  it("leads with the viewer's idle machine: its watts, since when, and what stopping it saves", async () => {
    const world = await worldOf({ viewer: amara });
    const { page, complaints } = await open(world);
    await measured(world, page);
    await page.getByRole("heading", { name: "One of your two machines is idle: stop it?" }).waitFor();
    const idle = page.locator(".machine.is-idle");
    expect(await idle.count()).toBe(1);
    const text = (await idle.textContent()) ?? "";
    expect(text).toContain("WISH single crystal");
    expect(text).toMatch(/Idle for 3\sdays/);
    expect(text).toContain("32 cores");
    // 32 idle cores of 1 W, and what that is a day.
    expect(text).toMatch(/32\.0\sW/);
    expect(text).toMatch(/Idle costs 768\sWh/);
    expect(await page.locator(".savings dd").first().textContent()).toMatch(/kWh, [\d.]+\sk?gCO₂e|Wh, /);
    expect(complaints).toEqual([]);
    expect(world.errors).toEqual([]);
  });

  it("says whose the idle machines are without taking one for several", async () => {
    const world = await worldOf({ viewer: amara });
    const { page } = await open(world);
    const banner = page.locator(".banner");
    await banner.waitFor();
    // Amara's own is of her group, too, and the other of her group has an owner whom she does not see.
    expect(await banner.textContent()).toMatch(
      /Of these, 1 is yours; 2 are of your group; 2 have an owner who is not shown to you\./,
    );
  });

  it("writes days in one way, and says how little an idle time is of", async () => {
    const usage = memoryUsageStore();
    const world = await worldOf({ viewer: amara, handler: { usage } });
    // The last hour that is over, and no other.
    const day = storedHours(1);
    await usage.replace(day);
    const scopes = day.map(({ scope }) => scope);
    await usage.remove(scopes, { from: 0, to: Math.floor(Date.now() / HOUR_MS - 1) * HOUR_MS });
    const { page } = await open(world);
    await page.locator(".machine").first().waitFor();
    expect(await page.locator(".machine.is-idle").textContent()).toMatch(/of 1\sh known/);
    const wordsOf = (selector: string): Promise<string | null> =>
      page.locator(`${selector} [data-mark][aria-label*="Wh"]`).first().getAttribute("aria-label");
    await page.locator(".heat").first().waitFor();
    const inWords = /^[A-Z][a-z]{2} \d+ [A-Z][a-z]+: /;
    expect([await wordsOf(".bars"), await wordsOf(".heat")]).toEqual([
      expect.stringMatching(inWords),
      expect.stringMatching(inWords),
    ]);
    expect(await page.locator(".bars").getAttribute("aria-label")).toMatch(/^Bars from [A-Z][a-z]{2} \d+ /);
  });

  it("says where a saving comes from, and the numbers hang together", async () => {
    const world = await worldOf({ viewer: amara });
    const { page } = await open(world);
    await measured(world, page);
    await page.locator(".savings a.explained").first().click();
    const drawer = page.locator("[data-drawer]");
    await drawer.waitFor();
    expect(await page.evaluate("document.activeElement.shadowRoot.activeElement.dataset.drawer")).toBe("");
    const sum = (await drawer.locator(".sum").textContent()) ?? "";
    const [watts = 0, hours = 0] = [/([\d.]+)\sW/, /× ([\d.]+) h/].map((part) => Number(part.exec(sum)?.[1]));
    const [kwh = 0, unit] = [Number(/= ([\d.]+)\s/.exec(sum)?.[1]), /= [\d.]+\s(k?Wh)/.exec(sum)?.[1]];
    expect((watts * hours) / (unit === "kWh" ? 1000 : 1) / kwh).toBeCloseTo(1, 1);
    // Of the idle machine alone, as its card says: the other has 16 cores that work.
    expect(watts).toBe(32);
    expect(page.url()).toContain("explain=saving+until-monday");
    await page.keyboard.press("Escape");
    await drawer.waitFor({ state: "detached" });
    // The focus goes back to the number.
    expect(await page.evaluate("document.activeElement.shadowRoot.activeElement.className")).toBe(
      "explained",
    );
  });

  it("shows two people their own, and neither the other's", async () => {
    const world = await worldOf();
    const shown = async (viewer: Viewer): Promise<{ machines: string; all: string }> => {
      world.viewer = viewer;
      const { page } = await open(world);
      await page.locator("tr.is-mine", { hasText: viewer.user }).waitFor();
      await page.locator(".machine").first().waitFor();
      return { machines: (await page.locator(".machines").textContent()) ?? "", all: await allText(page) };
    };
    const [hers, his] = [await shown(amara), await shown(chidi)];
    expect(hers.machines).toContain("host-172-16-100-29");
    expect(hers.all).not.toMatch(/chidi|bjorn|172-16-100-13/);
    expect(his.machines).toContain("host-172-16-100-13");
    expect(his.all).not.toMatch(/amara|172-16-100-29/);

    world.viewer = undefined;
    const { page } = await open(world);
    await page.getByRole("heading", { name: "Sign in to see your machines" }).waitFor();
    await page.locator("#list-user").waitFor();
    expect(await page.locator(".machine").count()).toBe(0);
    expect(await allText(page)).not.toMatch(/amara|chidi|172-16-100/);
  });

  it("asks nobody to sign in where nobody can, or whose name is not said", async () => {
    const nobody = await open(await worldOf({ knowsNobody: true }));
    await nobody.page.getByRole("heading", { name: "Everybody sees the same here" }).waitFor();
    const everyone = { authorise: () => ({ allow: true, users: "all" }) as const };
    const nameless = await open(await worldOf({ knowsNobody: true, handler: everyone }));
    await nameless.page.getByRole("heading", { name: "You may see everybody's machines" }).waitFor();
    for (const { page } of [nobody, nameless]) expect(await page.getByText("Sign in").count()).toBe(0);
  });

  it("shows whoever it is what the site takes now, and where that comes from", async () => {
    const world = await worldOf({ knowsNobody: true });
    const { page } = await open(world);
    await page.locator(".workspaces, #live-h").first().waitFor();
    await world.measure();
    const watts = page.locator(".lead .big").first();
    await expect.poll(() => watts.textContent()).toMatch(/[\d.]+\sW\s*now, \d+\s% of it idle/);
    const card = page.locator("section.card", { has: page.locator("#live-h") });
    expect(await card.textContent()).toMatch(
      /7 machines are in use now\s*[\d.]+\sW\s*now, \d+\s% of it idle/,
    );
    await watts.locator("a").click();
    await expect.poll(() => page.locator("[data-drawer]").textContent()).toMatch(/Busy.*Idle.*Machines\s*7/s);
  });

  it("asks by the service's clock from the first question on, whatever the browser's says", async () => {
    const world = await worldOf({ viewer: amara });
    const asked: string[] = [];
    const context = await browser.newContext({ timezoneId: "Europe/London" });
    const page = await context.newPage();
    page.on("request", (request) => asked.push(request.url()));
    const twoDaysOff = "const now = Date.now; Date.now = () => now() - 2 * 86_400_000;";
    await page.addInitScript(twoDaysOff);
    await page.goto(`${world.url}isis/`);
    await page.locator("#place-h").waitFor();
    const ofSite = asked.filter((url) => url.includes("/history?scope=site"));
    const begins = ofSite.map((url) => new URL(url).searchParams.get("from"));
    const dayBefore = (days: number): string =>
      new Date(Date.now() - days * 86_400_000).toLocaleDateString("sv-SE", { timeZone: "Europe/London" });
    expect(begins.length).toBeGreaterThan(0);
    // The last hour that is over may be yesterday's.
    for (const from of begins) expect([dayBefore(29), dayBefore(30)]).toContain(from);
  });

  it("asks less and less often for what is not there", async () => {
    const world = await worldOf({
      handler: {
        intensity: {
          ...grid(),
          periods: () => Promise.reject(new Error("the grid is away")),
        },
      },
    });
    const asked: number[] = [];
    const context = await browser.newContext();
    const page = await context.newPage();
    page.on("request", (request) => request.url().includes("/best-time") && asked.push(performance.now()));
    await page.addInitScript(`addEventListener("DOMContentLoaded", () => {
      document.querySelector("ada-carbon-analysis").pace = 0.05;
    });`);
    await page.goto(`${world.url}isis/`);
    await expect.poll(() => asked.length).toBeGreaterThanOrEqual(5);
    const waits = asked.slice(1).map((ms, i) => ms - (asked[i] ?? 0));
    expect(waits[3] ?? 0).toBeGreaterThan(2 * (waits[1] ?? 0));
  });

  it("says what to set where no host was found, and draws no scale of a year without days", async () => {
    const noHosts = "no host of isis is up: give --site mine=node";
    const handler = { noHosts: () => noHosts, usage: memoryUsageStore() };
    const { page } = await open(await worldOf({ handler }));
    await page.getByText("No host of isis is up: give --site mine=node", { exact: true }).waitFor();
    await page.locator("#year-h").waitFor();
    expect(await page.locator("section[aria-labelledby=year-h] .steps li").count()).toBe(0);
    // Only whoever may see everything is told what there is on a service that knows its users.
    const known = await worldOf({
      viewer: amara,
      handler: { ...handler, authorise: () => ({ allow: true, users: ["amara"] }) },
    });
    const reply = await (await fetch(`${known.url}api/v1/me`)).json();
    expect(reply.noHosts).toMatch(/^no host is up at any site; the log/);
  });

  it("follows a service that is still computing its past", async () => {
    const usage = memoryUsageStore();
    await usage.replace(storedHours(7));
    const { page } = await open(await worldOf({ viewer: amara, handler: { usage } }));
    await page.locator("h2", { hasText: "This month at all sites: nothing to compare with yet" }).waitFor();
    await usage.replace(storedHours());
    const compared = page.locator("h2", { hasText: /This month at all sites: (idle|electricity|about)/ });
    await compared.waitFor({ timeout: 10_000 });
  });

  it("compares periods, opens a machine type, and Back comes back", async () => {
    const world = await worldOf({ viewer: { user: "amara", seesEveryone: true } });
    const { page, complaints } = await open(world);
    const heading = page.locator("#place-h");
    await expect.poll(() => heading.textContent()).toMatch(/^Idle takes \d+\s% of ISIS/);
    await expect.poll(() => page.locator(".bars g").count()).toBe(30);
    expect(await page.locator(".bars .unknown").count()).toBeGreaterThanOrEqual(2);
    await page.locator("select[name=beside]").selectOption("nothing");
    await expect.poll(() => page.url()).toContain("beside=nothing");
    await page.locator("select[name=amount]").selectOption("carbon");
    await page.getByRole("heading", { name: /Carbon a day/ }).waitFor();
    await page.locator("#list-machine").waitFor();
    await page.getByRole("link", { name: "Excitations" }).first().click();
    await expect.poll(() => heading.textContent()).toMatch(/of Excitations/);
    expect(page.url()).toContain("in=machine:Excitations");
    await page.goBack();
    await expect.poll(() => heading.textContent()).toMatch(/of ISIS/);
    expect(complaints).toEqual([]);
  });

  it("lists all machines in use when that is asked for", async () => {
    const [first] = HOSTS;
    if (first === undefined) throw new Error("there is no host");
    const more = Array.from({ length: 200 }, (_, n) =>
      sessionOf({ ...first, name: `more-${n}:9100` }, 100 + n),
    );
    const world = await worldOf({ viewer: chidi, more });
    const { page, complaints } = await open(world);
    await page.getByRole("link", { name: "Show all" }).click();
    await page.locator(".live-row").first().waitFor();
    expect(await page.locator(".live-row").first().getAttribute("aria-setsize")).toBe("207");
    // Only what is in view is drawn.
    expect(await page.locator(".live-row").count()).toBeLessThan(40);
    expect(complaints).toEqual([]);
  });

  it("searches, sorts and scrolls ten thousand machines on the service", async () => {
    const [first] = HOSTS;
    if (first === undefined) throw new Error("there is no host");
    const more = Array.from({ length: 10_000 }, (_, n) =>
      sessionOf({ ...first, name: `more-${n}:9100`, machine: n === 7777 ? "Needle" : "Hay" }, n),
    );
    const world = await worldOf({ viewer: chidi, more });
    const { page, complaints } = await open(world);
    await page.locator(".machine").first().waitFor();
    await page.getByRole("link", { name: "Show all" }).click();
    const rows = page.locator(".live-row");
    await rows.first().waitFor();
    expect(await rows.first().getAttribute("aria-setsize")).toBe("10007");
    await page.locator(".rows").evaluate((list) => list.scrollTo(0, list.scrollHeight));
    // The ten thousand and seventh is there, and not only its place.
    await expect.poll(() => rows.last().getAttribute("aria-posinset")).toBe("10007");
    await expect.poll(() => rows.last().textContent()).toMatch(/kWh|Wh/);
    expect(await rows.count()).toBeLessThan(40);
    await page.locator("input[name=liveSearch]").fill("needle");
    await page.locator("input[name=liveSearch]").press("Enter");
    await expect.poll(() => rows.count()).toBe(1);
    expect(await rows.first().textContent()).toContain("Needle");
    await page.locator("select[name=liveSort]").selectOption("machine");
    await expect.poll(() => page.url()).toContain("liveSort=machine&liveSearch=needle");
    expect(complaints).toEqual([]);
    expect(world.errors).toEqual([]);
  });

  it("says what failed where the service never answers, and shows all once it does", async () => {
    const world = await worldOf({ viewer: amara });
    const { page } = await open(world);
    await page.locator(".machine").first().waitFor();
    // A page that is loaded, and whose service never says a word.
    await page.route(/\/api\//, () => {});
    await page.evaluate("document.querySelector('ada-carbon-analysis').site = 'clf'");
    await page.reload();
    const state = page.locator(".live");
    await expect
      .poll(() => state.textContent(), { timeout: 10_000 })
      .toContain("Our service does not answer");
    await page.unroute(/\/api\//);
    await expect.poll(() => state.textContent(), { timeout: 20_000 }).toContain("Live");
    await page.locator(".machine").first().waitFor();
  });

  it.each([
    ["is not there", 502, "Our service fails (502)"],
    ["is nothing of ours", 404, "No service is configured at this address"],
  ])("says what failed where the service %s", async (_name, status, wanted) => {
    const world = await worldOf({ viewer: amara });
    const { page } = await open(world);
    await page.route(/\/api\//, (route) => route.fulfill({ status, body: "<html>" }));
    await page.reload();
    await expect.poll(() => page.locator(".live").textContent()).toContain(wanted);
    await page.unroute(/\/api\//);
    await page.locator(".machine").first().waitFor();
  });

  it("names both models where live figures are by another than hours, and why", async () => {
    const live = "workspace/1 cpu_tdp=12W/core ram=6W other=5W";
    const world = await worldOf({ viewer: amara, handler: { liveModel: live } });
    const { page } = await open(world);
    await expect
      .poll(() => page.locator(".mine .note").textContent())
      .toContain(
        "by another model (12 W a busy core, 6 W for active memory, 5 W always), which counts memory",
      );
    const one = await worldOf({
      viewer: amara,
      handler: { liveModel: "per-core/1 busy=12W idle=1W pue=1 modes:idle=idle" },
    });
    const same = await open(one);
    await same.page.locator(".figures").waitFor();
    expect(await same.page.locator(".mine .note").count()).toBe(0);
  });

  it("has market-based grams under the others where there are any", async () => {
    const { page } = await open(await worldOf());
    const figures = page.locator(".figures");
    await figures.waitFor();
    expect(await figures.textContent()).not.toContain("market-based");
    const basis = "average lifecycle consumption losses-excluded market co2e";
    const market = {
      ...{ busyGco2eq: 900, idleGco2eq: 334, hoursWithoutCarbon: 2 },
      ...{ bases: [basis], hoursOfUnknownBasis: 0 },
    };
    await page.route(/\/history\?/, async (route) => {
      const reply = await (await route.fetch()).json();
      await route.fulfill({ json: { ...reply, totals: { ...reply.totals, market } } });
    });
    await page.reload();
    await expect
      .poll(async () => (await figures.textContent())?.replaceAll("\u00a0", " "))
      .toContain(`market-based 1.23 kgCO₂e, without 2 h that are not known (${basis})`);
  });

  it("says which projects of a site are of another grid than the forecast", async () => {
    const regional = { ...grid(), id: "gb-carbon-intensity/region-12" };
    const { page } = await open(
      await worldOf({
        viewer: amara,
        handler: {
          intensity: { projects: { CDAaaS: regional }, others: grid() },
          sites: { isis: ["IDAaaS", "CDAaaS"], clf: "CDAaaS", diamond: "DDAaaS" },
        },
      }),
    );
    await expect
      .poll(() => page.locator(".mine .sub").textContent())
      .toContain("Grid: Great Britain, of IDAaaS (CDAaaS: South England).");
  });

  it("hands over what is shown as CSV, with instants", async () => {
    const world = await worldOf();
    const { page } = await open(world);
    const href = await page.getByRole("link", { name: "CSV" }).getAttribute("href");
    const reply = await fetch(new URL(href ?? "", page.url()));
    expect(reply.headers.get("content-type")).toContain("text/csv");
    const [head = "", first = ""] = (await reply.text()).split("\n");
    expect(head).toMatch(/starts.*ends.*busy/i);
    expect(first).toMatch(/^\d{4}-\d{2}-\d{2}T/);
  });

  it("finds a user by name", async () => {
    const world = await worldOf({ viewer: { user: "root", seesEveryone: true } });
    const { page } = await open(world);
    await page.locator("#find").fill("bjo");
    await page.locator("#find").press("Enter");
    await page.locator(".found a", { hasText: "bjorn" }).first().click();
    await expect.poll(() => page.locator("#place-h").textContent()).toContain("bjorn");
  });

  it("says within two beats that it hears nothing, and reloads by itself when it does again", async () => {
    const world = await worldOf({ viewer: amara });
    const { page } = await open(world);
    const state = page.locator(".live");
    await expect.poll(() => state.textContent()).toContain("Live");
    world.freeze(true);
    await expect.poll(() => state.textContent(), { timeout: 40_000 }).toContain("No news since");
    expect(await state.getAttribute("data-state")).toBe("silent");
    world.freeze(false);
    await expect.poll(() => state.textContent(), { timeout: 40_000 }).toContain("Live");
  }, 120_000);

  it("says when machines were measured last, once the tracker has missed its rounds", async () => {
    const handler = { clock: () => Date.now() + 4 * 60_000, measuredEveryMs: 60_000 };
    const { page } = await open(await worldOf({ viewer: amara, handler }));
    await expect.poll(() => page.locator(".live").textContent()).toContain("No machine was measured since");
    expect(await page.locator(".live").getAttribute("data-state")).toBe("unmeasured");
    expect(await page.locator("#live-h").textContent()).toMatch(/^7 machines were in use at \d\d:\d\d$/);
    const { clock } = handler;
    const unhurried = await open(
      await worldOf({ viewer: amara, handler: { clock, measuredEveryMs: 300_000 } }),
    );
    await expect.poll(() => unhurried.page.locator(".live").textContent()).toContain("Live");
    expect(await unhurried.page.locator("#live-h").textContent()).toBe("7 machines are in use now");
  });

  it("shows names that are markup, endless, reversed or invisible as text, in cards of their height", async () => {
    const odd = [SCRIPT, "x".repeat(300), "\u202eevil", "\u200b\u200b"];
    const [first] = HOSTS;
    if (first === undefined) throw new Error("there is no host");
    const more = odd.map((name, i) =>
      sessionOf({ ...first, name: `host-${i}:9100`, machine: name, user: "amara" }, 50 + i),
    );
    const world = await worldOf({ viewer: amara, more });
    const { page, complaints } = await open(world);
    await expect.poll(() => page.locator(".machine").count()).toBe(6);
    expect(await page.evaluate("globalThis.isBroken")).toBeUndefined();
    const text = (await page.locator(".machines").textContent()) ?? "";
    expect(text).toContain(SCRIPT);
    expect(text).toContain("name without visible letters");
    expect(text).not.toContain("\u202e");
    const heights = await page.locator(".machine").evaluateAll((rows) => rows.map((row) => row.clientHeight));
    expect(Math.max(...heights)).toBeLessThan(260);
    expect(complaints).toEqual([]);
  });

  it.each<[string, BrowserContextOptions]>([
    ["light", DESK],
    ["dark", { ...DESK, colorScheme: "dark" }],
    ["forced-colours", { ...DESK, forcedColors: "active" }],
    ["phone", PHONE],
    ["phone-dark", { ...PHONE, viewport: { width: 320, height: 640 }, colorScheme: "dark" }],
  ])("has no serious accessibility finding and nothing beyond its edge: %s", async (name, context) => {
    const world = await worldOf({ viewer: amara });
    const { page, complaints } = await open(world, "isis/", context);
    await measured(world, page);
    await page.locator("#year-h").waitFor();
    await page.locator("#list-user").waitFor();
    await page.screenshot({ path: `${shots}${name}.png`, fullPage: true });
    // A phone's innerWidth grows with what is too wide.
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(
      context.viewport?.width ?? 0,
    );
    expect(await seriousFindings(page)).toEqual([]);
    expect(complaints).toEqual([]);
  });

  it("has no list beyond the edge of a narrow phone, where nothing changed either", async () => {
    const world = await worldOf({ viewer: amara });
    const { page } = await open(world, "isis/", { ...PHONE, viewport: { width: 320, height: 640 } });
    await page.route(/\/sites\/isis\/(users|machines|projects)\?/, async (route) => {
      const reply = await (await route.fetch()).json();
      const totals = { ...reply.owners[0].totals, busyKwh: 103, idleKwh: 0.1 };
      const owners = reply.owners.map((owner: object) => ({ ...owner, change: 0.01, totals }));
      await route.fulfill({ json: { ...reply, owners, beside: { from: reply.from, to: reply.to } } });
    });
    await page.reload();
    await page.locator("#list-user").waitFor();
    await page.locator(".list").getByText("about the same").first().waitFor();
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(320);
  });

  it("says watts and reasons in words, and of a month how much of it is known", async () => {
    const world = await worldOf({ viewer: amara });
    const { page } = await open(world);
    await page.route(/\/history\?/, async (route) => {
      const reply = await (await route.fetch()).json();
      const totals = { ...reply.totals, hours: 600, hoursKnown: 400, hoursIncomplete: 24 };
      await route.fulfill({ json: { ...reply, totals, comparison: null } });
    });
    await page.goto(`${world.url}isis/?explain=use%20energy`);
    await page.locator("[data-drawer] .facts").waitFor();
    await expect.poll(() => page.locator(".pair").first().textContent()).toContain("400 of 600 h known");
    await page.locator(".figures details summary").click();
    const text = await page.locator("ada-carbon-analysis").evaluate((page) => page.shadowRoot?.textContent);
    expect(text).toContain("200 h missing, in no sum; 24 h incomplete: more was used in them than was seen");
    expect(text).toContain("12 W a busy core, 1 W an idle one");
    expect(text).toContain("Great Britain, mean");
    expect(text).not.toMatch(/per-core\/|gb-carbon-intensity|not-stored|not-downloaded/);
    await page.locator(".figures").screenshot({ path: `${shots}incomplete.png` });
  });

  it("shows on a phone's first screen what to stop and when to run", async () => {
    const world = await worldOf({ viewer: amara });
    const { page } = await open(world, "isis/", PHONE);
    await measured(world, page);
    const bottom = await page.locator(".lead").evaluate((card) => card.getBoundingClientRect().bottom);
    expect(bottom).toBeLessThan(844);
    await page.screenshot({ path: `${shots}phone-first.png` });
  });

  it("is one tab stop a drawing, with arrows inside", async () => {
    const world = await worldOf();
    const { page } = await open(world);
    await expect.poll(() => page.locator(".bars g").count()).toBe(30);
    expect(await page.locator(".bars [tabindex='0']").count()).toBe(1);
    await page.locator(".bars g").first().focus();
    await page.keyboard.press("ArrowRight");
    const label = "document.activeElement.shadowRoot.activeElement.getAttribute('aria-label')";
    expect(await page.evaluate(label)).toBe(await page.locator(".bars g").nth(1).getAttribute("aria-label"));
    await page.keyboard.press("End");
    expect(await page.evaluate(label)).toBe(await page.locator(".bars g").nth(29).getAttribute("aria-label"));
  });

  it("prints without controls", async () => {
    const world = await worldOf({ viewer: amara });
    const { page } = await open(world);
    await measured(world, page);
    await page.locator("#list-user").waitFor();
    await page.emulateMedia({ media: "print" });
    for (const control of [".top", ".bar", ".job", ".acts"])
      expect(await page.locator(control).first().isVisible()).toBe(false);
    expect(await page.locator(".paper-only").isVisible()).toBe(true);
    // In lists that are half a sheet wide, too, and within the sheet.
    await page.setViewportSize({ width: 718, height: 1040 });
    expect(await page.locator(".list").first().getByText("Carbon").isVisible()).toBe(true);
    expect(await page.evaluate("document.documentElement.scrollWidth <= innerWidth")).toBe(true);
    await page.pdf({ path: `${shots}print.pdf`, format: "A4" });
  });

  it("stands in a frame where that is allowed, and nowhere else", async () => {
    const frame = (url: string): string =>
      `<!doctype html><iframe src="${url}" width="800" height="600"></iframe>`;
    const world = await worldOf({
      page: { frameAncestors: ["'self'"] },
      otherPages: { "/frame": frame("/carbon/isis/") },
    });
    const { page } = await open(world, "../frame");
    await page.frameLocator("iframe").locator("#place-h").waitFor();
    const closed = await worldOf({ otherPages: { "/frame": frame("/carbon/isis/") } });
    const other = await open(closed, "../frame");
    await expect.poll(() => other.complaints.join()).toContain("frame-ancestors");
  });

  it("is an element in somebody's template, and leaves their address alone", async () => {
    const template = `<!doctype html><title>Portal</title><link rel="icon" href="data:,"><style>h1, p { color: red; font-size: 99px }</style>
      <script type="module" src="/carbon/assets/analysis.js"></script>
      <ada-carbon-analysis api="/carbon/api" site="isis"></ada-carbon-analysis>`;
    const world = await worldOf({ viewer: amara, otherPages: { "/portal": template } });
    const { page, complaints } = await open(world, "../portal?tab=energy");
    await expect.poll(() => page.locator("#place-h").textContent()).toContain("ISIS");
    await page.locator("select[name=by]").selectOption("week");
    await expect.poll(() => page.url()).toMatch(/\/portal\?tab=energy&by=week$/);
    expect(await page.locator("#place-h").evaluate((h1) => getComputedStyle(h1).fontSize)).toBe("28px");
    expect(complaints).toEqual([]);
  });

  it("rests while it is hidden, and costs next to nothing when nothing happens", async () => {
    const world = await worldOf({ viewer: amara });
    const { page } = await open(world);
    await page.locator(".machine").first().waitFor();
    await expect.poll(() => world.live.open).toBe(1);
    const hide = (isHidden: boolean): Promise<void> =>
      page.evaluate((hidden) => {
        Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
        document.dispatchEvent(new Event("visibilitychange"));
      }, isHidden);
    await hide(true);
    await expect.poll(() => world.live.open).toBe(0);
    await hide(false);
    await expect.poll(() => world.live.open).toBe(1);
    const session = await page.context().newCDPSession(page);
    await session.send("Performance.enable");
    const seconds = async (): Promise<number> => {
      const { metrics } = await session.send("Performance.getMetrics");
      return metrics.find(({ name }) => name === "TaskDuration")?.value ?? 0;
    };
    await page.waitForTimeout(1000);
    const before = await seconds();
    await page.waitForTimeout(5000);
    expect((await seconds()) - before).toBeLessThan(0.5);
  });

  it("has relative URLs only, a strict policy, and knows its sites", async () => {
    const world = await worldOf();
    const reply = await fetch(`${world.url}isis/`);
    const policy = reply.headers.get("content-security-policy") ?? "";
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toContain("unsafe");
    const html = await reply.text();
    expect(html).not.toMatch(/ on\w+=|<style|style=|<script>|(?:href|src|api)="\//);
    const unknown = await fetch(`${world.url}ral/`);
    expect([unknown.status, await unknown.text()]).toEqual([
      404,
      "There is no such site. The sites are isis, clf, diamond.\n",
    ]);
    for (const path of ["assets/../app.ts", "assets/%2e%2e/app.ts", "assets/nothing.js", "isis/nothing"])
      expect((await fetch(`${world.url}${path}`)).status).toBe(404);
    expect((await fetch(world.url)).url).toBe(`${world.url}isis/`);
    expect((await fetch(`${world.url}isis?by=week`)).url).toBe(`${world.url}isis/?by=week`);

    const script = await fetch(`${world.url}assets/analysis.js`, { headers: { "accept-encoding": "br" } });
    expect(script.headers.get("content-encoding")).toBe("br");
    const etag = script.headers.get("etag") ?? "";
    const again = await fetch(`${world.url}assets/analysis.js`, { headers: { "if-none-match": etag } });
    expect(again.status).toBe(304);
    expect((await fetch(`${world.url}isis/`, { method: "POST" })).status).toBe(405);
  });
});
