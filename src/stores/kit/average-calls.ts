import { assertAverages } from "../assert-averages.js";
import type { AverageStore, MachineAverages } from "../average-store.js";
import { assertList, assertName } from "../names.js";
import type { OpenGuard } from "./open-guard.js";

/** What a storage of averages has to do itself. What it is given has been checked. */
export interface AverageStorage {
  get(machine: string, signal: AbortSignal | undefined): Promise<MachineAverages | undefined>;
  /** At least one, each of another machine. */
  put(averages: readonly MachineAverages[], signal: AbortSignal | undefined): Promise<void>;
  /** Names of the machines that have averages, in any order. */
  names(signal: AbortSignal | undefined): Promise<string[]>;
  /** At least one. */
  remove(machines: readonly string[], signal: AbortSignal | undefined): Promise<void>;
}

const MACHINE = "the name of a machine";

/** The calls of an {@link AverageStore}, with the checks that all stores make. */
export function averageCalls(
  open: OpenGuard,
  storage: AverageStorage,
): Pick<AverageStore, "get" | "put" | "list" | "remove"> {
  return {
    async get(machine, options) {
      const signal = open.signalOf(options);
      assertName(machine, MACHINE);
      return storage.get(machine, signal);
    },

    async put(averages, options) {
      const signal = open.signalOf(options);
      assertList(averages, "what is to be stored");
      for (const ofMachine of averages) assertAverages(ofMachine);
      // Of two averages of one machine, the later count.
      const byMachine = new Map(averages.map((ofMachine) => [ofMachine.machine, ofMachine]));
      if (byMachine.size > 0) await storage.put([...byMachine.values()], signal);
    },

    async list(options) {
      const signal = open.signalOf(options);
      return (await storage.names(signal)).sort();
    },

    async remove(machines, options) {
      const signal = open.signalOf(options);
      assertList(machines, "what is to be removed");
      for (const machine of machines) assertName(machine, MACHINE);
      if (machines.length > 0) await storage.remove(machines, signal);
    },
  };
}
