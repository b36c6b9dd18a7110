import { existsSync } from "node:fs";
import { type Browser, chromium } from "playwright-core";

/** The one without windows is lighter, and draws the same. */
const PLACES = [
  process.env.CHROMIUM_BIN ?? "",
  "/usr/bin/chromium-headless-shell",
  "/usr/bin/chromium",
] as const;

const place = PLACES.find((path) => existsSync(path));

/**
 * Whether there is a Chromium to open pages in. Where it must be (`CI=true`) it throws if there is none; elsewhere it
 * says loudly that its tests are skipped.
 */
export function requireChromium(): boolean {
  if (place !== undefined) return true;
  const why = "install Debian's package chromium-headless-shell, or set CHROMIUM_BIN";
  if (process.env.CI === "true") throw new Error(`CI needs Chromium: ${why}`);
  console.warn(`\n*** SKIPPED: pages in Chromium. ${why}. ***\n`);
  return false;
}

export function launchChromium(): Promise<Browser> {
  const quiet = ["--disable-background-networking", "--disable-component-update", "--disable-sync"];
  return chromium.launch({
    ...(place === undefined ? {} : { executablePath: place }),
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", ...quiet],
  });
}
