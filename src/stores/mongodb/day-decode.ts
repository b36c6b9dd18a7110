import { assertSeries } from "../../usage/assert-series.js";
import { AdaCarbonError, isAdaCarbonError } from "../../usage/errors.js";
import { type FinishedHour, HOUR_MS, type Interval } from "../../usage/hour.js";
import { type Measurement, measurementOf } from "../../usage/measurement.js";
import type { IntensityKind, Provenance } from "../../usage/provenance.js";
import type { Scope } from "../../usage/scope.js";
import { COLUMNS, emptySeries, type MutableSeries, QUANTITIES } from "../../usage/series.js";
import { isStatus, type Status } from "../../usage/status.js";
import { hostSchema } from "../kit/host-document.js";
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
  // Columns from the first: a year of rows as objects would outlive the young garbage among which it is read.
  readonly #hours: FinishedHour[] = [];
  readonly #numbers: readonly number[][] = COLUMNS.map(() => []);
  readonly #status: Status[] = [];
  readonly #provenance: Provenance[] = [];

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
      if (row.hour < from || row.hour >= to) continue;
      this.#hours.push(row.hour);
      this.#numbers.forEach((column, i) => {
        column.push(row.numbers[i] ?? Number.NaN);
      });
      this.#status.push(row.status);
      this.#provenance.push(row.provenance);
    }
  }

  /** What has been added. */
  series(): MutableSeries {
    const nothing = { library: "", model: null, intensity: null };
    const empty = emptySeries(this.#scope, this.#hours, nothing);
    const series = { ...empty, status: [...this.#status], provenance: [...this.#provenance] };
    COLUMNS.forEach((name, i) => {
      series[name].set(this.#numbers[i] ?? []);
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
  if (!isObject(stored) || stored.kind !== scope.kind || stored.name !== scope.name) {
    throw corrupt("scope is another");
  }
  if (!isObject(timeseries)) throw corrupt("no timeseries");
  if (!isObject(own)) throw corrupt("no ada_carbon");
  const list = (name: string): readonly unknown[] => {
    const value = own[name];
    if (Array.isArray(value)) return value;
    throw corrupt(`no list ${name}`);
  };
  const hours = list("hours");
  const perHour = ["status", "provenance", "gco2eq_per_kwh", "coverage"].map(list);
  if (perHour.some(({ length }) => length !== hours.length)) throw corrupt("lists of unequal length");
  // Whoever took an hour out of one place only did not mean it to be read as never stored.
  if (Object.keys(timeseries).length !== hours.length + 1) throw corrupt("timeseries and hours do not agree");
  const provenances = list("provenances").map(provenanceOf);
  for (const [i, hour] of hours.entries()) {
    const [status, position, intensity, coverage] = perHour.map((values) => values[i]);
    const entries = entriesOf(timeseries, hour);
    const provenance = provenances[Number(position)];
    if (typeof hour !== "number" || entries === undefined) throw corrupt(`hour ${String(hour)}`);
    if (typeof status !== "string" || !isStatus(status)) throw corrupt(`status ${String(status)}`);
    if (provenance === undefined) throw corrupt(`provenance of hour ${hour}`);
    const numbers = [...QUANTITIES.map((name) => entries[SPELLING[name]]), intensity, coverage].map(numberOf);
    if (numbers.includes(undefined)) throw corrupt(`a number of hour ${hour}`);
    yield { hour: (day + hour * HOUR_MS) as FinishedHour, numbers: numbers as number[], status, provenance };
  }
}

function entriesOf(timeseries: MongoDocument, hour: unknown): MongoDocument | undefined {
  if (typeof hour !== "number" || !(hour >= 0 && hour < 24)) return undefined;
  const entry = timeseries[hourKey(hour)];
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
  const measurement = measurementIn(stored);
  if (measurement === undefined) return undefined;
  const own = { ...measurement, ...(host === undefined ? {} : { host: host.data }) };
  if (intensity === null) return { library, model, intensity, ...own };
  if (!isObject(intensity)) return undefined;
  const { kind, source, fetched_at: fetchedAt, settled } = intensity;
  if (typeof kind !== "string" || !INTENSITY_KINDS.includes(kind)) return undefined;
  if (typeof source !== "string" || typeof settled !== "boolean") return undefined;
  if (fetchedAt !== null && typeof fetchedAt !== "number") return undefined;
  return { library, model, intensity: { kind: kind as IntensityKind, source, fetchedAt, settled }, ...own };
}

/** `undefined` for members of another type; whether their values can be, `assertSeries` says. */
function measurementIn({ spread, unsettled, scrapes }: MongoDocument): Measurement | undefined {
  if (spread !== undefined && typeof spread !== "number") return undefined;
  if (unsettled !== undefined && unsettled !== true) return undefined;
  if (scrapes !== undefined && typeof scrapes !== "number") return undefined;
  return measurementOf({ spread, unsettled, scrapes });
}

function isObject(value: unknown): value is MongoDocument {
  return typeof value === "object" && value !== null;
}
