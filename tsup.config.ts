import { defineConfig, type Options } from "tsup";

/**
 * No module here does anything when it is imported, so a chunk that nothing is taken from need not be loaded: of a module
 * that is itself an entry, an empty one is left.
 */
const withoutIdleImports: NonNullable<Options["plugins"]>[number] = {
  name: "without-idle-imports",
  renderChunk: (code) => ({ code: code.replace(/^import "[./]+chunk-\w+\.js";$/gm, "") }),
};

const shared: Options = {
  format: "esm",
  target: "node22",
  platform: "neutral",
  splitting: true,
  // `node:sqlite` has no other name.
  removeNodeProtocol: false,
  external: [/^node:/, "ada-carbon/page"],
  // Of these a few functions are used; whole they are many times as large, and loading zod and date-fns file by file took
  // four fifths of a cold import. docs/size.md has the sizes.
  noExternal: ["zod", /date-fns/, "ky", /^csv-parse/, /^ml-/],
  // What is built is not minified, so that it can be read. Maps with the sources in them were two thirds of the package.
  sourcemap: false,
  plugins: [withoutIdleImports],
  // Declarations come from tsc (tsconfig.build.json).
  dts: false,
};

/** One entry per public subpath; shared code is split into chunks so that no module is loaded twice. */
const library: Options = {
  ...shared,
  entry: {
    index: "src/index.ts",
    kit: "src/kit.ts",
    "prometheus/index": "src/prometheus/index.ts",
    "intensity/index": "src/intensity/index.ts",
    "reports/index": "src/reports/index.ts",
    "machines/index": "src/machines/index.ts",
    "meters/index": "src/meters/index.ts",
    "calibration/index": "src/calibration/index.ts",
    "timeseries/index": "src/timeseries/index.ts",
    "timeseries/parquet/index": "src/timeseries/parquet/index.ts",
    "stores/files/index": "src/stores/files/index.ts",
    "stores/memory/index": "src/stores/memory/index.ts",
    "attribution/index": "src/attribution/index.ts",
    "averages/index": "src/averages/index.ts",
    "stores/sqlite/index": "src/stores/sqlite/index.ts",
    "stores/postgres/index": "src/stores/postgres/index.ts",
    "stores/mongodb/index": "src/stores/mongodb/index.ts",
    "workspaces/index": "src/workspaces/index.ts",
    "http/index": "src/http/index.ts",
    "page/index": "src/page/index.ts",
    "testing/index": "src/testing/index.ts",
  },
  clean: ["!cli/**", "!page/assets/**"],
};

/**
 * The command line is a program with a copy of the library of its own: its commands, each loaded when it is run, would
 * else cut the library into a third more files, and loading files is most of what importing it costs.
 */
const commandLine: Options = {
  ...shared,
  entry: { main: "src/cli/main.ts", "demo-cloud": "src/cli/demo-cloud.ts" },
  outDir: "dist/cli",
  noExternal: [...(shared.noExternal ?? []), "commander", "jose"],
  clean: true,
};

/** The Analysis page as a browser gets it: one script with everything in it, lit and the style too. */
const page: Options = {
  entry: { analysis: "src/page/client/element.ts" },
  outDir: "dist/page/assets",
  format: "esm",
  target: "es2022",
  platform: "browser",
  noExternal: [/.*/],
  minify: true,
  loader: { ".css": "text" },
  publicDir: "src/page/assets",
  dts: false,
  clean: true,
};

const config: ReturnType<typeof defineConfig> = defineConfig([library, commandLine, page]);

export default config;
