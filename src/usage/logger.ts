/**
 * Where a run, a tracker or a service says what it does, for programs that keep logs: fields first, then the message,
 * as pino has it, so a pino logger is one as it is. Neither holds credentials.
 *
 * @example
 * import assert from "node:assert/strict";
 * import type { Logger } from "ada-carbon";
 *
 * const lines: string[] = [];
 * const write = (level: string) => (fields: object, message: string) => {
 *   lines.push(JSON.stringify({ level, message, ...fields }));
 * };
 * const logger: Logger = { debug: write("debug"), info: write("info"), warn: write("warn"), error: write("error") };
 * logger.info({ hours: 24 }, "stored");
 * assert.equal(lines[0], '{"level":"info","message":"stored","hours":24}');
 */
export interface Logger {
  /** Steps on the way. */
  debug(fields: LogFields, message: string): void;
  /** What was done. */
  info(fields: LogFields, message: string): void;
  /** Something is wrong, and work goes on. */
  warn(fields: LogFields, message: string): void;
  /** Something failed of which no caller is told by a rejection. */
  error(fields: LogFields, message: string): void;
}

/** What goes with a line. Members are named as in the reports; an error is in `err`. */
export type LogFields = Readonly<Record<string, unknown>>;

/** More lines than anybody reads; then it begins anew. */
const MOST_KEPT = 1000;

/** Warns of everything once: what is found at one run of a job is mostly found at the next one, too. */
export function warningOnce(log: Logger): (line: string) => void {
  const said = new Set<string>();
  return (line) => {
    if (said.has(line)) return;
    if (said.size >= MOST_KEPT) said.clear();
    said.add(line);
    log.warn({}, line);
  };
}
