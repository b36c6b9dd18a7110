import { Writable } from "node:stream";
import { type LogFields, type Logger, warningOnce } from "../usage/logger.js";
import type { Io } from "./io.js";
import { Printer } from "./printer.js";
import { onOneLine } from "./wrap.js";

/** Lines on standard error: for people, or one JSON object a line. */
export function serveLog(io: Io, format: "text" | "json"): Logger {
  const write = (level: string, fields: LogFields, message: string): void => {
    const time = new Date(io.clock()).toISOString();
    if (format === "json") io.stderr.json({ time, level, message, ...fields }, 0);
    else io.stderr.line(`${time} ${level.padEnd(5)} ${onOneLine(message)}${fieldsText(fields)}`);
  };
  return {
    // Steps on the way are more than an operator wants to read.
    debug: () => {},
    info: (fields, message) => write("info", fields, message),
    warn: (fields, message) => write("warn", fields, message),
    error: (fields, message) => write("error", fields, message),
  };
}

function fieldsText(fields: LogFields): string {
  return Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => ` ${name}=${String(value)}`)
    .join("");
}

/** The same world, in which what would be written to standard error is logged, each line once. */
export function withLoggedWarnings(io: Io, log: Logger): Io {
  const warn = warningOnce(log);
  const stderr = new Writable({
    write(chunk, _encoding, done) {
      for (const line of String(chunk).split("\n")) if (line !== "") warn(line.replace(/^warning: /, ""));
      done();
    },
  });
  return { ...io, stderr: new Printer(stderr) };
}
