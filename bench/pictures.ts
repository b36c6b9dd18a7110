// Pictures of the Analysis page for the docs: `npm run pictures`. A real service on a simulated cloud, in a real browser.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { launchChromium } from "../test/servers/chromium.js";

const FOLDER = fileURLToPath(new URL("../docs/pictures/", import.meta.url));
const SERVICE = fileURLToPath(new URL("../dist/cli/main.js", import.meta.url));

async function main(): Promise<void> {
  mkdirSync(FOLDER, { recursive: true });
  const flags = ["serve", "--demo", "--listen", "127.0.0.1:0", "--zone", "Europe/London"];
  const service = spawn(process.execPath, [SERVICE, ...flags], { stdio: ["ignore", "pipe", "inherit"] });
  try {
    const address = await addressOf(service);
    await pastIsThere(address);
    await takePictures(address);
  } finally {
    service.kill("SIGTERM");
    await once(service, "exit");
  }
}

/** The address that the service prints when it listens. */
async function addressOf(service: ChildProcess): Promise<string> {
  let text = "";
  for await (const chunk of service.stdout ?? []) {
    text += chunk;
    const address = /http:\S+/.exec(text)?.[0];
    if (address !== undefined) return address;
  }
  throw new Error(`the service ended without an address: ${text}`);
}

/** The demo computes its past week by week; what is usual for a machine is made of thirty days. */
async function pastIsThere(address: string): Promise<void> {
  for (;;) {
    const reply = await fetch(`${address}api/v1/history?scope=site:isis&by=day&beside=before`);
    const { beside } = (await reply.json()) as { beside?: { totals: { hoursKnown: number } } };
    if ((beside?.totals.hoursKnown ?? 0) > 700) return;
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
}

async function takePictures(address: string): Promise<void> {
  const browser = await launchChromium();
  const sizes = { analysis: { width: 1280, height: 860 }, phone: { width: 390, height: 844 } };
  for (const [name, viewport] of Object.entries(sizes)) {
    const page = await browser.newPage({ viewport, locale: "en-GB", timezoneId: "Europe/London" });
    await page.goto(`${address}isis/`);
    // Watts are there after two measurements, a month of hours after some seconds of the demo's past.
    await page
      .locator(".machines .value", { hasText: /\d\sW(?!h)/ })
      .first()
      .waitFor({ timeout: 90_000 });
    await page.locator("#place-h", { hasText: "Idle takes" }).waitFor({ timeout: 90_000 });
    await page.screenshot({ path: `${FOLDER}${name}.png` });
    await page.close();
  }
  await browser.close();
}

await main();
