import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

// Every arrow points down: which room may import from which, types included, and no circle of files.

const SRC = fileURLToPath(new URL("../src/", import.meta.url));

/** Rooms from the bottom up: each imports from those above it in this list, never from one below. */
const ROOMS: readonly string[] = [
  "usage",
  "codecs",
  "transport",
  "power",
  "machines",
  "intensity",
  "uncertainty",
  "attribution",
  "rows",
  "stores",
  "stores/kit",
  "averages",
  "timeseries",
  "prometheus/replies",
  "prometheus/client",
  "prometheus/chunks",
  "prometheus/scrapes",
  "prometheus/edges",
  "prometheus/hours",
  "prometheus/rules",
  "prometheus/live",
  "prometheus/servers",
  "prometheus",
  "meters",
  "calibration",
  "stores/memory",
  "stores/files",
  "stores/sqlite",
  "stores/postgres",
  "stores/mongodb",
  "reports",
  "sync",
  "workspaces",
  "http",
  "page",
  "serve",
  "(entry)",
  "testing",
  "cli",
];
/** Their folders are rooms of their own. */
const HOUSES: readonly string[] = ["stores", "prometheus"];
const ADAPTERS = ROOMS.filter((room) => room.startsWith("stores/") && room !== "stores/kit");

/** The demo runs on the simulated cluster. */
const MAY_IMPORT_TESTING: readonly string[] = [
  "cli/demo.ts",
  "cli/demo-cloud.ts",
  "cli/demo-live.ts",
  "cli/serve-demo.ts",
];

const files = readdirSync(SRC, { recursive: true, encoding: "utf8" }).filter(
  (file) => /\.(ts|css)$/.test(file) && !file.endsWith(".test.ts"),
);

function importsOf(file: string): string[] {
  const text = readFileSync(join(SRC, file), "utf8");
  const paths = [...text.matchAll(/(?:from|import|import\()\s*"(\.[^"]+)"/g)].map(([, path = ""]) => path);
  return paths.map((path) => relative(SRC, resolve(SRC, dirname(file), path)).replace(/\.js$/, ".ts"));
}

function roomOf(file: string): string {
  const [room = "", inner = "", ...more] = file.split("/");
  if (inner === "") return "(entry)";
  return HOUSES.includes(room) && more.length > 0 ? `${room}/${inner}` : room;
}

const arrows = files.flatMap((from) => importsOf(from).map((to) => ({ from, to })));

it("knows every room, and the arrows are there to be watched", () => {
  expect([...new Set(files.map(roomOf))].sort()).toEqual([...ROOMS].sort());
  expect(arrows.length).toBeGreaterThan(1000);
  expect(arrows.filter(({ to }) => !files.includes(to))).toEqual([]);
});

it("no room imports from one above it", () => {
  const upward = arrows.filter(({ from, to }) => ROOMS.indexOf(roomOf(to)) > ROOMS.indexOf(roomOf(from)));
  expect(upward.filter(({ from }) => !MAY_IMPORT_TESTING.includes(from))).toEqual([]);
});

it("adapters do not know each other, and only the command line knows adapters", () => {
  const among = arrows.filter(
    ({ from, to }) => ADAPTERS.includes(roomOf(to)) && roomOf(from) !== roomOf(to) && roomOf(from) !== "cli",
  );
  expect(among).toEqual([]);
});

it("nothing imports what is there for tests", () => {
  const isForTests = (file: string): boolean => roomOf(file) === "testing" || file.endsWith(".testing.ts");
  const into = arrows.filter(({ from, to }) => isForTests(to) && !isForTests(from));
  expect(into.filter(({ from }) => !MAY_IMPORT_TESTING.includes(from))).toEqual([]);
});

it("no files import each other in a circle", () => {
  const below = Map.groupBy(arrows, ({ from }) => from);
  const done = new Set<string>();
  const circles: string[][] = [];
  const visit = (file: string, path: readonly string[]): void => {
    if (path.includes(file)) circles.push([...path.slice(path.indexOf(file)), file]);
    if (done.has(file) || path.includes(file)) return;
    for (const { to } of below.get(file) ?? []) visit(to, [...path, file]);
    done.add(file);
  };
  for (const file of files) visit(file, []);
  expect(circles).toEqual([]);
});
