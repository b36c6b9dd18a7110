import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import type { Outcome } from "./outcome.js";
import { BUSY_WATTS, IDLE_WATTS, JOULES_PER_KWH, type Task } from "./task.js";

/** DuckDB with two threads, from a file with the reply to two Parquet files. */
export async function duckdb(task: Task): Promise<{ run: () => Promise<Outcome>; end: () => void }> {
  const folder = mkdtempSync(join(tmpdir(), "ada-carbon-bench-"));
  const reply = join(folder, "reply.json");
  writeFileSync(reply, task.body);
  const instance = await DuckDBInstance.create(":memory:");
  const db = await instance.connect();
  await db.run("SET threads = 2");
  await db.run(
    `CREATE TABLE intensity AS SELECT * FROM (VALUES ${task.hours
      .map((hour, t) => `(${hour / 1000}::BIGINT, ${task.gco2eqPerKwh[t]}::DOUBLE)`)
      .join(", ")}) v(hour, grams)`,
  );
  const samples = `
    CREATE OR REPLACE TEMP TABLE samples AS
    SELECT series.metric.cloud_project_name AS project, series.metric.machine_name AS machine,
      series.metric.mode = 'idle' AS idle,
      (sample->>0)::BIGINT - 3600 AS hour, (sample->>1)::DOUBLE AS seconds
    FROM (
      SELECT series, unnest(series.values) AS sample
      FROM (
        SELECT unnest(data.result) AS series
        FROM read_json('${reply}', maximum_object_size = 200000000, columns = {data:
          'STRUCT(result STRUCT(metric STRUCT(cloud_project_name VARCHAR, machine_name VARCHAR, mode VARCHAR), "values" JSON[])[])'})
      )
    )`;
  const rows = (scope: string): string => `
    WITH hours AS (
      SELECT ${scope}, hour, sum(seconds) FILTER (NOT idle) AS busy, sum(seconds) FILTER (idle) AS idle
      FROM samples GROUP BY ALL
    )
    SELECT ${scope}, to_timestamp(hour) AS timestamp, busy, idle,
      busy * ${BUSY_WATTS} / ${JOULES_PER_KWH} AS busy_kwh, idle * ${IDLE_WATTS} / ${JOULES_PER_KWH} AS idle_kwh,
      busy_kwh * grams AS busy_g, idle_kwh * grams AS idle_g, 'processed' AS status
    FROM hours JOIN intensity USING (hour) ORDER BY ${scope}, hour`;
  const run = async (): Promise<Outcome> => {
    await db.run(samples);
    const files: Uint8Array[] = [];
    for (const scope of ["project", "machine"]) {
      const file = join(folder, `${scope}.parquet`);
      await db.run(`CREATE OR REPLACE TEMP TABLE ${scope}s AS ${rows(scope)}`);
      await db.run(`COPY ${scope}s TO '${file}' (FORMAT parquet, COMPRESSION zstd)`);
      files.push(readFileSync(file));
    }
    const sums = await db.runAndReadAll(
      "SELECT sum(busy_kwh + idle_kwh)::DOUBLE, sum(busy_g + idle_g)::DOUBLE FROM projects",
    );
    const [[kwh, gco2eq] = []] = sums.getRows();
    return { files, kwh: Number(kwh), gco2eq: Number(gco2eq) };
  };
  const end = (): void => {
    db.closeSync();
    rmSync(folder, { recursive: true });
  };
  return { run, end };
}
