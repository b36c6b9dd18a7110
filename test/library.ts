import { startVitest } from "vitest/node";

// node test/library.ts: what the package must do on every Node and system that it is for. A program, since scripts of
// `npm run` find the project's own Node first; this one tests with the Node that it is run by.

const FILES = [
  "src/",
  "test/campaigns/installed-package.test.ts",
  "test/sqlite.test.ts",
  "test/conformance-sqlite.test.ts",
];

// Set by `npx --package node@22`, it would have every npx in the tests look for that package, too.
delete process.env.npm_config_package;

console.log(`Node ${process.version} on ${process.platform}`);
// Projects of vitest that are named after it are tested alone.
const vitest = await startVitest("test", FILES, { watch: false, project: process.argv.slice(2) });
await vitest.close();
