import { PARQUET_NAMES } from "../../../timeseries/parquet/columns.js";
import { assertSeries } from "../../../usage/assert-series.js";
import type { FinishedHour } from "../../../usage/hour.js";
import { measurementOf } from "../../../usage/measurement.js";
import type { HostProvenance, IntensityKind, Provenance } from "../../../usage/provenance.js";
import type { Scope, ScopeKind } from "../../../usage/scope.js";
import { columnsOf, QUANTITIES, type UsageSeries } from "../../../usage/series.js";
import { isStatus, type Status } from "../../../usage/status.js";
import { type HostDocument, hostSchema } from "../../host-document.js";
import { columnsOfKind } from "./columns.js";
import { numbersOf, type TableRows, type TextColumn, textAt, textsOf, Words } from "./rows.js";

const NUMBER_COLUMNS = {
  ...PARQUET_NAMES,
  gco2eqPerKwh: "intensity_gco2eq_per_kwh",
  coverage: "coverage",
} as const;
const COPIED = [...QUANTITIES, "gco2eqPerKwh", "coverage"] as const;

/** Rows of a table from series of one kind, which are sorted by name; one series a scope. */
export function rowsOfSeries(kind: ScopeKind, all: readonly UsageSeries[]): TableRows {
  const length = all.reduce((sum, { hours }) => sum + hours.length, 0);
  const numbers: Record<string, Float64Array> = {};
  const words: Record<string, { codes: Int32Array; known: Words }> = {};
  for (const { name, type } of columnsOfKind(kind)) {
    if (type === "text") words[name] = { codes: new Int32Array(length).fill(-1), known: new Words() };
    else numbers[name] = new Float64Array(length).fill(Number.NaN);
  }
  const putText = (name: string, row: number, text: string | null): void => {
    const column = words[name];
    if (column !== undefined) column.codes[row] = column.known.codeOf(text);
  };
  const putNumber = (name: string, row: number, value: number): void => {
    const column = numbers[name];
    if (column !== undefined) column[row] = value;
  };
  let first = 0;
  for (const series of all) {
    for (const column of COPIED) numbers[NUMBER_COLUMNS[column]]?.set(series[column], first);
    let before: { provenance: Provenance; values: ProvenanceValues } | undefined;
    for (let i = 0; i < series.hours.length; i++) {
      const row = first + i;
      const provenance = series.provenance[i];
      putText("name", row, series.scope.name);
      putNumber("timestamp", row, series.hours[i] ?? Number.NaN);
      putText("status", row, series.status[i] ?? null);
      if (provenance === undefined) continue;
      if (before?.provenance !== provenance) before = { provenance, values: valuesOf(kind, provenance) };
      for (const [name, text] of before.values.texts) putText(name, row, text);
      for (const [name, value] of before.values.numbers) putNumber(name, row, value);
    }
    first += series.hours.length;
  }
  const texts: Record<string, TextColumn> = {};
  for (const [name, { codes, known }] of Object.entries(words)) texts[name] = { codes, words: known.all };
  return { kind, length, numbers, texts };
}

interface ProvenanceValues {
  readonly texts: readonly (readonly [string, string | null])[];
  readonly numbers: readonly (readonly [string, number])[];
}

function valuesOf(kind: ScopeKind, provenance: Provenance): ProvenanceValues {
  const { library, model, intensity, spread, unsettled, scrapes } = provenance;
  const host = kind === "host" ? provenance.host : undefined;
  const missing = Number.NaN;
  return {
    texts: [
      ["library", library],
      ["model", model],
      ["intensity_kind", intensity?.kind ?? null],
      ["intensity_source", intensity?.source ?? null],
      ...(host === undefined ? [] : hostTexts(host)),
    ],
    numbers: [
      ["intensity_fetched_at", intensity?.fetchedAt ?? missing],
      ["intensity_settled", intensity === null ? missing : Number(intensity.settled)],
      ["spread", spread ?? missing],
      ["unsettled", unsettled === undefined ? missing : Number(unsettled)],
      ["scrapes", scrapes ?? missing],
      ["expected_cpu_seconds", host?.expectedCpuSeconds ?? missing],
      ["up_from", host?.up?.from ?? missing],
      ["up_to", host?.up?.to ?? missing],
    ],
  };
}

function hostTexts(host: HostProvenance): [string, string | null][] {
  const owners = host.owners.map(({ project, machine, user, group, experiment, busyShare, idleShare }) => {
    return { project, machine, user, group, experiment, busyShare, idleShare };
  });
  return [
    ["label_project", host.project],
    ["label_machine", host.machine],
    ["label_user", host.user],
    ["attributed_by", host.by],
    ["notes", host.notes === undefined ? null : JSON.stringify(host.notes)],
    ["owners", JSON.stringify(owners)],
  ];
}

/** The rows of one scope as a series. Throws for rows that no store accepts. */
export function seriesOfRows(scope: Scope, rows: TableRows): UsageSeries {
  const series: UsageSeries = {
    scope: { kind: scope.kind, name: scope.name },
    hours: Array.from(numbersOf(rows, "timestamp"), (hour) => hour as FinishedHour),
    ...columnsOf((column) => numbersOf(rows, NUMBER_COLUMNS[column])),
    status: Array.from({ length: rows.length }, (_, row) => statusAt(rows, row)),
    provenance: provenanceOfRows(rows),
  };
  assertSeries(series);
  return series;
}

function statusAt(rows: TableRows, row: number): Status {
  const text = textAt(textsOf(rows, "status"), row) ?? "";
  if (!isStatus(text)) throw new Error(`it has the unknown status ${JSON.stringify(text)}`);
  return text;
}

/** Neighbouring rows of equal provenance share one object. */
function provenanceOfRows(rows: TableRows): Provenance[] {
  const texts = ["library", "model", "intensity_kind", "intensity_source"].map((name) => textsOf(rows, name));
  const numbers = ["intensity_fetched_at", "intensity_settled", "spread", "unsettled", "scrapes"].map(
    (name) => numbersOf(rows, name),
  );
  const hosts = rows.kind === "host" ? hostsOf(rows) : undefined;
  const all: Provenance[] = [];
  const isAsBefore = (row: number): boolean =>
    row > 0 &&
    texts.every(({ codes }) => codes[row] === codes[row - 1]) &&
    numbers.every((column) => Object.is(column[row], column[row - 1])) &&
    (hosts === undefined || hosts[row] === hosts[row - 1]);
  for (let row = 0; row < rows.length; row++) {
    const before = all[row - 1];
    all.push(before !== undefined && isAsBefore(row) ? before : provenanceAt(rows, row, hosts?.[row]));
  }
  return all;
}

function provenanceAt(rows: TableRows, row: number, host: HostProvenance | undefined): Provenance {
  const text = (name: string): string | null => textAt(textsOf(rows, name), row);
  const number = (name: string): number | null => numberAt(rows, name, row);
  const kind = text("intensity_kind");
  const measured = measurementOf({
    spread: number("spread"),
    unsettled: number("unsettled") === 1,
    scrapes: number("scrapes"),
  });
  return {
    library: text("library") ?? "",
    model: text("model"),
    intensity:
      kind === null
        ? null
        : {
            kind: intensityKind(kind),
            source: text("intensity_source") ?? "",
            fetchedAt: number("intensity_fetched_at"),
            settled: number("intensity_settled") === 1,
          },
    ...measured,
    ...(host === undefined ? {} : { host }),
  };
}

function intensityKind(text: string): IntensityKind {
  if (text === "actual" || text === "forecast" || text === "fallback") return text;
  throw new Error(`it has the unknown intensity kind ${JSON.stringify(text)}`);
}

/** What is known of the host in every row; neighbours that know the same share one object. */
function hostsOf(rows: TableRows): (HostProvenance | undefined)[] {
  const owners = textsOf(rows, "owners");
  const parsed = owners.words.map((text) => json(text));
  const notes = textsOf(rows, "notes");
  const known = new Map<string, HostDocument>();
  return Array.from({ length: rows.length }, (_, row) => {
    if ((owners.codes[row] ?? -1) < 0) return undefined;
    const text = (name: string): string | null => textAt(textsOf(rows, name), row);
    const from = numberAt(rows, "up_from", row);
    const to = numberAt(rows, "up_to", row);
    const said = text("notes");
    const value = {
      project: text("label_project"),
      machine: text("label_machine"),
      user: text("label_user"),
      expectedCpuSeconds: numberAt(rows, "expected_cpu_seconds", row),
      up: from === null || to === null ? null : { from, to },
      ...(said === null ? {} : { notes: json(said) }),
      by: text("attributed_by"),
    };
    const key = JSON.stringify([value, owners.codes[row], notes.codes[row]]);
    const seen = known.get(key);
    if (seen !== undefined) return seen;
    const host = hostSchema.safeParse({ ...value, owners: parsed[owners.codes[row] ?? -1] });
    if (!host.success) throw new Error("what it says of a host is not what ada-carbon writes");
    known.set(key, host.data);
    return host.data;
  });
}

function numberAt(rows: TableRows, name: string, row: number): number | null {
  const value = numbersOf(rows, name)[row] ?? Number.NaN;
  return Number.isNaN(value) ? null : value;
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Error(`it has ${JSON.stringify(text.slice(0, 40))} where JSON belongs`, { cause });
  }
}
