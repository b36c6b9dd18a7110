import { machineOfAttributes } from "../../machines/machine-attributes.js";
import type { MachineCatalogue, MachineWatts } from "../../machines/machine-watts.js";
import { badInput } from "../../usage/errors.js";
import { signalOf } from "../call-options.js";

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
    async machines(options) {
      const stored = await read(signalOf(options));
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
