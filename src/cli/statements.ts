import type { Statement } from "../reports/statement.js";
import type { Interval } from "../usage/hour.js";
import type { Scope } from "../usage/scope.js";
import type { Io } from "./io.js";
import { readInput } from "./read-input.js";
import type { OpenStores } from "./stores.js";

// Statements as files: `report --save` writes them, `diff` reads them.

/** What a store says now of a scope in an interval. */
export async function statementNow(
  { scope, interval }: Pick<Statement, "scope" | "interval">,
  { usage, where }: OpenStores,
  io: Io,
): Promise<Statement> {
  const { readStatement } = await import("../reports/statement.js");
  const statedAt = Math.floor(io.clock() / 1000) * 1000;
  return readStatement(usage, scope, interval, { statedAt, signal: io.signal, where });
}

export async function saveStatement(
  path: string,
  scope: Scope,
  interval: Interval,
  stores: OpenStores,
  io: Io,
): Promise<void> {
  const [{ formatStatement }, { replaceFile }] = await Promise.all([
    import("../reports/statement-text.js"),
    import("../stores/files/io.js"),
  ]);
  const statement = await statementNow({ scope, interval }, stores, io);
  if (statement.hours.every(({ hosts }) => hosts.length === 0))
    io.stderr.warning(
      `${path} holds no hosts, since none are stored or there are too many: corrected owners cannot always be told from repaired hours`,
    );
  await replaceFile(path, formatStatement(statement));
}

export async function readSavedStatement(path: string): Promise<Statement> {
  const { parseStatement } = await import("../reports/statement-text.js");
  return parseStatement(await readInput(path, "statement"), path);
}
