import { existsSync, mkdirSync, readdirSync, readFileSync, statSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { extname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { launchChromium } from "../../test/servers/chromium.js";

// The site as it was built: every link leads somewhere, and it works in a browser behind any prefix, without a network.

const root = fileURLToPath(new URL("../..", import.meta.url));
const site = join(root, "site");
const shots = join(root, "test/.artifacts/site");

const htmlFiles = readdirSync(site, { recursive: true, encoding: "utf8" }).filter((name) =>
  name.endsWith(".html"),
);
const textOf = new Map(htmlFiles.map((name) => [name, readFileSync(join(site, name), "utf8")]));

describe("links of the site", () => {
  it("lead to a file of it, and to a heading of that", () => {
    const dead: string[] = [];
    for (const [page, text] of textOf) {
      if (page === "404.html") continue;
      for (const [, href = ""] of text.matchAll(/<a\b[^>]*\bhref="([^"]+)"/g)) {
        if (/^[a-z]+:/.test(href)) continue;
        const { pathname, hash } = new URL(href.replaceAll("&amp;", "&"), `http://site/${page}`);
        const target = decodeURIComponent(pathname.slice(1)).replace(/(^|\/)$/, "$1index.html");
        const anchor = decodeURIComponent(hash.slice(1));
        if (!existsSync(join(site, target))) dead.push(`${page}: ${href}`);
        else if (anchor !== "" && !textOf.get(target)?.includes(`id="${anchor}"`))
          dead.push(`${page}: ${href}`);
      }
    }
    expect([...new Set(dead)]).toEqual([]);
  });

  it("into the repository lead to a file of it", () => {
    const paths = [...textOf.values()].flatMap((text) =>
      [...text.matchAll(/href="https:\/\/github\.com\/stfc\/ada-carbon\/blob\/main\/([^"#]+)/g)].map(
        ([, path]) => path,
      ),
    );
    expect(paths.length).toBeGreaterThan(100);
    expect([...new Set(paths)].filter((path) => !existsSync(join(root, path ?? "")))).toEqual([]);
  });
});

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".css": "text/css",
  ".png": "image/png",
};

/** The folder behind a prefix, as any server of files has it. */
function serve(prefix: string): Promise<{ server: Server; url: string }> {
  const server = createServer((request, response) => {
    const path = decodeURIComponent(new URL(request.url ?? "/", "http://site").pathname);
    const below = path.startsWith(prefix) ? path.slice(prefix.length).replace(/(^|\/)$/, "$1index.html") : "";
    const file = join(site, below);
    const there = !relative(site, file).startsWith("..") && existsSync(file) && statSync(file).isFile();
    response.writeHead(there ? 200 : 404, {
      "content-type": TYPES[extname(file)] ?? "application/octet-stream",
    });
    response.end(there ? readFileSync(file) : "not there");
  });
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      const port = typeof address === "object" ? address?.port : 0;
      resolve({ server, url: `http://127.0.0.1:${port}${prefix}` });
    });
  });
}

describe("in Chromium", () => {
  let browser: Browser;
  beforeAll(async () => {
    mkdirSync(shots, { recursive: true });
    browser = await launchChromium();
  });
  afterAll(() => browser?.close());

  it.each(["/", "/carbon/docs/", "/a/deep/er/place/"])("works behind %s", async (prefix) => {
    const { server, url } = await serve(prefix);
    const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
    const problems: string[] = [];
    page.on("console", (message) => {
      // A browser asks for an icon, which this site has not.
      if (message.type() === "error" && !message.location().url.endsWith("favicon.ico"))
        problems.push(message.text());
    });
    page.on("pageerror", (error) => problems.push(String(error)));
    page.on("request", (request) => {
      if (!request.url().startsWith(url) && !/^data:|\/favicon.ico$/.test(request.url()))
        problems.push(request.url());
    });

    await page.goto(`${url}recipes/cron.html`);
    await page.locator(".VPSidebar a[href$='/accuracy.html']").click();
    await page.waitForURL(`${url}accuracy.html`);
    // The links around it stay while the address changes: they must lead on from here, too.
    await page.locator(".VPSidebar a[href$='/serve.html']").click();
    await page.waitForURL(`${url}serve.html`);

    await page.keyboard.press("Control+k");
    await page.locator(".VPLocalSearchBox input").fill("coverage");
    const hit = page.locator(".VPLocalSearchBox .result").first();
    await hit.click();
    await page.waitForURL(
      (address) => address.href.startsWith(url) && !address.pathname.endsWith("serve.html"),
    );
    // The address changes before the page does.
    await page
      .locator(".vp-doc")
      .filter({ hasText: /coverage/i })
      .waitFor();
    await page.close();
    server.close();
    expect(problems).toEqual([]);
  });

  it.each([
    ["desktop", 1440, "light"],
    ["dark", 1440, "dark"],
    ["phone", 390, "light"],
    ["phone-dark", 390, "dark"],
  ] as const)("no page is wider than a %s", async (name, width, colorScheme) => {
    const { server, url } = await serve("/");
    const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme });
    for (const path of [
      "",
      "recipes/",
      "recipes/express.html",
      "adapters.html",
      "models.html",
      "api/ada-carbon.html",
    ]) {
      await page.goto(`${url}${path}`);
      await page.screenshot({ path: join(shots, `${name}-${path.replaceAll(/\W/g, "-")}.png`) });
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      expect([path, Math.max(0, wide)]).toEqual([path, 0]);
    }
    await page.close();
    server.close();
  });
});
