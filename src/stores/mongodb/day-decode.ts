import { AdaCarbonError, isAdaCarbonError } from "../../usage/errors.js";
import { type FinishedHour, HOUR_MS, type Interval } from "../../usage/hour.js";
import type { IntensityKind, Provenance } from "../../usage/provenance.js";
import type { Scope } from "../../usage/scope.js";
import { assertSeries, COLUMNS, emptySeries, type MutableSeries, QUANTITIES } from "../../usage/series.js";
import { isStatus, type Status } from "../../usage/status.js";
import { hostSchema } from "../host-document.js";
import { hourKey, isRemoved, SPELLING } from "./day-document.js";
import type { MongoDocument } from "./driver.js";

const INTENSITY_KINDS: readonly string[] = ["actual", "forecast", "fallback"] satisfies IntensityKind[];

/** One stored hour, with NaN for what is missing, numbers in the order of {@link COLUMNS}. */
interface Row {
  readonly hour: FinishedHour;
  readonly numbers: readonly number[];
  readonly status: Status;
  readonly provenance: Provenance;
}

/** Collects the stored days of a scope, given in ascending order, into one series. */
export class DaysDecoder {
  readonly #scope: Scope;
  readonly #interval: Interval;
  readonly #where: string;
  readonly #rows: Row[] = [];

  /** @param where Names the database in the messages of errors. */
  constructor({ kind, name }: Scope, interval: Interval, where: string) {
    this.#scope = { kind, name };
    this.#interval = interval;
    this.#where = where;
  }

  /** Adds the hours of a document that lie in the interval. `store-corrupt` if it is not what we write. */
  add(document: MongoDocument, day: number): void {
    if (isRemoved(document)) return;
    const corrupt = (what: string): AdaCarbonError => this.#corrupt(`document ${String(document._id)}`, what);
    const { from, to } = this.#interval;
    for (const row of rowsOf(document, day, this.#scope, corrupt)) {
      if (row.hour >= from && row.hour < to) this.#rows.push(row);
    }
  }

  /** What has been added. */
  series(): MutableSeries {
    const nothing = { library: "", model: null, intensity: null };
    const hours = this.#rows.map((row) => row.hour);
    const series = emptySeries(this.#scope, hours, nothing);
    this.#rows.forEach((row, i) => {
      COLUMNS.forEach((name, column) => {
        series[name][i] = row.numbers[column] ?? Number.NaN;
      });
      series.status[i] = row.status;
      series.provenance[i] = row.provenance;
    });
    try {
      assertSeries(series);
    } catch (error) {
      if (!isAdaCarbonError(error, "bad-input")) throw error;
      throw this.#corrupt("a document", error.message, error);
    }
    return series;
  }

  #corrupt(which: string, what: string, cause?: unknown): AdaCarbonError {
    const line = `${this.#where}: ${which} is not usage as ada-carbon stores it (${what}); it was left untouched: mend or remove it`;
    return new AdaCarbonError("store-corrupt", line, { cause });
  }
}

function* rowsOf(
  document: MongoDocument,
  day: number,
  scope: Scope,
  corrupt: (what: string) => AdaCarbonError,
): Generator<Row> {
  const { scope: stored, timeseries, ada_carbon: own } = document;
  if (!isObject(stored) || stored.kind !== scope.kind || stored.name !== scope.name)
    throw corrupt("scope is another");
  if (!isObject(timeseries)) throw corrupt("no timeseries");
  if (!isObject(own)) throw corrupt("no ada_carbon");
  const { hours, status, coverage, gco2eq_per_kwh: intensity, provenance, provenances } = own;
  const lists = [hours, status, coverage, intensity, provenance];
  if (!lists.every((list) => Array.isArray(list)) || !Array.isArray(provenances))
    throw corrupt("lists are missing");
  const [hourList, statusList, coverageList, intensityList, provenanceList] = lists as unknown[][];
  const known = provenances.map((each) => provenanceOf(each) ?? corruptly(corrupt("a provenance")));
  if (lists.some((list) => (list as unknown[]).length !== hourList?.length))
    throw corrupt("lists of unequal length");
  // Whoever removed an hour from the one place only did not mean it to be taken as never stored.
  if (Object.keys(timeseries).length !== (hourList?.length ?? 0) + 1)
    throw corrupt("timeseries and hours do not agree");
  for (const [i, hour] of (hourList ?? []).entries()) {
    const from = known[Number(provenanceList?.[i])];
    const said = statusList?.[i];
    const all = typeof hour === "number" ? entriesOf(timeseries, hourKey(hour)) : undefined;
    if (typeof hour !== "number" || hour > 23 || all === undefined || from === undefined)
      throw corrupt(`hour ${hour}`);
    if (typeof said !== "string" || !isStatus(said)) throw corrupt(`status ${said}`);
    const numbers = [
      ...QUANTITIES.map((name) => all[SPELLING[name]]),
      intensityList?.[i],
      coverageList?.[i],
    ].map((entry) => numberOf(entry) ?? corruptly(corrupt(`a number of hour ${hour}`)));
    yield { hour: (day + hour * HOUR_MS) as FinishedHour, numbers, status: said, provenance: from };
  }
}

function corruptly(error: AdaCarbonError): never {
  throw error;
}

function entriesOf(timeseries: MongoDocument, key: string): MongoDocument | undefined {
  const entry = timeseries[key];
  return isObject(entry) && isObject(entry.all) ? entry.all : undefined;
}

/** NaN is missing; `undefined` is not a number that can be stored. */
function numberOf(entry: unknown): number | undefined {
  if (typeof entry === "number") return Number.isFinite(entry) ? entry : undefined;
  return entry === null || entry === "failed" ? Number.NaN : undefined;
}

function provenanceOf(stored: unknown): Provenance | undefined {
  if (!isObject(stored)) return undefined;
  const { library, model, intensity } = stored;
  if (typeof library !== "string" || (model !== null && typeof model !== "string")) return undefined;
  const host = stored.host === undefined ? undefined : hostSchema.safeParse(stored.host);
  if (host?.success === false) return undefined;
  const own = host === undefined ? {} : { host: host.data };
  if (intensity === null) return { library, model, intensity, ...own };
  if (!isObject(intensity)) return undefined;
  const { kind, source, fetched_at: fetchedAt, settled } = intensity;
  if (typeof kind !== "string" || !INTENSITY_KINDS.includes(kind)) return undefined;
  if (typeof source !== "string" || typeof settled !== "boolean") return undefined;
  if (fetchedAt !== null && typeof fetchedAt !== "number") return undefined;
  return { library, model, intensity: { kind: kind as IntensityKind, source, fetchedAt, settled }, ...own };
}

function isObject(value: unknown): value is MongoDocument {
  return typeof value === "object" && value !== null;
}
