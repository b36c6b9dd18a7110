import type { Command } from "commander";
import { doubtfulWatts, nearlyKnown } from "../machines/doubtful-machines.js";
import type { MachineCatalogue, MachineWatts } from "../machines/machine-watts.js";
import type { PowerModel } from "../power/model.js";
import { ADA_BUSY_WATTS, ADA_IDLE_WATTS, perCore } from "../power/per-core.js";
import type { WorkspaceModel } from "../power/workspace-model.js";
import { given } from "../usage/given.js";
import type { ModePolicy } from "../usage/modes.js";
import type { Io } from "./io.js";
import { number } from "./parse.js";
import { readInput } from "./read-input.js";
import type { OpenStores } from "./stores.js";
import { ofFlags, UsageError } from "./usage-error.js";

/** What says how many watts there are. */
export interface PowerFlags {
  readonly busyWatts?: number;
  readonly idleWatts?: number;
  readonly pue?: number;
  readonly machines?: string;
}

export function addPowerOptions(command: Command): Command {
  return command
    .option("--busy-watts <w>", "power of a busy core (12 without)", number(0, "watts"))
    .option("--idle-watts <w>", "power of an idle core (1 without)", number(0, "watts"))
    .option("--pue <ratio>", "power usage effectiveness of the building (1 without)", number(1, "ratio"))
    .option(
      "--machines <file>",
      "watts of machine types, CSV or JSON, or store: the hardware fields of the database; other machines by --busy-watts and --idle-watts",
    );
}

/** Whether any of the flags was given. */
export function hasPowerFlags({ busyWatts, idleWatts, pue, machines }: PowerFlags): boolean {
  return [busyWatts, idleWatts, pue, machines].some((flag) => flag !== undefined);
}

/** What the flags say of power. */
export interface ChosenPower {
  readonly model: PowerModel;
  /** The catalogue of `--machines`, if there is one. */
  readonly machines: readonly MachineWatts[];
}

/** The model that the flags say; what is odd about the catalogue goes to standard error. */
export async function chosenPower(
  flags: PowerFlags,
  modes: ModePolicy | undefined,
  stores: OpenStores,
  io: Io,
): Promise<ChosenPower> {
  const { busyWatts, idleWatts, pue } = flags;
  const fallback = ofFlags(() => perCore(given({ modes, busyWatts, idleWatts, pue })));
  if (busyWatts !== undefined || idleWatts !== undefined)
    for (const doubt of doubtfulWatts(busyWatts ?? ADA_BUSY_WATTS, idleWatts ?? ADA_IDLE_WATTS))
      io.stderr.warning(`--busy-watts and --idle-watts: ${doubt}`);
  if (flags.machines === undefined) return { model: fallback, machines: [] };
  const { catalogueModel } = await import("../machines/index.js");
  const catalogue = await catalogueOf(flags.machines, stores, io);
  const model = await catalogueModel(catalogue, { fallback, pue, signal: io.signal });
  return { model, machines: await catalogue.machines() };
}

/** The tracker's model of the machines that `--machines` names. */
export async function liveMachineModel(
  machines: string,
  fallback: WorkspaceModel,
  stores: OpenStores,
  io: Io,
): Promise<{ model: WorkspaceModel; machines: readonly MachineWatts[] }> {
  const { workspaceCatalogueModel } = await import("../machines/index.js");
  const catalogue = await catalogueOf(machines, stores, io);
  const model = await workspaceCatalogueModel(catalogue, { fallback, signal: io.signal });
  return { model, machines: await catalogue.machines() };
}

/** The machines that `--machines` names. */
export async function machinesIn(
  place: string,
  stores: OpenStores,
  io: Io,
): Promise<readonly MachineWatts[]> {
  return (await catalogueOf(place, stores, io)).machines();
}

/** A catalogue, read once; what is odd about it goes to standard error. */
async function catalogueOf(place: string, stores: OpenStores, io: Io): Promise<MachineCatalogue> {
  const { doubtfulMachines } = await import("../machines/index.js");
  const [where, machines] =
    place === OF_THE_STORE ? await storedMachines(stores, io) : ([place, await readMachines(place)] as const);
  for (const doubt of doubtfulMachines(machines)) io.stderr.warning(`${where}: ${doubt}`);
  return { where, machines: async () => machines };
}

/** `--machines store`: the hardware fields of the database itself. A file of that name is `./store`. */
const OF_THE_STORE = "store";

async function storedMachines(stores: OpenStores, io: Io): Promise<[string, readonly MachineWatts[]]> {
  const { machines, where } = stores;
  if (machines === undefined) {
    throw new UsageError(
      `${where} has no place for watts of machines; give --machines a file, or keep the numbers in PostgreSQL or SQLite`,
    );
  }
  return [machines.where, await machines.machines({ signal: io.signal })];
}

/** Names machines of hosts that are not found in the catalogue for want of a capital or a space. */
export function warnOfNearlyKnown(machines: readonly MachineWatts[], names: Iterable<string>, io: Io): void {
  for (const near of nearlyKnown(machines, names)) io.stderr.warning(near);
}

/** The machines of a catalogue. */
export async function readMachines(path: string): Promise<MachineWatts[]> {
  const { parseMachines } = await import("../machines/index.js");
  return parseMachines(await readInput(path, "machines"), path);
}
