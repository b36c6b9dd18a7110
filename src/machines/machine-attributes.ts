import { badInput } from "../usage/errors.js";
import { assertArgument, TEXT } from "../usage/options.js";
import { parseMachines } from "./catalogue-text.js";
import type { MachineWatts } from "./machine-watts.js";

/** The columns of a catalogue, and what else the hardware fields of a database may call them. */
const NAMES: Readonly<Record<string, readonly string[]>> = {
  busy_watts: ["busy_watts", "watts_busy", "watts_at_full_load"],
  busy_watts_low: ["busy_watts_low", "watts_busy_low"],
  busy_watts_high: ["busy_watts_high", "watts_busy_high"],
  idle_watts: ["idle_watts", "watts_at_idle", "watts_idle"],
  idle_watts_low: ["idle_watts_low", "watts_at_idle_low"],
  idle_watts_high: ["idle_watts_high", "watts_at_idle_high"],
  curve: ["curve"],
  memory_watts: ["memory_watts"],
  cores: ["cores"],
  source: ["source"],
  date: ["date"],
};

/**
 * The watts among the hardware fields of a machine in a database, such as `dim_machine.attributes`: of one core, under
 * the names of a catalogue or `watts_busy` and `watts_at_idle`. `undefined` where there are none; other fields are
 * passed over.
 *
 * @param where Names the place in errors, which are `bad-input`.
 *
 * @example
 * import assert from "node:assert/strict";
 * import { machineOfAttributes } from "ada-carbon/machines";
 *
 * const fields = { cpu_model: "Xeon Gold 6130", watts_busy: 8, watts_at_idle: 1.2 };
 * assert.equal(machineOfAttributes("Muon", fields, "dim_machine")?.idleCore.watts, 1.2);
 * assert.equal(machineOfAttributes("Muon", { cpu_model: "Xeon" }, "dim_machine"), undefined);
 */
export function machineOfAttributes(
  machine: string,
  attributes: unknown,
  where: string,
): MachineWatts | undefined {
  assertArgument("machineOfAttributes", "machine", machine, TEXT);
  if (typeof attributes !== "object" || attributes === null) return undefined;
  const fields = new Map<string, unknown>(Object.entries(attributes));
  const columns = Object.entries(NAMES).flatMap(([column, names]) => {
    const given = names.filter((name) => fields.get(name) != null);
    if (given.length > 1)
      throw badInput(
        `${where}: ${JSON.stringify(machine)}: ${given.join(" and ")} are the same; leave one of them`,
      );
    return given.map((name) => [column, fields.get(name)] as const);
  });
  const saysWatts = columns.some(([column]) => ["busy_watts", "idle_watts", "curve"].includes(column));
  if (!saysWatts) return undefined;
  const entry = { machine, ...Object.fromEntries(columns) };
  return parseMachines(JSON.stringify([entry]), where)[0];
}
