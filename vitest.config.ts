import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

const source = (path: string): string => fileURLToPath(new URL(`./src/${path}`, import.meta.url));

/** Tests in `src` that replace functions of Node, or listen to the process: each in a process of its own. */
const PATCHES_NODE = ["src/stores/files/*.test.ts", "src/intensity/{gb,cache}.test.ts"];

/** Long ones: kills, loads, every other server and reader. `npm run test:campaigns` runs them, `npm test` does not. */
const CAMPAIGNS = ["test/campaigns/*.test.ts", "src/stores/files/{crash,io-errors}.test.ts"];

/** Times, held to a bound. They run after everything else, one after the other: `npm run test:measured`. */
const MEASURED = ["test/measured/*.test.ts"];

/** The slowest first, in this order, so that none of them is alone at the end. */
const SLOW = [
  ...["situations.test", "docs-pages", "cut-runs", "installed-package", "tables-readers", "cli-exits"],
  ...["http-memory", "servers-down", "crash", "conformance-mongodb", "conformance-postgres", "page.test"],
  ...["serve.test", "notebooks", "cli.test", "mongodb.test"],
];
class SlowFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification): number => {
      const found = SLOW.findIndex((name) => moduleId.includes(name));
      return found < 0 ? SLOW.length : found;
    };
    return (await super.sort(files)).sort((a, b) => place(a) - place(b));
  }
}

const config: ReturnType<typeof defineConfig> = defineConfig({
  resolve: {
    // Tests and doc examples import the package by its public names and run against the source.
    alias: [
      { find: /^ada-carbon\/parquet$/, replacement: source("timeseries/parquet/index.ts") },
      {
        find: /^ada-carbon\/(files|memory|sqlite|postgres|mongodb)$/,
        replacement: source("stores/$1/index.ts"),
      },
      // The page's script exists only where the build has made it.
      {
        find: /^ada-carbon\/page$/,
        replacement: fileURLToPath(new URL("./dist/page/index.js", import.meta.url)),
      },
      { find: /^ada-carbon\/kit$/, replacement: source("kit.ts") },
      { find: /^ada-carbon\/(\w+)$/, replacement: `${source("")}$1/index.ts` },
      { find: /^ada-carbon$/, replacement: source("index.ts") },
    ],
  },
  test: {
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          include: ["src/**/*.test.ts"],
          exclude: PATCHES_NODE,
          // They share what they import: it took a quarter of their time to load it anew for each file.
          isolate: false,
        },
      },
      {
        extends: true,
        test: {
          name: "whole",
          include: ["test/**/*.test.ts", ...PATCHES_NODE],
          exclude: [...CAMPAIGNS, ...MEASURED],
          globalSetup: ["test/conformance-report.ts"],
        },
      },
      { extends: true, test: { name: "campaigns", include: CAMPAIGNS } },
      // Another program on the machine can only make a time longer: a bound that holds once in three times is held.
      { extends: true, test: { name: "measured", include: MEASURED, retry: 2 } },
    ],
    // Both cores of a small machine, of which vitest by itself takes one. Servers and commands that tests start take
    // the rest of a larger one.
    maxWorkers: Math.max(2, Math.floor(availableParallelism() / 2)),
    // Tests that wait beside each other, as those of servers that are down, take as long as one of them.
    maxConcurrency: 16,
    sequence: { sequencer: SlowFirst },
    testTimeout: 60_000,
    // On a loaded machine of CI a server may once be slow to come up: what is wrong fails twice, and the log says so.
    retry: process.env.CI === "true" ? 1 : 0,
    // What is waited for may take its time on a loaded machine; vitest itself gives up after a second.
    expect: { poll: { timeout: 20_000 } },
    hookTimeout: 300_000,
  },
});

export default config;
