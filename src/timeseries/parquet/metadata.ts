import { z } from "zod";
import { type HostDocument, hostDocument, hostSchema } from "../../stores/kit/host-document.js";
import { isUnremarkable, type Measurement, measurementOf } from "../../usage/measurement.js";
import type { HostProvenance, IntensityProvenance, Provenance } from "../../usage/provenance.js";
import { SCOPE_KINDS, type Scope } from "../../usage/scope.js";
import { derivedIntensities } from "./derive.js";
import type { PackedSeries } from "./packed.js";
import { eachRun, mapRuns, type Runs, runsLength, toRuns, zipRuns, zipTwoRuns } from "./runs.js";

/** The one key of our own in a file's key-value metadata. */
export const METADATA_KEY = "ada-carbon";
/** The newest version that is read. */
const VERSION = 2;
/**
 * Version of a file without `spread`, `unsettled` and `scrapes`: every ada-carbon reads it. The first one would
 * lose those three, so a file that has any of them is of version 2, which it refuses.
 */
const WITHOUT_MEASUREMENTS = 1;

/** Stands for what {@link derivedIntensities} gives for the row. */
const DERIVED = "derived";
const NO_HOST = -1;

/** Checked by hand: a year of an intensity that changes every hour is thousands of runs. */
function runsOf<T>(what: string, holds: (value: unknown) => value is T): z.ZodType<MutableRuns<T>> {
  return z.custom<MutableRuns<T>>(
    (runs) => isRuns(runs, holds),
    `is not runs of ${what}, as many values as rows`,
  );
}

interface MutableRuns<T> {
  values: T[];
  rows: number[];
}

function isRuns<T>(runs: unknown, holds: (value: unknown) => value is T): runs is MutableRuns<T> {
  if (typeof runs !== "object" || runs === null || !("values" in runs) || !("rows" in runs)) return false;
  const { values, rows } = runs;
  if (!Array.isArray(values) || !Array.isArray(rows) || values.length !== rows.length) return false;
  return values.every(holds) && rows.every((count) => isIndex(count) && count > 0);
}

const isIndex = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0;
const isIndexOrNull = (value: unknown): value is number | null => value === null || isIndex(value);
const isNumberOrNull = (value: unknown): value is number | null =>
  value === null || typeof value === "number";
const isShareOrNull = (value: unknown): value is number | null =>
  value === null || (typeof value === "number" && value > 0 && value <= 1);
const isTrueOrNull = (value: unknown): value is true | null => value === null || value === true;
const isIntensity = (value: unknown): value is number | null | typeof DERIVED =>
  value === DERIVED || isNumberOrNull(value);

/**
 * What the eight columns cannot hold. Columns of 8,760 hours are runs: coverage is mostly 1, provenance
 * changes with the version, and the intensity is mostly derivable. `fetchedAt` is kept out of the table of
 * sources because a run every hour gives every hour its own, and so are the scrapes of `ada`.
 */
const documentSchema = z.object({
  version: z.literal([WITHOUT_MEASUREMENTS, VERSION]),
  scope: z.object({ kind: z.enum(SCOPE_KINDS), name: z.string().min(1) }),
  coverage: runsOf("numbers", isNumberOrNull),
  gco2eqPerKwh: runsOf("intensities", isIntensity),
  sources: z.array(
    z.object({
      library: z.string(),
      model: z.string().nullable(),
      intensity: z
        .object({
          kind: z.enum(["actual", "forecast", "fallback"]),
          source: z.string(),
          settled: z.boolean(),
        })
        .nullable(),
    }),
  ),
  source: runsOf("sources", isIndex),
  fetchedAt: runsOf("times", isNumberOrNull),
  /** Rows of kind `host` only: what is known of the host, and which of that stands behind each row. */
  hosts: z.array(hostSchema).optional(),
  host: runsOf("hosts", isIndexOrNull).optional(),
  /** How rows were measured, each only if it is said of any row. */
  spread: runsOf("shares above 0", isShareOrNull).optional(),
  unsettled: runsOf("true or null", isTrueOrNull).optional(),
  scrapes: runsOf("counts", isIndexOrNull).optional(),
});
type Document = z.infer<typeof documentSchema>;
type Source = Document["sources"][number];
type MeasurementColumns = Pick<Document, keyof Measurement>;

const RUN_COLUMNS = [
  "coverage",
  "gco2eqPerKwh",
  "source",
  "fetchedAt",
  "host",
  "spread",
  "unsettled",
  "scrapes",
] as const satisfies readonly (keyof Document)[];

/** The metadata of a series, as compact JSON. */
export function writeMetadata(series: PackedSeries): string {
  const { provenance } = series;
  const { sources, sourceOf } = tableOfSources(provenance.values);
  const measurements = measurementColumns(provenance);
  const document: Document = {
    version: measurements === undefined ? WITHOUT_MEASUREMENTS : VERSION,
    scope: { kind: series.scope.kind, name: series.scope.name },
    coverage: mutable(mapRuns(toRuns(series.coverage), orNull)),
    gco2eqPerKwh: mutable(mapRuns(toRuns(intensities(series)), derivedOrNull)),
    sources,
    source: mutable(mapRuns(provenance, (_, k) => sourceOf[k] ?? 0)),
    fetchedAt: mutable(mapRuns(provenance, (each) => each.intensity?.fetchedAt ?? null)),
    ...tableOfHosts(provenance),
    ...measurements,
  };
  return JSON.stringify(document);
}

/** The intensity of every row; where it can be derived infinity, which no intensity is. */
function intensities(series: PackedSeries): Float64Array {
  const given = derivedIntensities(series);
  for (let i = 0; i < given.length; i++) {
    const value = series.gco2eqPerKwh[i] as number;
    given[i] = Object.is(value, given[i]) ? Number.POSITIVE_INFINITY : value;
  }
  return given;
}

function derivedOrNull(intensity: number): number | null | typeof DERIVED {
  return intensity === Number.POSITIVE_INFINITY ? DERIVED : orNull(intensity);
}

/** The part of a series that the metadata holds. */
export interface Extras {
  readonly scope: Scope;
  /** Puts coverage, intensity and provenance into the rows, whose quantities are there already. */
  fill(rows: Pick<PackedSeries, "busyKwh" | "idleKwh" | "busyGco2eq" | "idleGco2eq">): {
    readonly coverage: Float64Array;
    readonly gco2eqPerKwh: Float64Array;
    readonly provenance: Runs<Provenance>;
  };
}

/**
 * Reads what {@link writeMetadata} wrote, for a file of `length` rows.
 *
 * @throws {Error} whose message says what is wrong, to be completed with the file's name.
 */
export function readMetadata(text: string, length: number): Extras {
  const document = parse(text);
  for (const name of RUN_COLUMNS) {
    const runs = document[name];
    const described = runs === undefined ? length : runsLength(runs);
    if (described !== length) {
      throw new Error(`its metadata describes ${described} rows in ${name}, but it has ${length}`);
    }
  }
  return {
    scope: document.scope,
    fill: (rows) => ({
      coverage: column(document.coverage, new Float64Array(length)),
      gco2eqPerKwh: column(document.gco2eqPerKwh, derivedIntensities(rows)),
      provenance: provenanceOf(document),
    }),
  };
}

function parse(text: string): Document {
  const value = parseJson(text);
  const version = z.object({ version: z.number() }).safeParse(value);
  if (version.success && version.data.version > VERSION) {
    const newer = version.data.version;
    throw new Error(
      `its metadata is of version ${newer}, this ada-carbon reads up to ${VERSION}; upgrade ada-carbon`,
    );
  }
  const document = documentSchema.safeParse(value);
  if (document.success) return document.data;
  const [issue] = document.error.issues;
  throw new Error(`its metadata is not what ada-carbon writes: ${issue?.path.join(".")} ${issue?.message}`, {
    cause: document.error,
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Error("its metadata is not JSON", { cause });
  }
}

/** Puts the runs into `values`, whose rows stay as they are where the runs say that they are derived. */
function column(runs: Runs<number | string | null>, values: Float64Array): Float64Array {
  eachRun(runs, (value, from, to) => {
    if (value !== DERIVED) values.fill(typeof value === "number" ? value : Number.NaN, from, to);
  });
  return values;
}

/** The distinct sources, and which one stands behind each provenance. */
function tableOfSources(provenance: readonly Provenance[]): { sources: Source[]; sourceOf: number[] } {
  const sources: Source[] = [];
  const known = new Map<string, number>();
  const sourceOf = provenance.map(({ library, model, intensity }) => {
    const source = { library, model, intensity: withoutTime(intensity) };
    const key = JSON.stringify(source);
    const index = known.get(key) ?? sources.push(source) - 1;
    known.set(key, index);
    return index;
  });
  return { sources, sourceOf };
}

function withoutTime(intensity: IntensityProvenance | null): Source["intensity"] {
  if (intensity === null) return null;
  return { kind: intensity.kind, source: intensity.source, settled: intensity.settled };
}

/** The distinct hosts' provenance, and which one stands behind each row; nothing where no row has any. */
function tableOfHosts(stretches: Runs<Provenance>): Pick<Document, "hosts" | "host"> {
  if (stretches.values.every((each) => each.host === undefined)) return {};
  const hosts: HostDocument[] = [];
  const byObject = new Map<HostProvenance, number>();
  const byContent = new Map<string, number>();
  const indexOf = (host: HostProvenance): number => {
    const seen = byObject.get(host);
    if (seen !== undefined) return seen;
    const plain = hostDocument(host);
    const key = JSON.stringify(plain);
    const index = byContent.get(key) ?? hosts.push(plain) - 1;
    byContent.set(key, index);
    byObject.set(host, index);
    return index;
  };
  const host = mapRuns(stretches, (each) => (each.host === undefined ? null : indexOf(each.host)));
  return { hosts, host: mutable(host) };
}

/** What is said of how rows were measured, a column a member; `undefined` where nothing is said of any row. */
function measurementColumns(provenance: Runs<Provenance>): MeasurementColumns | undefined {
  if (provenance.values.every(isUnremarkable)) return undefined;
  const column = <T>(memberOf: (from: Measurement) => T | undefined): MutableRuns<T | null> | undefined => {
    const runs = mapRuns(provenance, (each) => memberOf(each) ?? null);
    return runs.values.every((value) => value === null) ? undefined : mutable(runs);
  };
  return {
    spread: column(({ spread }) => spread),
    unsettled: column(({ unsettled }) => unsettled),
    scrapes: column(({ scrapes }) => scrapes),
  };
}

/** The measurement of every row; `undefined` where nothing is said of any. */
function measurementsOf(document: Document): Runs<Measurement> | undefined {
  const { spread, unsettled, scrapes } = document;
  if (spread === undefined && unsettled === undefined && scrapes === undefined) return undefined;
  const absent: Runs<null> = { values: [null], rows: [runsLength(document.source)] };
  return zipRuns(spread ?? absent, unsettled ?? absent, scrapes ?? absent, (share, isUnsettled, count) =>
    measurementOf({ spread: share, unsettled: isUnsettled, scrapes: count }),
  );
}

/** One object for neighbouring rows of the same source, time, host and measurement. */
function provenanceOf(document: Document): Runs<Provenance> {
  const origins = originsOf(document);
  const measurements = measurementsOf(document);
  if (measurements === undefined) return origins;
  return zipTwoRuns(origins, measurements, (origin, measurement) =>
    isUnremarkable(measurement) ? origin : { ...origin, ...measurement },
  );
}

/** The provenance of every row without how it was measured. */
function originsOf(document: Document): Runs<Provenance> {
  const { source, fetchedAt } = document;
  const host = document.host ?? { values: [null], rows: [runsLength(source)] };
  return zipRuns(source, fetchedAt, host, (index, time, hostIndex) =>
    originOf(document, index, time, hostIndex ?? NO_HOST),
  );
}

function originOf(
  document: Document,
  index: number,
  fetchedAt: number | null,
  hostIndex: number,
): Provenance {
  const source = document.sources[index];
  const host = document.hosts?.[hostIndex];
  if (source === undefined || (hostIndex !== NO_HOST && host === undefined)) {
    throw new Error("its metadata refers to a source or host that is not in its table");
  }
  const { library, model, intensity } = source;
  return {
    library,
    model,
    intensity: intensity === null ? null : { ...intensity, fetchedAt },
    ...(host === undefined ? {} : { host }),
  };
}

function orNull(value: number): number | null {
  return Number.isNaN(value) ? null : value;
}

function mutable<T>(runs: Runs<T>): MutableRuns<T> {
  return { values: [...runs.values], rows: [...runs.rows] };
}
