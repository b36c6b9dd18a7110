import { AVERAGE_COUNTS, AVERAGE_SUMS, assertAverages } from "../assert-averages.js";
import type { AverageStore, MachineAverages, RunningSum } from "../average-store.js";
import { OpenGuard } from "../kit/open-guard.js";
import type { Migratable } from "../migratable.js";
import { assertName } from "../names.js";
import type { Connection } from "./connection.js";
import type { Database } from "./database.js";
import { corrupt } from "./failure.js";
import { RowReader } from "./text.js";
import { eachInSlices, type Sliced } from "./turns.js";

/** An {@link AverageStore} in a SQLite database. */
export type SqliteAverageStore = AverageStore & Migratable;

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
const PUT = `INSERT OR REPLACE INTO ${TABLE} (machine_name, ${NUMBERS.join(", ")})
VALUES (?, ${NUMBERS.map(() => "?").join(", ")})`;
const GET = `SELECT ${NUMBERS.join(", ")} FROM ${TABLE} WHERE machine_name = ?`;
const LIST = `SELECT CAST(machine_name AS BLOB) AS name FROM ${TABLE}`;
const REMOVE = `DELETE FROM ${TABLE} WHERE machine_name = ?`;

/** @param closed What is to be done once the store has been closed. */
export function averageStore(database: Database, closed: () => Promise<void>): SqliteAverageStore {
  const open = new OpenGuard(`the average store in ${database.path}`);
  const where = database.path;
  return {
    async get(machine, { signal } = {}) {
      open.enter(signal);
      assertName(machine, "the name of a machine");
      return database.read((on) => readOne(on, where, machine), signal);
    },

    async put(averages, { signal } = {}) {
      open.enter(signal);
      for (const each of averages) assertAverages(each);
      if (averages.length > 0) await database.write((on) => putAll(on, averages), signal);
    },

    async list({ signal } = {}) {
      open.enter(signal);
      return (await database.read((on) => readNames(on, where), signal)) ?? [];
    },

    async remove(machines, { signal } = {}) {
      open.enter(signal);
      for (const machine of machines) assertName(machine, "the name of a machine");
      if (machines.length > 0) await database.write((on) => removeAll(on, machines), signal);
    },

    async migrate({ signal } = {}) {
      open.enter(signal);
      await database.migrate(signal);
    },

    async close() {
      if (open.close()) await closed();
    },
  };
}

function putAll(on: Connection, averages: readonly MachineAverages[]): Sliced<void> {
  return eachInSlices(averages, (each) => {
    const counts = AVERAGE_COUNTS.map((count) => each[count]);
    const sums = AVERAGE_SUMS.flatMap((name) => [each[name].sum, each[name].lost]);
    on.prepare(PUT).run(each.machine, ...counts, ...sums);
  });
}

function removeAll(on: Connection, machines: readonly string[]): Sliced<void> {
  return eachInSlices(machines, (machine) => void on.prepare(REMOVE).run(machine));
}

function* readNames(on: Connection, where: string): Sliced<string[]> {
  const names = on.prepare(LIST).all();
  // By code unit; SQLite sorts by code point.
  return names.map((row) => new RowReader(row, where).text("name")).sort();
}

function* readOne(on: Connection, where: string, machine: string): Sliced<MachineAverages | undefined> {
  const row = on.prepare(GET).get(machine);
  if (row === undefined) return undefined;
  const reader = new RowReader(row, `${where}, averages of ${JSON.stringify(machine)},`);
  const sum = (name: (typeof AVERAGE_SUMS)[number]): RunningSum => {
    const [total, lost] = SUM_COLUMNS[name];
    return { sum: reader.number(total), lost: reader.number(lost) };
  };
  const averages: MachineAverages = {
    machine,
    hours: reader.number(COUNT_COLUMNS.hours),
    weight: sum("weight"),
    hoursWithCarbon: reader.number(COUNT_COLUMNS.hoursWithCarbon),
    weightWithCarbon: sum("weightWithCarbon"),
    busyCpuSeconds: sum("busyCpuSeconds"),
    idleCpuSeconds: sum("idleCpuSeconds"),
    busyKwh: sum("busyKwh"),
    idleKwh: sum("idleKwh"),
    busyGco2eq: sum("busyGco2eq"),
    idleGco2eq: sum("idleGco2eq"),
  };
  try {
    assertAverages(averages);
  } catch (cause) {
    throw corrupt(where, cause instanceof Error ? cause.message : String(cause), cause);
  }
  return averages;
}
