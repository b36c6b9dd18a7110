import type { MachineCatalogue } from "../../machines/machine-watts.js";
import { type StoredMachine, storedCatalogue } from "../kit/machine-catalogue.js";
import type { Database } from "./database.js";
import { type RowReader, readAll } from "./text.js";

const READ = `SELECT CAST(machine_name AS BLOB) AS name, CAST(attributes AS BLOB) AS attributes
FROM ada_carbon_machine`;

/** Watts of machine names from the table `ada_carbon_machine`, which is there for people to fill. */
export function machineCatalogue(database: Database): MachineCatalogue {
  const where = `${database.path}, ada_carbon_machine`;
  const machineIn = (row: RowReader): StoredMachine => {
    return { machine: row.text("name"), attributes: row.text("attributes") };
  };
  return storedCatalogue(where, (signal) =>
    database.read((on) => readAll(on.prepare(READ).iterate(), where, machineIn), [], signal),
  );
}
