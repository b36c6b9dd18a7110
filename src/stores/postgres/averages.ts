import { AVERAGE_COUNTS, AVERAGE_SUMS } from "../assert-averages.js";
import type { AverageStore, MachineAverages } from "../average-store.js";
import { averageCalls } from "../kit/average-calls.js";
import { learntText, makeAverages } from "../kit/learnt.js";
import { OpenGuard } from "../kit/open-guard.js";
import { sharedDatabaseCalls } from "../kit/shared-database.js";
import type { Migratable } from "../migratable.js";
import type { Database, Session } from "./connection.js";
import { givenRows, jsons, numbers, texts } from "./given-rows.js";
import { assertPrepared, migrate, prepared } from "./migrate.js";
import { addNames } from "./names.js";
import { averageColumns, snakeCase } from "./schema.js";
import { MACHINE } from "./tables.js";
import { fromText, toText } from "./text.js";

const TABLE = "machine_average";

/** An {@link AverageStore} in PostgreSQL. */
export interface PostgresAverageStore extends AverageStore, Migratable, AsyncDisposable {}

/** The average store over a database that others may share. */
export function averageStoreOn(database: Database): PostgresAverageStore {
  const open = new OpenGuard(`the average store in ${database.place.where}`);

  return {
    ...averageCalls(open, {
      get(machine, signal) {
        return prepared(database, signal, (session) => readAverages(session, machine));
      },
      put(averages, signal) {
        return database.transaction(signal, async (session) => {
          await assertPrepared(session);
          await writeAverages(session, averages);
          signal?.throwIfAborted();
        });
      },
      names(signal) {
        return prepared(database, signal, async (session) => {
          const rows = await session.rows(`SELECT machine_name FROM ${averagesOfMachines(session)}`);
          return rows.map(([name]) => fromText(name ?? ""));
        });
      },
      remove(machines, signal) {
        return prepared(database, signal, async (session) => {
          await session.rows(
            `DELETE FROM ${session.table(TABLE)} WHERE machine_id IN (
               SELECT machine_id FROM ${session.table(MACHINE.table)} WHERE machine_name = ANY ($1::text[]))`,
            [machines.map(toText)],
          );
        });
      },
    }),

    ...sharedDatabaseCalls(open, database, (signal) => migrate(database, signal)),
  };
}

function averagesOfMachines(session: Session): string {
  return `${session.table(TABLE)} JOIN ${session.table(MACHINE.table)} USING (machine_id)`;
}

async function readAverages(session: Session, machine: string): Promise<MachineAverages | undefined> {
  const columns = averageColumns();
  const [row] = await session.rows(
    `SELECT ${columns.join(", ")}, learnt FROM ${averagesOfMachines(session)} WHERE machine_name = $1::text`,
    [toText(machine)],
  );
  if (row === undefined) return undefined;
  const number = (column: string): number => Number(row[columns.indexOf(column)]);
  return makeAverages(
    machine,
    (count) => number(snakeCase(count)),
    (sum) => ({ sum: number(`${snakeCase(sum)}_sum`), lost: number(`${snakeCase(sum)}_lost`) }),
    row[columns.length] ?? null,
  );
}

/** Numbers are in the order of {@link averageColumns}. */
async function writeAverages(session: Session, averages: readonly MachineAverages[]): Promise<void> {
  const names = averages.map(({ machine }) => machine);
  await addNames(session, [MACHINE, names]);
  const rows = averages.map((ofMachine) => [
    ...AVERAGE_COUNTS.map((count) => ofMachine[count]),
    ...AVERAGE_SUMS.flatMap((name) => [ofMachine[name].sum, ofMachine[name].lost]),
  ]);
  const columns = averageColumns();
  const values = columns.map((column, i) => [column, numbers(rows.map((row) => row[i] ?? null))]);
  const learnt = jsons(averages.map((ofMachine) => learntText(ofMachine.learnt)));
  const given = givenRows({ machine_name: texts(names), ...Object.fromEntries(values), learnt });
  // In one order, so that two writers cannot block each other.
  await session.rows(
    `INSERT INTO ${session.table(TABLE)} (machine_id, ${columns.join(", ")}, learnt)
     SELECT machine_id, ${columns.join(", ")}, learnt
     FROM ${given.table} LEFT JOIN ${session.table(MACHINE.table)} USING (machine_name) ORDER BY machine_id
     ON CONFLICT (machine_id) DO UPDATE SET
       (${columns.join(", ")}, learnt) =
         ROW (${columns.map((column) => `excluded.${column}`).join(", ")}, excluded.learnt)`,
    given.parameters,
  );
}
