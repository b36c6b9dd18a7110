import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { beforeAll, describe, expect, it } from "vitest";
import { ALL_ROUTES } from "../../src/http/routes/all.js";
import type { Left } from "../support/distinct-requests.js";

// Whoever asks may spell one question in thousands of ways. What is kept of that must not grow.

const program = fileURLToPath(new URL("../support/distinct-requests.ts", import.meta.url));
/** A zone in 6,000 spellings once kept 95 to 304 MB. */
const MOST_HEAP = 6_000_000;
const MOST_RESIDENT_OF_ZONES = 60_000_000;

describe("memory does not grow with what is asked", () => {
  let left: Left[] = [];
  beforeAll(async () => {
    const args = ["--expose-gc", "--import", "tsx", program];
    const { stdout } = await promisify(execFile)(process.execPath, args);
    left = JSON.parse(stdout);
  }, 600_000);

  it("whatever the route, thousands of zones, names, dates, cursors and clients later", () => {
    expect(left.length).toBeGreaterThan(20);
    const grown = left.filter(({ heapBytes }) => heapBytes > MOST_HEAP);
    expect(grown).toEqual([]);
  });

  it("outside of the heap either, where the calendars of time zones are", () => {
    const zones = left.find(({ route }) => route === "/v1/history by zone");
    expect(zones?.residentBytes).toBeLessThan(MOST_RESIDENT_OF_ZONES);
  });

  it("and no path is left out, but those that share their code with one", () => {
    const asked = left.map(({ route }) => route.split(" ")[0] ?? "");
    const lists = /^\/v1(\/sites\/\{site\})?\/(projects|machines|users|groups|experiments)$/;
    const missing = ALL_ROUTES.filter(({ path }) => !asked.includes(path) && !lists.test(path));
    expect(missing.map(({ path }) => path)).toEqual([]);
  });
});
