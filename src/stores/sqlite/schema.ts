import { SCOPE_KINDS } from "../../usage/scope.js";

/** Brings a database forward by one version. A step that has been published is never changed again. */
export type Migration = string;

const oneOf = (column: string, values: readonly string[]): string =>
  `CHECK (${column} IN (${values.map((value) => `'${value}'`).join(", ")}))`;

/**
 * Tables carry a prefix because they may stand in a database that belongs to another program. Rows of usage
 * lie in the order in which they are read: WITHOUT ROWID, keyed by scope and hour. Their status is checked on
 * reading, because a CHECK would take a third of the speed of writing.
 */
const VERSION_1: Migration = `
CREATE TABLE ada_carbon_scope (
  scope_id INTEGER PRIMARY KEY,
  kind     TEXT NOT NULL ${oneOf("kind", SCOPE_KINDS)},
  name     TEXT NOT NULL,
  UNIQUE (kind, name)
);

CREATE TABLE ada_carbon_provenance (
  provenance_id        INTEGER PRIMARY KEY,
  library              TEXT NOT NULL,
  model                TEXT,
  intensity_kind       TEXT ${oneOf("intensity_kind", ["actual", "forecast", "fallback"])},
  intensity_source     TEXT,
  intensity_fetched_at INTEGER,                -- UTC milliseconds
  intensity_settled    INTEGER
);
CREATE INDEX ada_carbon_provenance_by_content
  ON ada_carbon_provenance (intensity_fetched_at, intensity_source, model, library);

-- What rows of kind host know of their host and its owners, as JSON; each text once.
CREATE TABLE ada_carbon_host (
  host_id  INTEGER PRIMARY KEY,
  document TEXT NOT NULL UNIQUE
);

CREATE TABLE ada_carbon_usage (
  scope_id                 INTEGER NOT NULL REFERENCES ada_carbon_scope,
  hour                     INTEGER NOT NULL,   -- start of the UTC hour, milliseconds
  busy_cpu_seconds_total   REAL,
  idle_cpu_seconds_total   REAL,
  busy_kwh                 REAL,
  idle_kwh                 REAL,
  busy_gco2eq              REAL,
  idle_gco2eq              REAL,
  intensity_gco2eq_per_kwh REAL,
  coverage                 REAL,
  status                   TEXT NOT NULL,
  provenance_id            INTEGER NOT NULL REFERENCES ada_carbon_provenance,
  host_id                  INTEGER REFERENCES ada_carbon_host,
  PRIMARY KEY (scope_id, hour)
) WITHOUT ROWID;

-- Sums over machine-hours; what is lost to rounding is kept beside each, so that hours can be taken out again.
CREATE TABLE ada_carbon_machine_average (
  machine_name            TEXT PRIMARY KEY,
  hours                   REAL NOT NULL,
  weight                  REAL NOT NULL, weight_lost             REAL NOT NULL,
  hours_with_carbon       REAL NOT NULL,
  weight_with_carbon      REAL NOT NULL, weight_with_carbon_lost REAL NOT NULL,
  busy_cpu_seconds_total  REAL NOT NULL, busy_cpu_seconds_lost   REAL NOT NULL,
  idle_cpu_seconds_total  REAL NOT NULL, idle_cpu_seconds_lost   REAL NOT NULL,
  busy_kwh                REAL NOT NULL, busy_kwh_lost           REAL NOT NULL,
  idle_kwh                REAL NOT NULL, idle_kwh_lost           REAL NOT NULL,
  busy_gco2eq             REAL NOT NULL, busy_gco2eq_lost        REAL NOT NULL,
  idle_gco2eq             REAL NOT NULL, idle_gco2eq_lost        REAL NOT NULL
) WITHOUT ROWID;

CREATE TABLE ada_carbon_workspace_session (
  id                 TEXT PRIMARY KEY,
  site               TEXT NOT NULL,
  instance           TEXT NOT NULL,
  project            TEXT,
  machine            TEXT,
  user               TEXT,
  "group"            TEXT,
  started_at         REAL NOT NULL,             -- UTC milliseconds, as are the next two
  ended_at           REAL,
  counted_until      REAL NOT NULL,
  runtime_seconds    REAL NOT NULL,
  unknown_seconds    REAL NOT NULL,
  busy_kwh           REAL NOT NULL,
  idle_kwh           REAL NOT NULL,
  busy_gco2eq        REAL NOT NULL,
  idle_gco2eq        REAL NOT NULL,
  kwh_without_carbon REAL NOT NULL
) WITHOUT ROWID;
CREATE INDEX ada_carbon_workspace_active ON ada_carbon_workspace_session (site) WHERE ended_at IS NULL;
CREATE INDEX ada_carbon_workspace_by_start ON ada_carbon_workspace_session (site, started_at);
`;

/** What sessions used in hours that are not stored as usage yet, as JSON. */
const VERSION_2: Migration = "ALTER TABLE ada_carbon_workspace_session ADD COLUMN hours TEXT";

/**
 * How hours were measured. Rows of `ada` differ in their scrapes from hour to hour, so the index by which a
 * provenance is found has them too.
 */
const VERSION_3: Migration = `
ALTER TABLE ada_carbon_provenance ADD COLUMN spread REAL;        -- share of the CPU-seconds expected, more than 0
ALTER TABLE ada_carbon_provenance ADD COLUMN unsettled INTEGER;  -- 1, or NULL
ALTER TABLE ada_carbon_provenance ADD COLUMN scrapes INTEGER;    -- of rows of ada

DROP INDEX ada_carbon_provenance_by_content;
CREATE INDEX ada_carbon_provenance_by_content
  ON ada_carbon_provenance (intensity_fetched_at, scrapes, spread, intensity_source, model, library);
`;

/** Only the views are others. */
const VERSION_4: Migration = "";

/**
 * `learnt` says how averages stand to the stored hours, as JSON; NULL is of averages that somebody gave. Until now all
 * were learnt: they are made anew. `ada_carbon_machine` is for people: hardware fields of machine names as a JSON object,
 * such as {"watts_busy": 8, "watts_at_idle": 1.2}.
 */
const VERSION_5: Migration = `
ALTER TABLE ada_carbon_machine_average ADD COLUMN learnt TEXT;
UPDATE ada_carbon_machine_average SET learnt = '{"isStale":true}';

CREATE TABLE ada_carbon_machine (
  machine_name TEXT PRIMARY KEY,
  attributes   TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(attributes))
) WITHOUT ROWID;
`;

/**
 * Users that were forgotten: HMAC-SHA-256 of the name, keyed with the salt. Documents of hosts that no row refers to were
 * left behind until now, with the names of owners.
 */
const VERSION_6: Migration = `
CREATE TABLE ada_carbon_forgotten_user (
  digest TEXT PRIMARY KEY,
  salt   TEXT NOT NULL
) WITHOUT ROWID;
`;

/**
 * What intensities count, and when their source changed them. Their kind is checked on reading: a CHECK in the table would
 * have to be made anew for each kind that is new. The views that name the column are made again after every step.
 */
const VERSION_7: Migration = `
DROP VIEW IF EXISTS ada_carbon_hours;
ALTER TABLE ada_carbon_provenance ADD COLUMN unchecked_kind TEXT;
UPDATE ada_carbon_provenance SET unchecked_kind = intensity_kind;
ALTER TABLE ada_carbon_provenance DROP COLUMN intensity_kind;
ALTER TABLE ada_carbon_provenance RENAME COLUMN unchecked_kind TO intensity_kind;
ALTER TABLE ada_carbon_provenance ADD COLUMN intensity_basis TEXT;
ALTER TABLE ada_carbon_provenance ADD COLUMN intensity_updated_at INTEGER;  -- UTC milliseconds
`;

/** The market-based intensity with its value, as JSON. It may be another in every hour, so the index has it. */
const VERSION_8: Migration = `
ALTER TABLE ada_carbon_provenance ADD COLUMN market TEXT;

DROP INDEX ada_carbon_provenance_by_content;
CREATE INDEX ada_carbon_provenance_by_content
  ON ada_carbon_provenance (intensity_fetched_at, scrapes, spread, market, intensity_source, model, library);
`;

/** What the grams of sessions count. */
const VERSION_9: Migration = "ALTER TABLE ada_carbon_workspace_session ADD COLUMN basis TEXT";

/** Step `k` makes version `k + 1` of version `k`; version 0 is a database without our tables. */
export const MIGRATIONS: readonly Migration[] = [
  VERSION_1,
  VERSION_2,
  VERSION_3,
  VERSION_4,
  VERSION_5,
  VERSION_6,
  VERSION_7,
  VERSION_8,
  VERSION_9,
];

const hourAs = (format: string): string => `strftime('${format}', u.hour / 1000, 'unixepoch')`;

/** For people. Made anew after every step; the first column of each is a key that stays the same. */
export const VIEWS: string = `
DROP VIEW IF EXISTS ada_carbon_hours;
CREATE VIEW ada_carbon_hours AS
SELECT s.kind || '/' || s.name || '/' || ${hourAs("%Y-%m-%dT%HZ")} AS hour_key,
       s.kind, s.name, ${hourAs("%Y-%m-%dT%H:%M:%SZ")} AS timestamp_utc,
       u.busy_cpu_seconds_total, u.idle_cpu_seconds_total, u.busy_kwh, u.idle_kwh,
       u.busy_gco2eq, u.idle_gco2eq, u.intensity_gco2eq_per_kwh, u.coverage, u.status,
       p.library, p.model, p.intensity_kind, p.intensity_source, p.intensity_basis,
       p.market ->> 'gco2eqPerKwh' AS market_gco2eq_per_kwh,
       u.busy_kwh * (p.market ->> 'gco2eqPerKwh') AS market_busy_gco2eq,
       u.idle_kwh * (p.market ->> 'gco2eqPerKwh') AS market_idle_gco2eq,
       p.market ->> 'source' AS market_source, p.market ->> 'basis' AS market_basis,
       p.spread, p.unsettled, p.scrapes
FROM ada_carbon_usage u
JOIN ada_carbon_scope s USING (scope_id)
JOIN ada_carbon_provenance p USING (provenance_id);

-- Who had which part of a host's hour. Shares of busy and idle sum to 1 in each hour of a host.
DROP VIEW IF EXISTS ada_carbon_owners;
CREATE VIEW ada_carbon_owners AS
SELECT s.name || '/' || ${hourAs("%Y-%m-%dT%HZ")} || '/' || (owner.key + 1) AS owner_key,
       s.name AS host, ${hourAs("%Y-%m-%dT%H:%M:%SZ")} AS timestamp_utc,
       owner.value ->> 'project' AS cloud_project_name, owner.value ->> 'machine' AS machine_name,
       owner.value ->> 'user' AS user_name, owner.value ->> 'group' AS group_name,
       owner.value ->> 'experiment' AS experiment_name,
       owner.value ->> 'busyShare' AS busy_share, owner.value ->> 'idleShare' AS idle_share
FROM ada_carbon_usage u
JOIN ada_carbon_scope s USING (scope_id)
JOIN ada_carbon_host h USING (host_id), json_each(h.document, '$.owners') AS owner;

DROP VIEW IF EXISTS ada_carbon_machine_metrics;
CREATE VIEW ada_carbon_machine_metrics AS
SELECT machine_name,
       hours                                                                  AS energy_number_data_points,
       (busy_kwh + busy_kwh_lost) / nullif(weight + weight_lost, 0)           AS energy_kwh_busy_avg,
       (idle_kwh + idle_kwh_lost) / nullif(weight + weight_lost, 0)           AS energy_kwh_idle_avg,
       hours_with_carbon                                                      AS carbon_number_data_points,
       (busy_gco2eq + busy_gco2eq_lost)
         / nullif(weight_with_carbon + weight_with_carbon_lost, 0)            AS carbon_gco2eq_busy_avg,
       (idle_gco2eq + idle_gco2eq_lost)
         / nullif(weight_with_carbon + weight_with_carbon_lost, 0)            AS carbon_gco2eq_idle_avg
FROM ada_carbon_machine_average;
`;
