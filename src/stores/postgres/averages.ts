import { AVERAGE_COUNTS, AVERAGE_SUMS, assertAverages } from "../assert-averages.js";
import type { AverageStore, MachineAverages } from "../average-store.js";
import { OpenGuard } from "../kit/open-guard.js";
import type { Migratable } from "../migratable.js";
import { assertName } from "../names.js";
import type { Database, Session } from "./database.js";
import type { Row } from "./driver.js";
import { assertPrepared, migrate } from "./migrate.js";
import { idsOf } from "./names.js";
import { averageColumns } from "./own-ddl.js";
import { packFloats, packIds } from "./packed.js";
import { MACHINE } from "./tables.js";
import { fromText, toText } from "./text.js";

/** An {@link AverageStore} in PostgreSQL. */
export interface PostgresAverageStore extends AverageStore, Migratable {}

/** The average store over a database that others may share. */
export function averageStoreOn(database: Database): PostgresAverageStore {
  const open = new OpenGuard(`the average store in ${database.place.where}`);
  database.join();
  const joined = `${database.table("machine_average")} AS a JOIN ${database.table(MACHINE.table)} AS m USING (machine_id)`;

  const reading = async <T>(
    signal: AbortSignal | undefined,
    work: (session: Session) => Promise<T>,
  ): Promise<T> => {
    return database.session(signal, async (session) => {
      await assertPrepared(session, database);
      return work(session);
    });
  };

  return {
    async migrate({ signal } = {}) {
      open.enter(signal);
      await migrate(database, signal);
    },

    async get(machine, { signal } = {}) {
      open.enter(signal);
      assertName(machine, "the name of a machine");
      return reading(signal, async (session) => {
        const [row] = await session.rows(
          `SELECT ${averageColumns().join(", ")} FROM ${joined} WHERE machine_name = $1::text`,
          [toText(machine)],
        );
        return row === undefined ? undefined : toAverages(machine, row);
      });
    },

    async put(averages, { signal } = {}) {
      open.enter(signal);
      for (const each of averages) assertAverages(each);
      if (averages.length === 0) return;
      // The last of a machine counts.
      const byMachine = new Map(averages.map((each) => [each.machine, each]));
      await database.transaction(signal, async (session) => {
        await assertPrepared(session, database);
        const ids = await idsOf(session, database, MACHINE, byMachine.keys());
        const rows = [...byMachine.values()].map((each) => ({ id: ids.get(each.machine) ?? 0n, each }));
        await upsert(
          session,
          database,
          rows.sort((a, b) => (a.id < b.id ? -1 : 1)),
        );
        signal?.throwIfAborted();
      });
    },

    async list({ signal } = {}) {
      open.enter(signal);
      return reading(signal, async (session) => {
        const rows = await session.rows(`SELECT machine_name FROM ${joined}`);
        return rows.map(([name]) => fromText(name ?? "")).sort();
      });
    },

    async remove(machines, { signal } = {}) {
      open.enter(signal);
      for (const machine of machines) assertName(machine, "the name of a machine");
      await reading(signal, (session) =>
        session.rows(
          `DELETE FROM ${database.table("machine_average")} WHERE machine_id IN (
             SELECT machine_id FROM ${database.table(MACHINE.table)} WHERE machine_name = ANY ($1::text[]))`,
          [machines.map(toText)],
        ),
      );
    },

    async close() {
      if (open.close()) await database.leave();
    },
  };
}

async function upsert(
  session: Session,
  database: Database,
  rows: readonly { readonly id: bigint; readonly each: MachineAverages }[],
): Promise<void> {
  const columns = averageColumns();
  const values = rows.map(({ each }) => toValues(each));
  await session.rows(
    `INSERT INTO ${database.table("machine_average")} (machine_id, ${columns.join(", ")})
     SELECT * FROM unnest($1::int8[], ${columns.map((_, i) => `$${i + 2}::float8[]`).join(", ")})
     ON CONFLICT (machine_id) DO UPDATE SET ${columns.map((column) => `${column} = excluded.${column}`).join(", ")}`,
    [
      packIds(rows.map(({ id }) => id)),
      ...columns.map((_, column) => packFloats(values.map((row) => row[column] ?? Number.NaN))),
    ],
  );
}

/** In the order of {@link averageColumns}. */
function toValues(averages: MachineAverages): number[] {
  return [
    ...AVERAGE_COUNTS.map((count) => averages[count]),
    ...AVERAGE_SUMS.flatMap((name) => [averages[name].sum, averages[name].lost]),
  ];
}

function toAverages(machine: string, row: Row): MachineAverages {
  const values = row.map(Number);
  let next = 0;
  const number = (): number => values[next++] ?? Number.NaN;
  const [hours, hoursWithCarbon] = [number(), number()];
  const sum = (): MachineAverages["weight"] => ({ sum: number(), lost: number() });
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
