#!/usr/bin/env node
import { setFlagsFromString } from "node:v8";
import { EXIT } from "./io.js";
import { run } from "./program.js";

// As of docs/performance.md; Deno and Bun do otherwise, there this does nothing.
// Young garbage is collected a little more often instead of growing to 100 MB, and takes no longer.
setFlagsFromString("--semi-space-growth-factor=1");
// Compiling hot WebAssembly anew takes more than it gives where files are small, and half of a machine of two cores.
setFlagsFromString("--wasm-tiering-budget=100000000");

const interrupt = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  // The listener stays: without one, the lock's own would end the process. A second signal does: the user means it.
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
