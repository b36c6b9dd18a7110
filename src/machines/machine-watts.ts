import { MOST_CORE_WATTS } from "../power/measured.js";
import { badInput } from "../usage/errors.js";
import { assertArgument, LIST, port, type Rule } from "../usage/options.js";

/** Watts, and between what they lie, where that is known. */
export interface Watts {
  readonly watts: number;
  /** At most `watts`; `null` where it is not known. */
  readonly low: number | null;
  /** At least `watts`; `null` where it is not known. */
  readonly high: number | null;
}

/** Watts of one core while the machine's cores are busy to a share. */
export interface CurvePoint {
  /** 0 to 1. */
  readonly utilisation: number;
  readonly watts: number;
}

/** What a type of machine takes, as somebody measured it or read it from a data sheet. */
export interface MachineWatts {
  /** Machine name as the hosts' labels have it, such as `Artemis (Matlab)`. */
  readonly machine: string;
  /** Watts of one busy core and of one idle core. With a curve, of one core at 100% and at 0%. */
  readonly busyCore: Watts;
  readonly idleCore: Watts;
  /** Watts of a core by utilisation, from 0 to 1, never falling; `null` for a straight line. */
  readonly curve: readonly CurvePoint[] | null;
  /** Watts of all memory of a machine, whatever it does, and its cores, by which they are shared out. */
  readonly memory: { readonly watts: number; readonly cores: number } | null;
  /** Who measured it, or where it stands. */
  readonly source: string | null;
  /** The day of it, `YYYY-MM-DD`. */
  readonly date: string | null;
}

/** Where watts of machine types are kept: a file, a table. */
export interface MachineCatalogue {
  /** Names the catalogue in messages, such as a path. */
  readonly where: string;
  /** All machines that it knows, each once. */
  machines(options?: { readonly signal?: AbortSignal | undefined }): Promise<readonly MachineWatts[]>;
}

/** Refuses (code `bad-input`) no machines at all, watts that cannot be, and machines that are there twice. */
export function assertMachines(machines: readonly MachineWatts[], where: string): void {
  assertArgument("assertMachines", "machines", machines, LIST);
  if (machines.length === 0) throw badInput(`${where}: there are no machines in it`);
  const seen = new Map<string, string>();
  for (const entry of machines) {
    const fault = faultOf(entry);
    if (fault !== undefined) throw badInput(`${where}: ${JSON.stringify(entry.machine)}: ${fault}`);
    const key = plainName(entry.machine);
    const other = seen.get(key);
    if (other !== undefined) {
      const what = other === entry.machine ? "" : `, as ${JSON.stringify(other)}`;
      throw badInput(`${where}: ${JSON.stringify(entry.machine)} is there twice${what}; leave one of them`);
    }
    seen.set(key, entry.machine);
  }
}

function faultOf({ machine, busyCore, idleCore, curve, memory }: MachineWatts): string | undefined {
  if (machine.trim() === "") return "a machine needs a name";
  return (
    curveFault(curve) ??
    wattsFault("busy_watts", busyCore) ??
    wattsFault("idle_watts", idleCore) ??
    (memory === null ? undefined : memoryFault(memory))
  );
}

function wattsFault(name: string, { watts, low, high }: Watts): string | undefined {
  for (const value of [watts, low, high]) {
    const fault = value === null ? undefined : numberFault(name, value);
    if (fault !== undefined) return fault;
  }
  if (low !== null && low > watts) return `${name}_low is ${low}; it must be at most ${name}, ${watts}`;
  if (high !== null && high < watts) return `${name}_high is ${high}; it must be at least ${name}, ${watts}`;
  return undefined;
}

function numberFault(name: string, watts: number): string | undefined {
  if (!(Number.isFinite(watts) && watts >= 0))
    return `${name} is ${watts}; it must be watts of one core, not negative`;
  if (watts > MOST_CORE_WATTS)
    return `${name} is ${watts}; no core takes over ${MOST_CORE_WATTS} W: give watts of one core, not of the machine`;
  return undefined;
}

function curveFault(curve: MachineWatts["curve"]): string | undefined {
  if (curve === null) return undefined;
  const shape = "the curve must go from 0 to 100% with watts that never fall";
  if (curve.length < 2 || curve[0]?.utilisation !== 0 || curve.at(-1)?.utilisation !== 1) return shape;
  for (const [i, { utilisation, watts }] of curve.entries()) {
    const fault = numberFault("curve", watts);
    if (fault !== undefined) return fault;
    const before = curve[i - 1];
    if (before !== undefined && !(utilisation > before.utilisation && watts >= before.watts)) return shape;
  }
  return undefined;
}

function memoryFault({ watts, cores }: { watts: number; cores: number }): string | undefined {
  if (!(Number.isFinite(watts) && watts >= 0)) return `memory_watts is ${watts}; it must not be negative`;
  if (!(Number.isFinite(cores) && cores > 0))
    return `memory_watts needs the machine's cores, by which they are shared out; cores is ${cores}`;
  return numberFault("memory_watts for each of its cores", watts / cores);
}

/** A name without what people write differently: case, and spaces. */
export function plainName(machine: string): string {
  return machine.normalize("NFC").trim().replaceAll(/\s+/g, " ").toLowerCase();
}

/** What an argument must be that is such a catalogue. */
export const MACHINE_CATALOGUE: Rule = port("MachineCatalogue", ["machines"]);
