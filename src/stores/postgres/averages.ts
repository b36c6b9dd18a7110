import { AVERAGE_COUNTS, AVERAGE_SUMS } from "../assert-averages.js";
import type { AverageStore, MachineAverages } from "../average-store.js";
import { averageCalls } from "../kit/average-calls.js";
import { makeAverages } from "../kit/make-averages.js";
import { OpenGuard } from "../kit/open-guard.js";
import type { Migratable } from "../migratable.js";
import type { Database } from "./connection.js";
import { type GivenRows, givenRows, numbers, texts } from "./given-rows.js";
import { assertPrepared, migrate, prepared } from "./migrate.js";
import { addNames } from "./names.js";
import type { Row } from "./options.js";
import { averageColumns, snakeCase } from "./schema.js";
import { MACHINE } from "./tables.js";
import { fromText, toText } from "./text.js";

/** An {@link AverageStore} in PostgreSQL. */
export interface PostgresAverageStore extends AverageStore, Migratable {}

/** The average store over a database that others may share. */
export function averageStoreOn(database: Database): PostgresAverageStore {
  const open = new OpenGuard(`the average store in ${database.place.where}`);
  database.join();
  const table = database.table("machine_average");
  const machines = database.table(MACHINE.table);
  const joined = `${table} JOIN ${machines} USING (machine_id)`;

  return {
    ...averageCalls(open, {
      get(machine, signal) {
        return prepared(database, signal, async (session) => {
          const [row] = await session.rows(
            `SELECT ${averageColumns().join(", ")} FROM ${joined} WHERE machine_name = $1::text`,
            [toText(machine)],
          );
          return row === undefined ? undefined : toAverages(machine, row);
        });
      },

      put(averages, signal) {
        return database.transaction(signal, async (session) => {
          await assertPrepared(session, database);
          const names = averages.map(({ machine }) => machine);
          await addNames(session, database, MACHINE, names);
          const given = averagesGiven(averages);
          const columns = averageColumns();
          // In one order, so that two writers cannot block each other.
          await session.rows(
            `INSERT INTO ${table} (machine_id, ${columns.join(", ")})
             SELECT machine_id, ${columns.join(", ")}
             FROM ${given.table} LEFT JOIN ${machines} USING (machine_name) ORDER BY machine_id
             ON CONFLICT (machine_id) DO UPDATE SET
               (${columns.join(", ")}) = ROW (${columns.map((column) => `excluded.${column}`).join(", ")})`,
            given.parameters,
          );
          signal?.throwIfAborted();
        });
      },

      names(signal) {
        return prepared(database, signal, async (session) => {
          const rows = await session.rows(`SELECT machine_name FROM ${joined}`);
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

/** Numbers are in the order of {@link averageColumns}. */
function averagesGiven(averages: readonly MachineAverages[]): GivenRows {
  const rows = averages.map((ofMachine) => [
    ...AVERAGE_COUNTS.map((count) => ofMachine[count]),
    ...AVERAGE_SUMS.flatMap((name) => [ofMachine[name].sum, ofMachine[name].lost]),
  ]);
  const values = averageColumns().map((column, i) => [column, numbers(rows.map((row) => row[i] ?? null))]);
  return givenRows({
    machine_name: texts(averages.map(({ machine }) => machine)),
    ...Object.fromEntries(values),
  });
}

function toAverages(machine: string, row: Row): MachineAverages {
  const columns = averageColumns();
  const number = (column: string): number => Number(row[columns.indexOf(column)]);
  return makeAverages(
    machine,
    (count) => number(snakeCase(count)),
    (sum) => ({ sum: number(`${snakeCase(sum)}_sum`), lost: number(`${snakeCase(sum)}_lost`) }),
  );
}
