import * as z from "zod";
import { assertColumns, instantIn, textRecords } from "../codecs/records.js";
import { firstIssue } from "../intensity/instant.js";
import { badInput } from "../usage/errors.js";
import { assertArgument, TEXT } from "../usage/options.js";
import { assertTenure, type Tenure } from "./tenure.js";

const text = z.string().transform((value) => value.trim());
const optional = text.nullish().transform((value) => value || undefined);
const row = z.object({
  host: text,
  from: text,
  to: text.nullish(),
  user: optional,
  group: optional,
  experiment: optional,
});

/**
 * Tenures from a text: CSV with a header line, or a JSON array of objects. Columns are `host`, `from`, `to`
 * (empty or absent while it goes on), `user`, `group`, `experiment`; times are ISO 8601 with an offset. Other columns are
 * not read, and refused where one of these is missing that they may stand for.
 *
 * @param where Names the text in errors, such as a path. Every error says which row, and is `bad-input`.
 *
 * @example
 * import assert from "node:assert/strict";
 * import { parseTenures } from "ada-carbon/attribution";
 *
 * const csv = "host,from,to,user\nhost-a,2025-09-10T09:00:00+01:00,2025-09-10T17:30:00+01:00,amara\n";
 * const [tenure] = parseTenures(csv, "bookings.csv");
 * assert.equal(tenure?.from, Date.UTC(2025, 8, 10, 8));
 */
export function parseTenures(content: string, where: string): Tenure[] {
  assertArgument("parseTenures", "content", content, TEXT);
  const entries = textRecords(content, where, "tenures");
  const tenures = entries.map((entry) => tenureOf(entry.record, entry.where));
  // Without an end a tenure goes on, and without an owner it is nobody's.
  const names = new Set(entries.flatMap(({ record }) => Object.keys(Object(record))));
  const isWhole = names.has("to") && OWNERS.some((name) => names.has(name));
  assertColumns(names, COLUMNS, isWhole, where);
  return tenures;
}

const COLUMNS = Object.keys(row.shape);
const OWNERS = ["user", "group", "experiment"];

function tenureOf(record: unknown, where: string): Tenure {
  const parsed = row.safeParse(record);
  if (!parsed.success) throw badInput(`${where}: ${firstIssue(parsed.error)}`, parsed.error);
  const { from, to, ...rest } = parsed.data;
  const tenure: Tenure = { ...rest, from: instantIn(from, where), to: to ? instantIn(to, where) : null };
  assertTenure(tenure, where);
  return tenure;
}
