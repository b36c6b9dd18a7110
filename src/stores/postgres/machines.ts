import type { MachineCatalogue } from "../../machines/machine-watts.js";
import { storedCatalogue } from "../kit/machine-catalogue.js";
import type { Database } from "./connection.js";
import { prepared } from "./migrate.js";
import { MACHINE } from "./tables.js";
import { fromText } from "./text.js";

/** Watts of machine names from `dim_machine.attributes`: `watts_busy` and `watts_at_idle` of one core, or a catalogue's names. */
export function machineCatalogueOn(database: Database): MachineCatalogue {
  return storedCatalogue(`${database.place.where}, dim_machine.attributes`, (signal) =>
    prepared(database, signal, async (session) => {
      const rows = await session.rows(
        `SELECT machine_name, attributes::text FROM ${session.table(MACHINE.table)} WHERE attributes IS NOT NULL`,
      );
      return rows.map(([name, attributes]) => ({
        machine: fromText(name ?? ""),
        attributes: attributes ?? "{}",
      }));
    }),
  );
}
