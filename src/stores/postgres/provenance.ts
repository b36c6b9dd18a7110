import { createHash } from "node:crypto";
import type * as z from "zod";
import { AdaCarbonError } from "../../usage/errors.js";
import { isUnremarkable, measurementOf } from "../../usage/measurement.js";
import {
  type HostProvenance,
  INTENSITY_KINDS,
  type MarketIntensity,
  type Provenance,
} from "../../usage/provenance.js";
import { remembered } from "../../usage/remembered.js";
import type { UsageSeries } from "../../usage/series.js";
import { hostDocument, hostSchema } from "../kit/host-document.js";
import { aboutIntensity, marketDocument, marketSchema } from "../kit/intensity-document.js";
import { type Intensities, intensitiesOf, type StoredIntensities } from "../stored-intensities.js";
import type { Session } from "./connection.js";
import { booleans, givenRows, jsons, numbers, texts } from "./given-rows.js";
import type { Row } from "./options.js";
import { fromText, fromTextOrNull, numberOrNull, toText } from "./text.js";

/** The id of every provenance in the batch. Those that are not stored yet are added. */
export async function idsOfProvenances(
  session: Session,
  batch: readonly UsageSeries[],
): Promise<ReadonlyMap<Provenance, number>> {
  const fingerprints = fingerprintsOf(batch);
  const found = await session.rows(
    `SELECT fingerprint, provenance_id FROM ${session.table("usage_provenance")}
     WHERE fingerprint = ANY ($1::text[])`,
    [[...new Set(fingerprints.values())]],
  );
  const ids = new Map(found.map(([fingerprint, id]) => [fingerprint, Number(id)]));
  const missing = new Map<string, Provenance>();
  for (const [provenance, fingerprint] of fingerprints) {
    if (!ids.has(fingerprint)) missing.set(fingerprint, provenance);
  }
  for (const [fingerprint, id] of await insert(session, missing)) ids.set(fingerprint, Number(id));
  return new Map([...fingerprints].map(([provenance, print]) => [provenance, ids.get(print) ?? Number.NaN]));
}

async function insert(session: Session, missing: ReadonlyMap<string, Provenance>): Promise<Row[]> {
  if (missing.size === 0) return [];
  const provenances = [...missing.values()];
  const intensities = provenances.map(({ intensity }) => intensity);
  const given = givenRows({
    fingerprint: texts([...missing.keys()]),
    library: texts(provenances.map(({ library }) => library)),
    model: texts(provenances.map(({ model }) => model)),
    intensity_kind: texts(intensities.map((intensity) => intensity?.kind ?? null)),
    intensity_source: texts(intensities.map((intensity) => intensity?.source ?? null)),
    intensity_basis: texts(intensities.map((intensity) => intensity?.basis ?? null)),
    intensity_updated_ms: numbers(intensities.map((intensity) => intensity?.updatedAt ?? null)),
    intensity_fetched_ms: numbers(intensities.map((intensity) => intensity?.fetchedAt ?? null)),
    intensity_settled: booleans(intensities.map((intensity) => intensity?.settled ?? null)),
    market: jsons(provenances.map(({ market }) => (market ? formatJson(marketDocument(market)) : null))),
    spread: numbers(provenances.map(({ spread }) => spread ?? null)),
    unsettled: booleans(provenances.map(({ unsettled }) => unsettled ?? false)),
    scrapes: numbers(provenances.map(({ scrapes }) => scrapes ?? null)),
    host: jsons(provenances.map(({ host }) => (host ? formatJson(hostDocument(host)) : null))),
  });
  return session.rows(
    `INSERT INTO ${session.table("usage_provenance")} (${given.columns.join(", ")})
     SELECT * FROM ${given.table} RETURNING fingerprint, provenance_id`,
    given.parameters,
  );
}

const INTENSITY =
  "intensity_kind, intensity_source, intensity_basis, intensity_updated_ms, intensity_fetched_ms, intensity_settled, market";

/** By which intensities those of the provenances are whose ids a statement selects. */
export async function intensitiesOfIds(
  session: Session,
  ids: string,
  parameters: string[],
): Promise<StoredIntensities> {
  const rows = await session.rows(
    `SELECT provenance_id, ${INTENSITY} FROM ${session.table("usage_provenance")} WHERE provenance_id IN (${ids})`,
    parameters,
  );
  return intensitiesOf(rows.map(([id, ...intensities]) => intensitiesIn(id ?? "", intensities)));
}

/** The provenances of these ids. */
export async function readProvenances(
  session: Session,
  ids: Iterable<string>,
): Promise<ReadonlyMap<string, Provenance>> {
  const wanted = [...ids];
  if (wanted.length === 0) return new Map();
  const rows = await session.rows(
    `SELECT provenance_id, library, model, spread, unsettled, scrapes, host, ${INTENSITY}
     FROM ${session.table("usage_provenance")} WHERE provenance_id = ANY ($1::int4[])`,
    [wanted],
  );
  return new Map(rows.map((row) => [row[0] ?? "", toProvenance(row)]));
}

function toProvenance(row: Row): Provenance {
  const [id, library, model, spread, unsettled, scrapes, host, ...intensities] = row;
  return {
    library: fromText(library ?? ""),
    model: fromTextOrNull(model),
    ...intensitiesIn(id ?? "", intensities),
    ...measurementOf({
      spread: numberOrNull(spread),
      unsettled: unsettled === "t",
      scrapes: numberOrNull(scrapes),
    }),
    ...(host == null ? {} : { host: parseJson(id ?? "", host, hostSchema, "a host") }),
  };
}

function intensitiesIn(id: string, columns: Row): Intensities {
  const [kindName, source, basis, updatedAt, fetchedAt, settled, market] = columns;
  const kind = INTENSITY_KINDS.find((known) => known === kindName);
  const intensity = kind && {
    kind,
    source: fromText(source ?? ""),
    ...aboutIntensity(fromTextOrNull(basis), numberOrNull(updatedAt)),
    fetchedAt: numberOrNull(fetchedAt),
    settled: settled === "t",
  };
  return {
    intensity: intensity ?? null,
    ...(market == null ? {} : { market: parseJson(id, market, marketSchema, "a market") }),
  };
}

/** As JSON whose texts PostgreSQL can take out. */
function formatJson(document: HostProvenance | MarketIntensity): string {
  return JSON.stringify(document, (_, value) => (typeof value === "string" ? toText(value) : value));
}

function parseJson<T>(id: string, json: string, schema: z.ZodType<T>, what: string): T {
  const value: unknown = JSON.parse(json, (_, text) => (typeof text === "string" ? fromText(text) : text));
  const { data, error } = schema.safeParse(value);
  if (data !== undefined) return data;
  const line = `row ${id} of usage_provenance says of ${what} what makes no sense; correct it, or store those hours again`;
  throw new AdaCarbonError("store-corrupt", line, { cause: error });
}

/** The fingerprint of each provenance of the batch; equal ones have the same. */
function fingerprintsOf(batch: readonly UsageSeries[]): Map<Provenance, string> {
  const fingerprints = new Map<Provenance, string>();
  const byText = new Map<string, string>();
  for (const { provenance } of batch) {
    for (const ofRow of provenance) {
      if (fingerprints.has(ofRow)) continue;
      const text = canonical(ofRow);
      // Short whatever the text says, so that an index can hold it.
      const fingerprint = remembered(byText, text, () => createHash("sha256").update(text).digest("hex"));
      fingerprints.set(ofRow, fingerprint);
    }
  }
  return fingerprints;
}

/**
 * Equal for equal provenances, and of one with neither a measurement nor a market what it has always been, so that it is found
 * among those that are stored.
 */
function canonical(provenance: Provenance): string {
  const { library, model, intensity, market, host } = provenance;
  const { kind, source, basis, updatedAt, fetchedAt, settled } = intensity ?? {};
  const about = basis === undefined && updatedAt === undefined ? [] : [basis ?? null, updatedAt ?? null];
  const measured = intensity === null ? null : [kind, source, fetchedAt, settled, ...about];
  const parts = [library, model, measured, ...(host === undefined ? [] : [hostDocument(host)])];
  if (isUnremarkable(provenance) && market === undefined) return JSON.stringify(parts);
  const measurement = isUnremarkable(provenance) ? undefined : measurementOf(provenance);
  return JSON.stringify({ parts, measurement, market: market && marketDocument(market) });
}
