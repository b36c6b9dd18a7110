import { AVERAGE_COUNTS, AVERAGE_SUMS } from "../assert-averages.js";
import { DOCUMENT_RELATIONS, factTable, type Relation } from "./document-ddl.js";
import { ALL_KINDS, type KindTables, tablesOf } from "./tables.js";

// What the source document's tables lack, in tables of our own beside them.

/** Holds the version of the tables. */
export const VERSION_TABLE = "ada_carbon_version";

const VERSION: Relation = [
  VERSION_TABLE,
  `CREATE TABLE ${VERSION_TABLE} (
    only_row BOOLEAN PRIMARY KEY DEFAULT true CHECK (only_row),
    version  INTEGER NOT NULL
  )`,
];

const EXPERIMENTS: Relation = [
  "dim_experiment",
  `CREATE TABLE dim_experiment (
    experiment_id   BIGSERIAL PRIMARY KEY,
    experiment_name TEXT UNIQUE NOT NULL
  )`,
];

/** Few: an hour's rows of all scopes share one, and mostly those of a day do. */
const PROVENANCE: Relation = [
  "usage_provenance",
  `CREATE TABLE usage_provenance (
    provenance_id          SERIAL PRIMARY KEY,
    fingerprint            TEXT UNIQUE NOT NULL,
    library                TEXT NOT NULL,
    model                  TEXT,
    intensity_kind         TEXT,
    intensity_source       TEXT,
    intensity_fetched_ms   DOUBLE PRECISION,
    intensity_settled      BOOLEAN,
    host                   TEXT
  )`,
];

/**
 * What the fact rows of a day lack, in one row. Element h + 1 is the hour from h to h + 1 UTC.
 *
 * `status` has a letter an hour: `n` not downloaded, `i` download incomplete, `u` unprocessed, `p` processed,
 * `f` fake, `.` nothing stored by us. `rest` has the numbers of those hours that the fact table's NOT NULL
 * columns cannot take, by hour: {"7": [seven numbers or null, in the order of the fact table's columns]}.
 *
 * Pages are filled half, so that the row that an hourly run changes 24 times a day stays in its page.
 */
function dayTable({ dimension, day, key }: KindTables): Relation {
  const owner =
    dimension === null
      ? ""
      : `${dimension.id} BIGINT NOT NULL REFERENCES ${dimension.table}(${dimension.id}) ON DELETE CASCADE,`;
  return [
    day,
    `CREATE TABLE ${day} (
      ${owner}
      day           DATE NOT NULL,
      status        TEXT NOT NULL CHECK (length(status) = 24),
      coverage      DOUBLE PRECISION[] NOT NULL,
      provenance_id INTEGER[] NOT NULL,
      rest          JSONB,
      PRIMARY KEY (${[...key, "day"].join(", ")})
    ) WITH (fillfactor = 50)`,
  ];
}

const AVERAGES: Relation = [
  "machine_average",
  `CREATE TABLE machine_average (
    machine_id BIGINT PRIMARY KEY REFERENCES dim_machine(machine_id) ON DELETE CASCADE,
    ${averageColumns()
      .map((column) => `${column} DOUBLE PRECISION NOT NULL`)
      .join(", ")}
  )`,
];

/** The columns of `machine_average` after its key: the counts, then each sum and what rounding lost of it. */
export function averageColumns(): string[] {
  const snake = (name: string): string => name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  const sums = AVERAGE_SUMS.flatMap((name) => [`${snake(name)}_sum`, `${snake(name)}_lost`]);
  return [...AVERAGE_COUNTS.map(snake), ...sums];
}

const SESSION_DETAIL: readonly Relation[] = [
  [
    "workspace_session_detail",
    `CREATE TABLE workspace_session_detail (
      workspace_session_id BIGINT PRIMARY KEY REFERENCES workspace_session(workspace_session_id) ON DELETE CASCADE,
      session_key          TEXT UNIQUE NOT NULL,
      site                 TEXT NOT NULL,
      instance_id          BIGINT NOT NULL REFERENCES dim_instance(instance_id) ON DELETE CASCADE,
      counted_until        TIMESTAMPTZ NOT NULL,
      runtime_seconds      DOUBLE PRECISION NOT NULL,
      unknown_seconds      DOUBLE PRECISION NOT NULL,
      kwh_without_carbon   DOUBLE PRECISION NOT NULL
    )`,
  ],
  [
    "idx_workspace_session_detail_site",
    "CREATE INDEX idx_workspace_session_detail_site ON workspace_session_detail (site)",
  ],
];

/** What sessions used in hours that are not stored as usage yet, as JSON; no row where there are none. */
const SESSION_HOURS: Relation = [
  "workspace_session_hours",
  `CREATE TABLE workspace_session_hours (
    workspace_session_id BIGINT PRIMARY KEY REFERENCES workspace_session(workspace_session_id) ON DELETE CASCADE,
    hours                TEXT NOT NULL
  )`,
];

/** How hours were measured, where that is out of the ordinary: of rows of `ada`, one row an hour. */
const MEASUREMENT: Relation = [
  "usage_measurement",
  `CREATE TABLE usage_measurement (
    provenance_id INTEGER PRIMARY KEY REFERENCES usage_provenance(provenance_id) ON DELETE CASCADE,
    spread        DOUBLE PRECISION,
    unsettled     BOOLEAN NOT NULL,
    scrapes       BIGINT
  )`,
];

/**
 * The steps from one version to the next: the first leads to version 1. A published step is never changed,
 * only followed by another one.
 */
export const STEPS: readonly (readonly Relation[])[] = [
  [
    VERSION,
    ...DOCUMENT_RELATIONS,
    EXPERIMENTS,
    ...(["experiment", "host"] as const).map(tablesOf).flatMap(factTable),
    PROVENANCE,
    ...ALL_KINDS.map(dayTable),
  ],
  [AVERAGES, ...SESSION_DETAIL],
  [SESSION_HOURS],
  [MEASUREMENT],
];
