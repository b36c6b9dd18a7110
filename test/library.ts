import { startVitest } from "vitest/node";

// node test/library.ts: what the package must do on every Node and system that it is for. A program, since scripts of
// `npm run` find the project's own Node first; this one tests with the Node that it is run by.

const FILES = [
  "src/",
  "test/installed-package.test.ts",
  "test/sqlite.test.ts",
  "test/conformance-sqlite.test.ts",
];

console.log(`Node ${process.version} on ${process.platform}`);
const vitest = await startVitest("test", FILES, { watch: false });
await vitest.close();
