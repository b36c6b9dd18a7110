import { fstatSync, writeSync } from "node:fs";
import { Writable } from "node:stream";
import type { OutputStream } from "./printer.js";

/**
 * Standard output, which takes a text whole or says why not. Node's own writes into a file only what there is room for,
 * and says nothing of the rest.
 */
export function standardOutput(): OutputStream {
  const { stdout } = process;
  if (!fstatSync(stdout.fd).isFile()) return stdout;
  return new Writable({
    write(chunk: Buffer, _, done) {
      try {
        for (let rest = chunk; rest.length > 0; ) rest = rest.subarray(writeSync(stdout.fd, rest));
        done();
      } catch (error) {
        done(error instanceof Error ? error : new Error(String(error)));
      }
    },
  });
}
