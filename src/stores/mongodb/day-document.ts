import * as z from "zod";
import { clockName, formatDay } from "../../timeseries/documents/day-entry.js";
import { DAY_NAMES, FAILED } from "../../timeseries/documents/day-entry-shape.js";
import { assertSeries } from "../../usage/assert-series.js";
import { byCodeUnit } from "../../usage/code-units.js";
import { type FinishedHour, HOUR_MS } from "../../usage/hour.js";
import { measurementOf } from "../../usage/measurement.js";
import { NO_PROVENANCE, type Provenance } from "../../usage/provenance.js";
import type { Scope, ScopeKind } from "../../usage/scope.js";
import {
  emptySeries,
  numberAt,
  orNull,
  QUANTITIES,
  type Quantity,
  type UsageSeries,
} from "../../usage/series.js";
import { STATUSES } from "../../usage/status.js";
import { sumOf } from "../../usage/sum.js";
import { hostDocument, hostSchema } from "../kit/host-document.js";
import {
  intensityDocument,
  intensitySchema,
  marketDocument,
  marketSchema,
} from "../kit/intensity-document.js";
import type { Intensities } from "../stored-intensities.js";
import type { MongoDocument } from "./driver.js";
import { dayId, dayOf } from "./ids.js";

// A document is one UTC day of one scope:
//
// {
//   _id: "project:IDAaaS:2025-09-10",
//   cloud_project_name: "IDAaaS", date: "10_09_2025",
//   timeseries: { totals: { all: { busy_kwh: 0.12, ... } }, "05:00": { all: { busy_kwh: 0.06, ... } }, ... },
//   scope: { kind: "project", name: "IDAaaS" }, day: ISODate("2025-09-10"),
//   ada_carbon: {
//     revision: "...",
//     hours: { "05:00": { status: "processed", coverage: 1, gco2eqPerKwh: 120, provenance: { ... } }, ... }
//   }
// }
//
// The first lines are the source documents' EstimatedUsageDayEntry. What that has no room for comes after them, with
// the library's own names in `ada_carbon`.

/** A number; `"failed"` where the download failed; `null` where it is not known for another reason. */
type Entry = number | typeof FAILED | null;

/** What the source documents call the owner of a day. Everything, Ada itself, has none. */
const OWNERS: Readonly<Record<Exclude<ScopeKind, "ada">, string>> = {
  project: "cloud_project_name",
  machine: "machine_name",
  user: "user_name",
  group: "group_name",
  experiment: "experiment_name",
  host: "instance",
};

/**
 * The document of a day of which these are the rows.
 *
 * @param revision Another one for every version of the document.
 */
export function dayDocument(rows: UsageSeries, revision: string): MongoDocument {
  const { scope, hours } = rows;
  const day = dayOf(hours[0] ?? 0);
  const byClock = (ofRow: (row: number) => object): Record<string, object> =>
    Object.fromEntries(hours.map((hour, row) => [clockName((hour - day) / HOUR_MS), ofRow(row)]));
  return {
    _id: dayId(scope, day),
    ...(scope.kind === "ada" ? {} : { [OWNERS[scope.kind]]: scope.name }),
    date: formatDay(day),
    timeseries: {
      totals: { all: entries((name) => totalOf(rows, name)) },
      ...byClock((row) => ({ all: entries((name) => entryOf(rows, name, row)) })),
    },
    scope: { kind: scope.kind, name: scope.name },
    day: new Date(day),
    ada_carbon: {
      revision,
      hours: byClock((row) => ({
        status: rows.status[row],
        coverage: orNull(numberAt(rows.coverage, row)),
        gco2eqPerKwh: orNull(numberAt(rows.gco2eqPerKwh, row)),
        provenance: provenanceDocument(rows.provenance[row] ?? NO_PROVENANCE),
      })),
    },
  };
}

function entries(entry: (name: Quantity) => Entry): object {
  return Object.fromEntries(QUANTITIES.map((name) => [DAY_NAMES[name], entry(name)]));
}

function entryOf(rows: UsageSeries, name: Quantity, row: number): Entry {
  return orNull(numberAt(rows[name], row)) ?? (rows.status[row] === "not downloaded" ? FAILED : null);
}

/** The sum of the numbers that are there. Where none is, the day has failed if every hour of it has. */
function totalOf(rows: UsageSeries, name: Quantity): Entry {
  const numbers = rows[name].filter((value) => !Number.isNaN(value));
  if (numbers.length > 0) return sumOf(numbers);
  return rows.status.every((status) => status === "not downloaded") ? FAILED : null;
}

const amount = z.number().nonnegative();
const entry = amount.or(z.literal(FAILED)).nullable();
/** By which intensities an hour is. */
const intensities = { intensity: intensitySchema.nullable(), market: marketSchema.exactOptional() };

/** A provenance in a document; whether the numbers in it can be, `assertSeries` says. */
const provenanceSchema: z.ZodType<Provenance> = z.object({
  library: z.string(),
  model: z.string().nullable(),
  ...intensities,
  spread: z.number().exactOptional(),
  unsettled: z.literal(true).exactOptional(),
  scrapes: z.number().exactOptional(),
  host: hostSchema.exactOptional(),
});

/** The part of it that says by which intensities the hour is. */
const intensitiesOnlySchema: z.ZodType<Intensities> = z.object(intensities);

const schema = z.object({
  scope: z.object({ kind: z.string(), name: z.string() }),
  timeseries: z.record(z.string(), z.object({ all: z.record(z.enum(Object.values(DAY_NAMES)), entry) })),
  ada_carbon: z.object({
    hours: z.record(
      z.string().regex(/^([01]\d|2[0-3]):00$/),
      z.object({
        status: z.enum(STATUSES),
        coverage: amount.nullable(),
        gco2eqPerKwh: amount.nullable(),
        provenance: provenanceSchema,
      }),
    ),
  }),
});

/** The rows in a {@link dayDocument} of a scope; throws for any other document. */
export function dayRows(document: MongoDocument, scope: Scope, day: number): UsageSeries {
  const data = schema.parse(document);
  if (data.scope.kind !== scope.kind || data.scope.name !== scope.name) throw new Error("scope is another");
  const { totals, ...timeseries } = data.timeseries;
  const hours = Object.entries(data.ada_carbon.hours).sort(([a], [b]) => byCodeUnit(a, b));
  // Whoever took an hour out of one place only did not mean it to be read as never stored.
  if (Object.keys(timeseries).length !== hours.length)
    throw new Error("timeseries has other hours than ada_carbon");
  // Hours were finished when they were stored.
  const starts = hours.map(([clock]) => (day + Number(clock.slice(0, 2)) * HOUR_MS) as FinishedHour);
  const rows = emptySeries(scope, starts, NO_PROVENANCE);
  for (const [row, [clock, { status, coverage, gco2eqPerKwh, provenance }]] of hours.entries()) {
    for (const name of QUANTITIES) {
      const value = timeseries[clock]?.all[DAY_NAMES[name]];
      if (value === undefined) throw new Error(`timeseries has no ${clock}`);
      if (typeof value === "number") rows[name][row] = value;
    }
    rows.coverage[row] = coverage ?? Number.NaN;
    rows.gco2eqPerKwh[row] = gco2eqPerKwh ?? Number.NaN;
    rows.status[row] = status;
    rows.provenance[row] = provenance;
  }
  assertSeries(rows);
  return rows;
}

/** What {@link dayIntensities} is to find in a document. */
export const INTENSITIES_ONLY: MongoDocument = Object.fromEntries([
  ["ada_carbon.removed_at", 1],
  ...Array.from({ length: 24 }, (_, hour) => `ada_carbon.hours.${clockName(hour)}.provenance`).flatMap(
    (provenance) => [
      [`${provenance}.intensity`, 1],
      [`${provenance}.market`, 1],
    ],
  ),
]);

const intensitiesSchema = z.object({
  ada_carbon: z.object({ hours: z.record(z.string(), z.object({ provenance: intensitiesOnlySchema })) }),
});

/** The intensities of the hours in a {@link dayDocument}; throws for any other document. */
export function dayIntensities(document: MongoDocument): Intensities[] {
  const { hours } = intensitiesSchema.parse(document).ada_carbon;
  return Object.values(hours).map(({ provenance }) => provenance);
}

/** Exactly the members that are kept, without those that say nothing. */
function provenanceDocument(provenance: Provenance): Provenance {
  const { library, model, intensity, market, host } = provenance;
  return {
    library,
    model,
    intensity: intensity && intensityDocument(intensity),
    ...(market === undefined ? {} : { market: marketDocument(market) }),
    ...measurementOf(provenance),
    ...(host === undefined ? {} : { host: hostDocument(host) }),
  };
}
