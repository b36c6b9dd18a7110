import { AVERAGE_COUNTS, AVERAGE_SUMS, assertAverages } from "../assert-averages.js";
import type { AverageStore, MachineAverages } from "../average-store.js";
import { averageCalls } from "../kit/average-calls.js";
import { learntText, makeAverages } from "../kit/learnt.js";
import { OpenGuard } from "../kit/open-guard.js";
import { sharedDatabaseCalls } from "../kit/shared-database.js";
import type { Migratable } from "../migratable.js";
import type { Connection } from "./connection.js";
import type { Database } from "./database.js";
import { understood } from "./failure.js";
import { eachInSlices, type Sliced } from "./slices.js";
import { RowReader, readAll } from "./text.js";

/** An {@link AverageStore} in a SQLite database. */
export type SqliteAverageStore = AverageStore & Migratable & AsyncDisposable;

/** The column of each count. */
const COUNT_COLUMNS = { hours: "hours", hoursWithCarbon: "hours_with_carbon" } as const;
/** The columns of each sum: the sum, and what was lost to rounding. */
const SUM_COLUMNS = {
  weight: ["weight", "weight_lost"],
  weightWithCarbon: ["weight_with_carbon", "weight_with_carbon_lost"],
  busyCpuSeconds: ["busy_cpu_seconds_total", "busy_cpu_seconds_lost"],
  idleCpuSeconds: ["idle_cpu_seconds_total", "idle_cpu_seconds_lost"],
  busyKwh: ["busy_kwh", "busy_kwh_lost"],
  idleKwh: ["idle_kwh", "idle_kwh_lost"],
  busyGco2eq: ["busy_gco2eq", "busy_gco2eq_lost"],
  idleGco2eq: ["idle_gco2eq", "idle_gco2eq_lost"],
} as const;

const NUMBERS = [
  ...AVERAGE_COUNTS.map((count) => COUNT_COLUMNS[count]),
  ...AVERAGE_SUMS.flatMap((sum) => SUM_COLUMNS[sum]),
];
const TABLE = "ada_carbon_machine_average";
const PUT = `INSERT OR REPLACE INTO ${TABLE} (machine_name, learnt, ${NUMBERS.join(", ")})
VALUES (?, ?, ${NUMBERS.map(() => "?").join(", ")})`;
const GET = `SELECT CAST(learnt AS BLOB) AS learnt, ${NUMBERS.join(", ")} FROM ${TABLE} WHERE machine_name = ?`;
const LIST = `SELECT CAST(machine_name AS BLOB) AS name FROM ${TABLE}`;
const REMOVE = `DELETE FROM ${TABLE} WHERE machine_name = ?`;

export function averageStore(database: Database): SqliteAverageStore {
  const open = new OpenGuard(`the average store in ${database.path}`);
  const where = database.path;
  return {
    ...averageCalls(open, {
      get(machine, signal) {
        return database.read((on) => readOne(on, where, machine), undefined, signal);
      },
      put(averages, signal) {
        return database.write((on) => putAll(on, averages), signal);
      },
      names(signal) {
        return database.read(
          (on) => readAll(on.prepare(LIST).iterate(), where, (row) => row.text("name")),
          [],
          signal,
        );
      },
      remove(machines, signal) {
        return database.write(
          (on) => eachInSlices(machines, (machine) => void on.prepare(REMOVE).run(machine)),
          signal,
        );
      },
    }),

    ...sharedDatabaseCalls(open, database, (signal) => database.migrate(signal)),
  };
}

function putAll(on: Connection, averages: readonly MachineAverages[]): Sliced<void> {
  return eachInSlices(averages, (ofMachine) => {
    const counts = AVERAGE_COUNTS.map((count) => ofMachine[count]);
    const sums = AVERAGE_SUMS.flatMap((name) => [ofMachine[name].sum, ofMachine[name].lost]);
    on.prepare(PUT).run(ofMachine.machine, learntText(ofMachine.learnt), ...counts, ...sums);
  });
}

function* readOne(on: Connection, where: string, machine: string): Sliced<MachineAverages | undefined> {
  const row = on.prepare(GET).get(machine);
  if (row === undefined) return undefined;
  const reader = new RowReader(row, `${where}, averages of ${JSON.stringify(machine)},`);
  return understood(where, () => {
    const averages = makeAverages(
      machine,
      (count) => reader.number(COUNT_COLUMNS[count]),
      (name) => {
        const [sum, lost] = SUM_COLUMNS[name];
        return { sum: reader.number(sum), lost: reader.number(lost) };
      },
      reader.textOrNull("learnt"),
    );
    assertAverages(averages);
    return averages;
  });
}
