import { machineOfAttributes } from "../../machines/machine-attributes.js";
import type { MachineCatalogue, MachineWatts } from "../../machines/machine-watts.js";
import { badInput } from "../../usage/errors.js";

/** A machine name and its hardware fields, as JSON text. */
export interface StoredMachine {
  readonly machine: string;
  readonly attributes: string;
}

/** The machines of a database whose hardware fields say watts. */
export function storedCatalogue(
  where: string,
  read: (signal: AbortSignal | undefined) => Promise<readonly StoredMachine[]>,
): MachineCatalogue {
  return {
    where,
    async machines({ signal } = {}) {
      const stored = await read(signal);
      return stored.flatMap(({ machine, attributes }): MachineWatts[] => {
        const found = machineOfAttributes(machine, fieldsOf(machine, attributes, where), where);
        return found === undefined ? [] : [found];
      });
    },
  };
}

function fieldsOf(machine: string, attributes: string, where: string): unknown {
  try {
    return JSON.parse(attributes);
  } catch (cause) {
    throw badInput(`${where}: the attributes of ${JSON.stringify(machine)} are not JSON`, cause);
  }
}
