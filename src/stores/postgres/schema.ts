import { STATUSES } from "../../usage/status.js";
import { AVERAGE_COUNTS, AVERAGE_SUMS } from "../assert-averages.js";
import { DOCUMENT_RELATIONS, factTable } from "./document-tables.js";
import { type Relation, relationsIn } from "./relations.js";
import { ALL_KINDS, FACT_COLUMNS, type KindTables, tablesOf } from "./tables.js";

// What the source documents' tables lack, in tables of our own beside them.

/** The version of the tables that this library makes and needs. */
export const VERSION = 9;

/** The first version that keeps a row an hour; those before kept hours in arrays, a row a day. */
export const LAYOUT_OF_HOURS = 5;

/** Holds the version of the tables. */
export const VERSION_TABLE = "ada_carbon_version";

const VERSION_SQL = `
CREATE TABLE ${VERSION_TABLE} (
  only_row BOOLEAN PRIMARY KEY DEFAULT true CHECK (only_row),
  version  INTEGER NOT NULL
);`;

const EXPERIMENTS = `
CREATE TABLE dim_experiment (
  experiment_id   BIGSERIAL PRIMARY KEY,
  experiment_name TEXT UNIQUE NOT NULL
);`;

/**
 * What stands behind the numbers of hours. Few rows: an hour of all scopes shares one, and mostly those of a day
 * do. Rows of `ada` have one each, because of their scrapes; rows of hosts one for each set of owners.
 */
const PROVENANCE = `
CREATE TABLE usage_provenance (
  provenance_id        SERIAL PRIMARY KEY,
  fingerprint          TEXT UNIQUE NOT NULL,
  library              TEXT NOT NULL,
  model                TEXT,
  intensity_kind       TEXT,
  intensity_source     TEXT,
  intensity_basis      TEXT,
  intensity_updated_ms DOUBLE PRECISION,
  intensity_fetched_ms DOUBLE PRECISION,
  intensity_settled    BOOLEAN,
  market               JSON,
  spread               DOUBLE PRECISION,
  unsettled            BOOLEAN NOT NULL DEFAULT false,
  scrapes              BIGINT,
  host                 JSON
);`;

/**
 * A row for every hour that we stored. Where the fact table has the numbers of the hour they are not repeated
 * here; where its NOT NULL columns cannot take them, because something is missing, they are here.
 *
 * The owner is no foreign key: every id comes out of the same transaction, and checking it again takes a fifth of
 * the speed of writing. Rows of an owner that somebody deletes are no longer shown by any view.
 */
function hoursTable({ dimension, hours, key }: KindTables): string {
  return `
CREATE TABLE ${hours} (
  ${dimension === null ? "" : `${dimension.id} BIGINT NOT NULL,`}
  timestamp_utc TIMESTAMPTZ NOT NULL,
  status        TEXT NOT NULL CHECK (status IN (${STATUSES.map((status) => `'${status}'`).join(", ")})),
  coverage      DOUBLE PRECISION,
  provenance_id INTEGER NOT NULL,
  in_fact_table BOOLEAN NOT NULL,
  ${FACT_COLUMNS.map((column) => `${column} DOUBLE PRECISION`).join(", ")},
  PRIMARY KEY (${key.join(", ")})
);
CREATE INDEX idx_${hours}_ts ON ${hours} (timestamp_utc) WHERE NOT in_fact_table;`;
}

const AVERAGES = `
CREATE TABLE machine_average (
  machine_id BIGINT PRIMARY KEY REFERENCES dim_machine(machine_id) ON DELETE CASCADE,
  ${averageColumns()
    .map((column) => `${column} DOUBLE PRECISION NOT NULL`)
    .join(", ")},
  -- How they stand to the stored hours; NULL of averages that somebody gave.
  learnt JSON
);`;

/** The columns of `machine_average` after its key: the counts, then each sum and what rounding lost of it. */
export function averageColumns(): string[] {
  const sums = AVERAGE_SUMS.map(snakeCase).flatMap((name) => [`${name}_sum`, `${name}_lost`]);
  return [...AVERAGE_COUNTS.map(snakeCase), ...sums];
}

/** `busyKwh` as the name of a column: `busy_kwh`. */
export function snakeCase(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** `hours`: what a session used in hours that are not stored as usage yet. `basis`: what its grams count. */
const SESSION_DETAIL = `
CREATE TABLE workspace_session_detail (
  workspace_session_id BIGINT PRIMARY KEY REFERENCES workspace_session(workspace_session_id) ON DELETE CASCADE,
  session_key          TEXT UNIQUE NOT NULL,
  site                 TEXT NOT NULL,
  instance_id          BIGINT NOT NULL REFERENCES dim_instance(instance_id) ON DELETE CASCADE,
  counted_until        TIMESTAMPTZ NOT NULL,
  runtime_seconds      DOUBLE PRECISION NOT NULL,
  unknown_seconds      DOUBLE PRECISION NOT NULL,
  kwh_without_carbon   DOUBLE PRECISION NOT NULL,
  hours                JSON,
  basis                TEXT
);
CREATE INDEX idx_workspace_session_detail_site ON workspace_session_detail (site);`;

/** HMAC-SHA-256 of names of users that were forgotten, keyed with the salt. */
const FORGOTTEN = `
CREATE TABLE ada_carbon_forgotten_user (
  digest TEXT PRIMARY KEY,
  salt   TEXT NOT NULL
);`;

/** All tables, indexes and views, in an order in which they can be made. */
export const RELATIONS: readonly Relation[] = [
  ...relationsIn(VERSION_SQL),
  ...DOCUMENT_RELATIONS,
  ...[
    EXPERIMENTS,
    ...(["experiment", "host"] as const).map(tablesOf).map(factTable),
    PROVENANCE,
    ...ALL_KINDS.map(hoursTable),
    AVERAGES,
    SESSION_DETAIL,
    FORGOTTEN,
  ].flatMap(relationsIn),
];
