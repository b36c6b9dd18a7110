#!/usr/bin/env node
import { EXIT } from "./io.js";
import { Printer } from "./printer.js";
import { run } from "./program.js";

// Without this, an older Node fails at the first thing that it lacks, and does not say why.
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major * 1000 + minor < 22_013) {
  new Printer(process.stderr).line(
    `ada-carbon needs Node 22.13 or newer, and this is ${process.versions.node}; npx --package=node@24 --package=ada-carbon ada-carbon brings its own`,
  );
  process.exit(EXIT.failed);
}

// Warnings of Node and of drivers may repeat what a server says. Node 22 prints with every command that its SQLite
// is experimental, which the stores' locks are made of.
process.removeAllListeners("warning");
process.on("warning", ({ name, message }) => {
  if (!message.startsWith("SQLite is an experimental feature"))
    new Printer(process.stderr).warning(`${name}: ${message}`);
});

const interrupt = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  // A second signal ends the process: the user means it.
  process.on(signal, () => {
    if (interrupt.signal.aborted) process.exit(EXIT.interrupted);
    interrupt.abort(new Error(`stopped by ${signal}`));
  });
}
// A reader that has seen enough (`| head`) is no failure.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  process.exit(error.code === "EPIPE" ? EXIT.ok : EXIT.failed);
});

process.exitCode = await run(process.argv.slice(2), {
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  clock: Date.now,
  signal: interrupt.signal,
});
