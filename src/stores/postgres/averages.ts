import { AVERAGE_COUNTS, AVERAGE_SUMS } from "../assert-averages.js";
import type { AverageStore, MachineAverages, RunningSum } from "../average-store.js";
import { averageCalls } from "../kit/average-calls.js";
import { OpenGuard } from "../kit/open-guard.js";
import type { Migratable } from "../migratable.js";
import type { Database } from "./connection.js";
import { assertPrepared, migrate, prepared } from "./migrate.js";
import { addNames } from "./names.js";
import type { Row } from "./options.js";
import { averageColumns } from "./schema.js";
import { MACHINE } from "./tables.js";
import { fromText, numberArray, toText } from "./text.js";

/** An {@link AverageStore} in PostgreSQL. */
export interface PostgresAverageStore extends AverageStore, Migratable {}

/** The average store over a database that others may share. */
export function averageStoreOn(database: Database): PostgresAverageStore {
  const open = new OpenGuard(`the average store in ${database.place.where}`);
  database.join();
  const table = database.table("machine_average");
  const machines = database.table(MACHINE.table);
  const columns = averageColumns();

  const select = (what: string, where: string): string =>
    `SELECT ${what} FROM ${table} JOIN ${machines} USING (machine_id) WHERE ${where}`;
  const UPSERT = `INSERT INTO ${table} (machine_id, ${columns.join(", ")})
    SELECT machine_id, ${columns.join(", ")}
    FROM unnest($1::text[], ${columns.map((_, i) => `$${i + 2}::float8[]`).join(", ")})
      AS given (machine_name, ${columns.join(", ")})
    LEFT JOIN ${machines} USING (machine_name)
    ON CONFLICT (machine_id) DO UPDATE SET ${columns.map((column) => `${column} = excluded.${column}`).join(", ")}`;

  return {
    ...averageCalls(open, {
      get(machine, signal) {
        return prepared(database, signal, async (session) => {
          const query = select(columns.join(", "), "machine_name = $1::text");
          const [row] = await session.rows(query, [toText(machine)]);
          return row === undefined ? undefined : toAverages(machine, row);
        });
      },

      put(averages, signal) {
        return database.transaction(signal, async (session) => {
          await assertPrepared(session, database);
          const names = averages.map(({ machine }) => machine).sort();
          await addNames(session, database, MACHINE, names);
          // In one order, so that two writers cannot block each other.
          const sorted = [...averages].sort((a, b) => (a.machine < b.machine ? -1 : 1));
          const rows = sorted.map(toValues);
          const numbers = columns.map((_, i) => numberArray(rows.map((row) => row[i] ?? null)));
          await session.rows(UPSERT, [names.map(toText), ...numbers]);
          signal?.throwIfAborted();
        });
      },

      names(signal) {
        return prepared(database, signal, async (session) => {
          const rows = await session.rows(select("machine_name", "true"));
          return rows.map(([name]) => fromText(name ?? ""));
        });
      },

      remove(names, signal) {
        return prepared(database, signal, async (session) => {
          await session.rows(
            `DELETE FROM ${table} USING ${machines} AS machine
             WHERE ${table}.machine_id = machine.machine_id AND machine_name = ANY ($1::text[])`,
            [names.map(toText)],
          );
        });
      },
    }),

    async migrate({ signal } = {}) {
      open.enter(signal);
      await migrate(database, signal);
    },

    async close() {
      if (open.close()) await database.leave();
    },
  };
}

/** In the order of {@link averageColumns}. */
function toValues(averages: MachineAverages): number[] {
  return [
    ...AVERAGE_COUNTS.map((count) => averages[count]),
    ...AVERAGE_SUMS.flatMap((name) => [averages[name].sum, averages[name].lost]),
  ];
}

function toAverages(machine: string, row: Row): MachineAverages {
  const values = row.map(Number).values();
  const number = (): number => values.next().value ?? Number.NaN;
  const [hours, hoursWithCarbon] = [number(), number()];
  const sum = (): RunningSum => ({ sum: number(), lost: number() });
  return {
    machine,
    hours,
    hoursWithCarbon,
    weight: sum(),
    weightWithCarbon: sum(),
    busyCpuSeconds: sum(),
    idleCpuSeconds: sum(),
    busyKwh: sum(),
    idleKwh: sum(),
    busyGco2eq: sum(),
    idleGco2eq: sum(),
  };
}
