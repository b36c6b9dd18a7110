import { createHash } from "node:crypto";
import { isUnremarkable, measurementOf } from "../../usage/measurement.js";
import type { IntensityKind, IntensityProvenance, Provenance } from "../../usage/provenance.js";
import type { UsageSeries } from "../../usage/series.js";
import { formatHost, hostDocument, parseHost } from "../kit/host-document.js";
import type { Database, Session } from "./database.js";
import type { Row } from "./driver.js";
import { packFloats } from "./packed.js";
import { Statement } from "./statement.js";
import { fromText, fromTextOrNull, toText, toTextOrNull } from "./text.js";

/** What stands behind a row that somebody else wrote. */
export const UNKNOWN: Provenance = { library: "unknown", model: null, intensity: null };

const KINDS: readonly IntensityKind[] = ["actual", "forecast", "fallback"];

/** The fingerprint of each provenance of the batch; equal ones have the same. */
export function printsOf(batch: readonly UsageSeries[]): Map<Provenance, string> {
  const prints = new Map<Provenance, string>();
  const printOf = new Map<string, string>();
  for (const { provenance } of batch) {
    for (const each of provenance) {
      if (prints.has(each)) continue;
      const text = canonical(each);
      const print = printOf.get(text) ?? fingerprint(text);
      printOf.set(text, print);
      prints.set(each, print);
    }
  }
  return prints;
}

/** Selects fingerprint and id of those provenances that are there. */
export function selectProvenances(
  database: Database,
  prints: ReadonlyMap<Provenance, string>,
  statement: Statement,
): string {
  const wanted = statement.parameter([...new Set(prints.values())], "text[]");
  return `SELECT fingerprint, provenance_id FROM ${database.table("usage_provenance")} WHERE fingerprint = ANY (${wanted})`;
}

/** The ids of all these provenances by fingerprint, of which `found` are there. The others are added. */
export async function addProvenances(
  session: Session,
  database: Database,
  prints: ReadonlyMap<Provenance, string>,
  found: ReadonlyMap<string, bigint>,
): Promise<ReadonlyMap<string, bigint>> {
  const missing = new Map([...prints].filter(([, print]) => !found.has(print)));
  if (missing.size === 0) return found;
  const byPrint = new Map([...missing].map(([each, print]) => [print, each]));
  await insert(session, database, [...byPrint]);
  const statement = new Statement();
  statement.add(selectProvenances(database, missing, statement));
  const added = await session.rows(statement.text, statement.values);
  return new Map([...found, ...added.map(([print, id]) => [print ?? "", BigInt(id ?? 0)] as const)]);
}

async function insert(
  session: Session,
  database: Database,
  rows: readonly (readonly [string, Provenance])[],
): Promise<void> {
  const intensity = <T>(pick: (from: IntensityProvenance) => T): (T | null)[] =>
    rows.map(([, { intensity: from }]) => (from === null ? null : pick(from)));
  await session.rows(
    `WITH given AS (
       SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::float8[], $7::bool[],
         $8::text[], $9::float8[], $10::bool[], $11::bigint[])
         AS given (fingerprint, library, model, intensity_kind, intensity_source, intensity_fetched_ms,
           intensity_settled, host, spread, unsettled, scrapes)
     ), added AS (
       INSERT INTO ${database.table("usage_provenance")} (fingerprint, library, model, intensity_kind,
         intensity_source, intensity_fetched_ms, intensity_settled, host)
       SELECT fingerprint, library, model, intensity_kind, intensity_source, intensity_fetched_ms,
         intensity_settled, host
       FROM given
       ON CONFLICT (fingerprint) DO NOTHING
       RETURNING provenance_id, fingerprint
     )
     INSERT INTO ${database.table("usage_measurement")} (provenance_id, spread, unsettled, scrapes)
     SELECT provenance_id, spread, unsettled, scrapes FROM added JOIN given USING (fingerprint)
     WHERE spread IS NOT NULL OR unsettled OR scrapes IS NOT NULL`,
    [
      rows.map(([print]) => print),
      rows.map(([, { library }]) => toText(library)),
      rows.map(([, { model }]) => toTextOrNull(model)),
      intensity(({ kind }) => kind),
      intensity(({ source }) => toText(source)),
      packFloats(intensity(({ fetchedAt }) => fetchedAt)),
      intensity(({ settled }) => settled),
      rows.map(([, { host }]) => (host === undefined ? null : toText(formatHost(host)))),
      packFloats(rows.map(([, { spread }]) => spread ?? null)),
      rows.map(([, { unsettled }]) => unsettled === true),
      rows.map(([, { scrapes }]) => scrapes ?? null),
    ],
  );
}

/** The provenances of these ids. */
export async function readProvenances(
  session: Session,
  database: Database,
  ids: Iterable<number>,
): Promise<Map<number, Provenance>> {
  const wanted = [...ids];
  if (wanted.length === 0) return new Map();
  const rows = await session.rows(
    `SELECT provenance_id, library, model, intensity_kind, intensity_source, intensity_fetched_ms,
       intensity_settled, host, spread, unsettled, scrapes
     FROM ${database.table("usage_provenance")}
     LEFT JOIN ${database.table("usage_measurement")} USING (provenance_id)
     WHERE provenance_id = ANY ($1::int4[])`,
    [wanted],
  );
  return new Map(rows.map((row) => [Number(row[0]), toProvenance(row)]));
}

function toProvenance(row: Row): Provenance {
  const [, library, model, kindName, source, fetchedAt, settled, document, ...measurement] = row;
  const [spread, unsettled, scrapes] = measurement;
  const host = parseHost(fromTextOrNull(document));
  const kind = KINDS.find((known) => known === kindName);
  return {
    library: fromText(library ?? ""),
    model: fromTextOrNull(model),
    intensity:
      kind === undefined
        ? null
        : {
            kind,
            source: fromText(source ?? ""),
            fetchedAt: numberOrNull(fetchedAt),
            settled: settled === "t",
          },
    ...measurementOf({
      spread: numberOrNull(spread),
      unsettled: unsettled === "t",
      scrapes: numberOrNull(scrapes),
    }),
    ...(host === undefined ? {} : { host }),
  };
}

function numberOrNull(text: string | null | undefined): number | null {
  return text === null || text === undefined ? null : Number(text);
}

/**
 * Equal for equal provenances, and of one without a measurement what it has always been, so that it is found
 * among those that are stored.
 */
function canonical(provenance: Provenance): string {
  const { library, model, intensity, host } = provenance;
  const { kind, source, fetchedAt, settled } = intensity ?? {};
  const measured = intensity === null ? null : [kind, source, fetchedAt, settled];
  const parts = [library, model, measured, ...(host === undefined ? [] : [hostDocument(host)])];
  if (isUnremarkable(provenance)) return JSON.stringify(parts);
  return JSON.stringify({ parts, measurement: measurementOf(provenance) });
}

/** Short whatever the text says, so that an index can hold it. */
function fingerprint(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
