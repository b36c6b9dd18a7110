#!/usr/bin/env node
import { tooOld } from "../usage/node-version.js";
import { Printer } from "./printer.js";

const stderr = new Printer(process.stderr, process.env);

// Warnings of Node and of drivers may repeat what a server says. Node 22 prints with every command that its SQLite
// is experimental, which the stores' locks are made of.
process.removeAllListeners("warning");
process.on("warning", ({ name, message }) => {
  if (!message.startsWith("SQLite is an experimental feature")) stderr.warning(`${name}: ${message}`);
});

const fault = tooOld(process.versions);
if (fault === undefined) await start();
else {
  stderr.error(fault);
  process.exitCode = 1;
}

async function start(): Promise<void> {
  // Loaded only now: a Node that is too old would end in a stack trace somewhere in there.
  const [{ EXIT }, { run }] = await Promise.all([import("./io.js"), import("./program.js")]);
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
}
