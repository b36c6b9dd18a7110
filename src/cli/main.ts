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
  const [{ EXIT }, { run }, { standardOutput }] = await Promise.all([
    import("./io.js"),
    import("./program.js"),
    import("./standard-output.js"),
  ]);
  const stdout = standardOutput();
  const interrupt = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    // A second signal ends the process: the user means it.
    process.on(signal, () => {
      if (interrupt.signal.aborted) process.exit(EXIT.interrupted);
      interrupt.abort(new Error(`stopped by ${signal}`));
    });
  }
  // A reader that has seen enough (`| head`) is no failure.
  stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(EXIT.ok);
    stderr.error(`standard output is not whole: it cannot be written to (${error.code ?? error.message})`);
    process.exit(EXIT.failed);
  });
  // A full log or a reader that has gone is no reason to leave work half done. How it ended, the exit status says.
  process.stderr.on("error", () => {});
  process.exitCode = await run(process.argv.slice(2), {
    stdout,
    stderr: process.stderr,
    env: process.env,
    clock: Date.now,
    signal: interrupt.signal,
  });
}
