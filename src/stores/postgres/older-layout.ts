import type { Session } from "./connection.js";
import { ALL_KINDS, FACT_COLUMNS, type KindTables } from "./tables.js";

// Versions 1 to 4 kept what fact tables cannot hold in one row a day: a letter an hour for the status, arrays of
// 24 for coverage and provenance, and JSON for the numbers of hours without a fact row. Names are unqualified: the
// migration puts the schema first in the search path.

/** A table of days to one of hours. Hours whose letter is `.` were never stored. */
function moveDays({ kind, hours, key }: KindTables): string {
  const [...columns] = [...key, "status", "coverage", "provenance_id", "in_fact_table", ...FACT_COLUMNS];
  const owner = key.slice(0, -1).map((column) => `${column}, `);
  const numbers = FACT_COLUMNS.map((_, i) => `(numbers ->> ${i})::float8`);
  return `INSERT INTO ${hours} (${columns.join(", ")})
    SELECT ${owner.join("")} day::timestamp AT TIME ZONE 'UTC' + hour * interval '1 hour',
      CASE letter WHEN 'n' THEN 'not downloaded' WHEN 'i' THEN 'download incomplete'
        WHEN 'u' THEN 'unprocessed' WHEN 'p' THEN 'processed' ELSE 'fake' END,
      nullif(coverage[hour + 1], 'NaN'), provenance_id[hour + 1], numbers IS NULL, ${numbers.join(", ")}
    FROM usage_day_${kind}
    CROSS JOIN generate_series(0, 23) AS hour
    CROSS JOIN LATERAL (SELECT substr(status, hour + 1, 1) AS letter, rest -> hour::text AS numbers) AS stored
    WHERE letter <> '.'`;
}

/** A text in JSON as `toText` writes it, because PostgreSQL cannot take a NUL out of JSON. */
const escaped = (json: string, character: string, by: string): string =>
  String.raw`regexp_replace(${json}, '(?<!\\)((?:\\\\)*)\\u${character}', '\1\\u${by}', 'g')`;

const MEASUREMENT = `
  ALTER TABLE usage_provenance ADD COLUMN IF NOT EXISTS spread DOUBLE PRECISION,
    ADD COLUMN IF NOT EXISTS unsettled BOOLEAN NOT NULL DEFAULT false,
    ADD COLUMN IF NOT EXISTS scrapes BIGINT,
    ALTER COLUMN host TYPE JSON USING ${escaped(escaped("host", "0010", "00101"), "0000", "00100")}::json`;

/** Brings what versions 1 to 4 left to the layout of version 5, whose own tables of hours are there already. */
export async function moveOlderLayout(session: Session, there: ReadonlySet<string>): Promise<void> {
  if (there.has("usage_provenance")) await session.rows(MEASUREMENT);
  if (there.has("usage_measurement")) {
    await session.rows(`UPDATE usage_provenance AS p SET spread = m.spread, unsettled = m.unsettled, scrapes = m.scrapes
      FROM usage_measurement AS m WHERE m.provenance_id = p.provenance_id`);
    await session.rows("DROP TABLE usage_measurement");
  }
  for (const tables of ALL_KINDS) {
    if (!there.has(`usage_day_${tables.kind}`)) continue;
    await session.rows(moveDays(tables));
    await session.rows(`DROP TABLE usage_day_${tables.kind}`);
  }
  if (there.has("machine_average")) {
    // All of them were learnt, and are made anew.
    await session.rows("ALTER TABLE machine_average ADD COLUMN IF NOT EXISTS learnt JSON");
    await session.rows(`UPDATE machine_average SET learnt = '{"isStale":true}'`);
  }
  if (there.has("workspace_session_detail")) {
    await session.rows("ALTER TABLE workspace_session_detail ADD COLUMN IF NOT EXISTS hours JSON");
  }
  if (there.has("workspace_session_hours")) {
    await session.rows(`UPDATE workspace_session_detail AS d SET hours = h.hours::json
      FROM workspace_session_hours AS h WHERE h.workspace_session_id = d.workspace_session_id`);
    await session.rows("DROP TABLE workspace_session_hours");
  }
}
