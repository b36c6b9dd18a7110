import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { HOUR_MS } from "ada-carbon";
import { type SimulationServer, serveSimulation, simulateCluster } from "ada-carbon/testing";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { launchChromium, requireChromium } from "../servers/chromium.js";
import { requireDjango } from "../servers/django.js";
import { type DjangoSite, startDjangoSite } from "../servers/django-site.js";
import { type RealPostgres, startPostgres } from "../servers/postgres.js";
import { type ServiceProcess, startService } from "../support/service.js";

// examples/django-site with a real Django, PostgreSQL, service and browser.

const shots = fileURLToPath(new URL("../.artifacts/django-site/", import.meta.url));
const PASSWORD = "a password of the test";

interface Person {
  readonly name: string;
  readonly hosts: readonly string[];
}

describe.skipIf(!requireDjango() || !requireChromium())("the Django site", () => {
  let grid: SimulationServer;
  let database: RealPostgres;
  let service: ServiceProcess;
  let site: DjangoSite;
  let browser: Browser;
  let people: readonly [Person, Person];

  beforeAll(async () => {
    mkdirSync(shots, { recursive: true });
    const now = Date.now();
    const interval = { from: now - 30 * HOUR_MS, to: now + HOUR_MS };
    const cluster = simulateCluster({ interval, hosts: 12, scrapeSeconds: 30 });
    grid = await serveSimulation({ cluster, clock: Date.now });
    database = await startPostgres();
    service = await startService([
      ...["--prometheus", grid.prometheusUrl, "--intensity", grid.intensityUrl],
      ...["--store", database.url, "--migrate", "--site", "isis=IDAaaS", "--base-path", "/carbon"],
      ...["--backfill-days", "1", "--poll-seconds", "1", "--zone", "Europe/London"],
      ...["--identity-header", "X-Remote-User", "--trusted-proxy", "127.0.0.1"],
    ]);
    await service.said(/following \d+ workspaces/);
    await service.said(/sync: .* fetched=24/);
    people = await twoPeople();
    site = await startDjangoSite({ databaseUrl: database.url, service: new URL(service.url).origin });
    site.shell(
      `from django.contrib.auth.models import User
for name in ${JSON.stringify(people.map(({ name }) => name))}:
    User.objects.create_user(name, password=${JSON.stringify(PASSWORD)})`,
    );
    browser = await launchChromium();
  });
  afterEach(async () => {
    for (const context of browser.contexts()) await context.close();
  });
  afterAll(async () => {
    await browser?.close();
    await site?.stop();
    await service?.stop();
    await database?.stop();
    await grid?.close();
  });

  /** Two users of the site who have machines now, none of them both. */
  async function twoPeople(): Promise<readonly [Person, Person]> {
    const rows = await database.sql(
      `SELECT u.ext_user_id AS name, json_agg(DISTINCT i.hostname) AS hosts
         FROM workspace_session JOIN workspace_session_detail d USING (workspace_session_id)
         JOIN dim_user u USING (user_id) JOIN dim_instance i USING (instance_id)
        WHERE d.site = 'isis' AND ended_at IS NULL
          AND u.ext_user_id IN (SELECT name FROM ada_carbon_hours WHERE kind = 'user')
        GROUP BY 1 ORDER BY 1`,
    );
    const [one, two] = rows.map((row) => ({ name: String(row.name), hosts: row.hosts as string[] }));
    if (one === undefined || two === undefined) throw new Error(`two users are wanted: ${rows.length}`);
    return [one, two];
  }

  /** Somebody else's browser, with what their page complains about. */
  async function visit(): Promise<{ page: Page; complaints: string[] }> {
    const context = await browser.newContext({
      viewport: { width: 1440, height: 900 },
      locale: "en-GB",
      timezoneId: "Europe/London",
    });
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on("console", (message) => message.type() !== "log" && complaints.push(message.text()));
    page.on("pageerror", (error) => complaints.push(String(error)));
    await page.goto(site.url);
    return { page, complaints };
  }

  async function signIn(page: Page, { name }: Person): Promise<void> {
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByLabel("Username").fill(name);
    await page.getByLabel("Password").fill(PASSWORD);
    await page.getByRole("main").getByRole("button", { name: "Sign in" }).click();
    await page.locator("#user", { hasText: name }).waitFor();
  }

  it.each([0, 1] as const)("shows user %i their own machines, and nobody else's", async (index) => {
    const [me, other] = index === 0 ? people : [people[1], people[0]];
    const { page, complaints } = await visit();
    await signIn(page, me);
    const machines = page.locator("ada-carbon-analysis .machines");
    for (const host of me.hosts) await machines.getByText(bare(host)).first().waitFor();
    await page.locator("ada-carbon-analysis tr.is-mine", { hasText: me.name }).first().waitFor();
    await page.screenshot({ path: `${shots}analysis-${index}.png` });
    const shown = await page.locator("ada-carbon-analysis").evaluate((element) => {
      return element.shadowRoot?.textContent ?? "";
    });
    expect(shown).toContain(me.name);
    expect(shown).not.toContain(other.name);
    for (const host of other.hosts) expect(shown).not.toContain(bare(host));

    await page.getByRole("link", { name: "My hours" }).click();
    await page.screenshot({ path: `${shots}mine-${index}.png`, fullPage: true });
    const stored = await database.sql(
      `SELECT sum(busy_kwh) AS kwh FROM ada_carbon_hours WHERE kind = 'user' AND name = '${me.name}'`,
    );
    const days = await page.locator("#days td:nth-child(2)").allTextContents();
    const kwh = days.reduce((sum, text) => sum + Number(text), 0);
    expect(kwh).toBeGreaterThan(0);
    expect(kwh).toBeCloseTo(Number(stored[0]?.kwh), 2);
    const table = (await page.locator("#machines").textContent()) ?? "";
    for (const host of me.hosts) expect(table).toContain(host);
    for (const host of other.hosts) expect(table).not.toContain(host);
    expect(complaints).toEqual([]);
  });

  it("shows sums to whoever has not signed in, and sends them to sign in for more", async () => {
    const { page, complaints } = await visit();
    await page.getByRole("heading", { name: "Sign in to see your machines" }).waitFor();
    const shown = await page.locator("ada-carbon-analysis").evaluate((element) => {
      return element.shadowRoot?.textContent ?? "";
    });
    for (const { name } of people) expect(shown).not.toContain(name);
    await page.screenshot({ path: `${shots}analysis-nobody.png` });
    await page.getByRole("link", { name: "My hours" }).click();
    expect(page.url()).toMatch(/\/login\/\?next=\/mine\/$/);
    expect(complaints).toEqual([]);
  });

  it("believes no name that a browser sends, and tells nginx the right one", async () => {
    const [me] = people;
    const machines = `${site.url}carbon/api/v1/sites/isis/my-machines`;
    const forged = await (await fetch(machines, { headers: { "X-Remote-User": me.name } })).text();
    expect(JSON.parse(forged)).toMatchObject({ machines: [] });
    expect((await fetch(`${site.url}whoami`)).headers.get("x-remote-user")).toBeNull();
    const { page } = await visit();
    await signIn(page, me);
    const known = await page.request.get(`${site.url}whoami`, { headers: { "X-Remote-User": "root" } });
    expect([known.status(), known.headers()["x-remote-user"]]).toEqual([204, me.name]);
    const own = await (await page.request.get(machines)).json();
    expect(own.machines.length).toBe(me.hosts.length);
  });

  it("streams live events, answers what has not changed with 304, and says when the service is away", async () => {
    const live = await fetch(`${site.url}carbon/api/v1/sites/isis/live`);
    const reader = live.body?.getReader();
    const first = new TextDecoder().decode((await reader?.read())?.value);
    expect(first).toMatch(/^(event|retry|id|:)/);
    await reader?.cancel();
    const script = await fetch(`${site.url}carbon/assets/analysis.js`);
    const tag = script.headers.get("etag") ?? "";
    expect([script.status, script.headers.get("content-type")]).toEqual([
      200,
      expect.stringContaining("javascript"),
    ]);
    const again = await fetch(script.url, { headers: { "If-None-Match": tag } });
    expect(again.status).toBe(304);
    const elsewhere = await startDjangoSite({
      databaseUrl: database.url,
      service: "http://127.0.0.1:1",
    });
    const away = await fetch(`${elsewhere.url}carbon/api/v1/sites`);
    expect([away.status, await away.text()]).toEqual([502, expect.stringContaining("cannot be reached")]);
    await elsewhere.stop();
  });

  it("only reads the tables of the service", () => {
    expect(() =>
      site.shell("from usage.models import DimUser; DimUser.objects.create(ext_user_id='x')"),
    ).toThrow(/read-only transaction/);
  });
});

/** A host as the page names it. */
function bare(host: string): string {
  return host.replace(/[.:].*$/, "");
}
