import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const source = (path: string): string => fileURLToPath(new URL(`./src/${path}`, import.meta.url));

const config: ReturnType<typeof defineConfig> = defineConfig({
  resolve: {
    // Tests and doc examples import the package by its public names and run against the source.
    alias: [
      { find: /^ada-carbon\/parquet$/, replacement: source("timeseries/parquet/index.ts") },
      {
        find: /^ada-carbon\/(files|memory|sqlite|postgres|mongodb)$/,
        replacement: source("stores/$1/index.ts"),
      },
      { find: /^ada-carbon\/(\w+)$/, replacement: `${source("")}$1/index.ts` },
      { find: /^ada-carbon$/, replacement: source("index.ts") },
    ],
  },
  test: {
    include: ["src/**/*.test.ts", "test/**/*.test.ts"],
    globalSetup: ["test/conformance-report.ts"],
    // Both cores of a small machine: by itself vitest leaves one to itself.
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 300_000,
  },
});

export default config;
