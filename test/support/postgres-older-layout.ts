// The tables of ada-carbon 0.1.0 in PostgreSQL beside those of the source document, as they were: hours in one row
// a day, with a letter an hour for the status and arrays of 24 for coverage and provenance.

const KINDS: Readonly<Record<string, string>> = {
  ada: "",
  project: "project",
  machine: "machine",
  user: "user",
  group: "group",
  experiment: "experiment",
  host: "instance",
};

const days = Object.entries(KINDS).map(([kind, owner]) => {
  const [column, key] =
    owner === ""
      ? ["", "day"]
      : [
          `${owner}_id BIGINT NOT NULL REFERENCES dim_${owner}(${owner}_id) ON DELETE CASCADE,`,
          `${owner}_id, day`,
        ];
  return `CREATE TABLE usage_day_${kind} (
    ${column}
    day           DATE NOT NULL,
    status        TEXT NOT NULL CHECK (length(status) = 24),
    coverage      DOUBLE PRECISION[] NOT NULL,
    provenance_id INTEGER[] NOT NULL,
    rest          JSONB,
    PRIMARY KEY (${key})
  ) WITH (fillfactor = 50)`;
});

const STEPS: readonly string[] = [
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
  );
  ${days.join(";\n")}`,
  `CREATE TABLE workspace_session_detail (
    workspace_session_id BIGINT PRIMARY KEY REFERENCES workspace_session(workspace_session_id) ON DELETE CASCADE,
    session_key          TEXT UNIQUE NOT NULL,
    site                 TEXT NOT NULL,
    instance_id          BIGINT NOT NULL REFERENCES dim_instance(instance_id) ON DELETE CASCADE,
    counted_until        TIMESTAMPTZ NOT NULL,
    runtime_seconds      DOUBLE PRECISION NOT NULL,
    unknown_seconds      DOUBLE PRECISION NOT NULL,
    kwh_without_carbon   DOUBLE PRECISION NOT NULL
  );
  CREATE INDEX idx_workspace_session_detail_site ON workspace_session_detail (site)`,
  `CREATE TABLE workspace_session_hours (
    workspace_session_id BIGINT PRIMARY KEY REFERENCES workspace_session(workspace_session_id) ON DELETE CASCADE,
    hours                TEXT NOT NULL
  )`,
  `CREATE TABLE usage_measurement (
    provenance_id INTEGER PRIMARY KEY REFERENCES usage_provenance(provenance_id) ON DELETE CASCADE,
    spread        DOUBLE PRECISION,
    unsettled     BOOLEAN NOT NULL,
    scrapes       BIGINT
  )`,
];

/** What makes the tables of a schema with today's into those of version 1 to 4. They were empty. */
export function olderLayout(version: number): string {
  const ours = ["usage_provenance", "workspace_session_detail"];
  const tables = [...ours, ...Object.keys(KINDS).map((kind) => `usage_hour_${kind}`)];
  return `DROP VIEW ada_carbon_hours, ada_carbon_owners;
    DROP TABLE ${tables.join(", ")};
    ${STEPS.slice(0, version).join(";\n")};
    UPDATE ada_carbon_version SET version = ${version}`;
}
