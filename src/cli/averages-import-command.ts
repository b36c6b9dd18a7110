import type { Command } from "commander";
import { machineMeans } from "../averages/machine-averages.js";
import { withCpuSeconds } from "../averages/with-cpu-seconds.js";
import type { AverageStore, MachineAverages } from "../stores/average-store.js";
import { badInput } from "../usage/errors.js";
import { AVERAGE_COLUMNS, AVERAGE_LEGEND } from "./audit-tables.js";
import { commandOf } from "./help.js";
import { EXIT, type ExitStatus, type Io } from "./io.js";
import { readInput } from "./read-input.js";
import { addFormatOptions, type FormatFlags, printResult } from "./result.js";
import { addStoreOptions, type StoreFlags, withStores } from "./stores.js";

interface ImportFlags extends StoreFlags, FormatFlags {}

/** `averages import FILE...`: averages that somebody has, put into the store as input. */
export function averagesImportCommand(program: Command, io: Io, end: (status: ExitStatus) => void): Command {
  const usage = "FILE... --out DIR [--format table|csv|json]";
  const command = commandOf(program, "import", usage, PAGE).argument("<file...>");
  return (
    addFormatOptions(addStoreOptions(command, io))
      // `averages` has the same flags, and takes them.
      .action(async (files: string[], _: ImportFlags, made: Command) =>
        end(await run(files, made.optsWithGlobals<ImportFlags>(), io)),
      )
  );
}

async function run(files: readonly string[], flags: ImportFlags, io: Io): Promise<ExitStatus> {
  const { parseGivenAverages } = await import("../timeseries/documents/given-averages.js");
  // All are read before any is stored: a file that is wrong leaves the store as it was.
  const found: { where: string; averages: MachineAverages }[] = [];
  for (const where of files)
    for (const averages of parseGivenAverages(await readInput(where, "averages"), where))
      found.push({ where, averages });
  assertDifferent(found);
  return withStores(
    flags,
    async (stores) => {
      // A job that writes now would put what it has read in the place of these.
      const unlock = await stores.usage.lock?.({ signal: io.signal });
      const given: MachineAverages[] = [];
      try {
        for (const { where, averages } of found)
          given.push(await complete(stores.averages, averages, where, io));
        await stores.averages.put(given, { signal: io.signal });
      } finally {
        await unlock?.();
      }
      const rows = given.map(machineMeans);
      const document = { imported: rows };
      printResult({ columns: AVERAGE_COLUMNS, rows, legend: [AVERAGE_LEGEND], document }, flags, io);
      return EXIT.ok;
    },
    { mayBegin: true },
  );
}

async function complete(
  store: AverageStore,
  averages: MachineAverages,
  where: string,
  io: Io,
): Promise<MachineAverages> {
  const complete = withCpuSeconds(averages, await store.get(averages.machine, { signal: io.signal }));
  if (complete !== undefined) {
    assertPlausible(complete, where);
    return complete;
  }
  throw badInput(
    `${where}: ${JSON.stringify(averages.machine)}: kWh a machine-hour say nothing of watts a CPU while no hours of that machine are stored; run sync for some first, or give watts with --machines`,
  );
}

function assertDifferent(found: readonly { where: string; averages: MachineAverages }[]): void {
  const whereOf = new Map<string, string>();
  for (const { where, averages } of found) {
    const other = whereOf.get(averages.machine);
    if (other !== undefined) {
      throw badInput(`${where}: ${JSON.stringify(averages.machine)} is in ${other} too; leave one of them`);
    }
    whereOf.set(averages.machine, where);
  }
}

/** No CPU takes more. */
const MOST_KW = 1;

function assertPlausible(averages: MachineAverages, where: string): void {
  const { machine, busyKwPerCpu, idleKwPerCpu } = machineMeans(averages);
  const kw = Math.max(busyKwPerCpu ?? 0, idleKwPerCpu ?? 0);
  if (kw <= MOST_KW) return;
  throw badInput(
    `${where}: ${JSON.stringify(machine)} would take ${(kw * 1000).toFixed(0)} W a CPU; no CPU takes over 1000 W: are its numbers kWh a machine-hour?`,
  );
}

const PAGE = {
  description: [
    "Puts averages that somebody has into the store: running-average or MachineMetrics documents, one a file or an array of them. They are input from then on: sync --model machine-average takes them before what it learns itself, and nothing changes or removes them.",
    "",
    "Documents say kWh a machine-hour. Where they do not say of how many CPU-seconds, those of the hours that are stored are taken.",
  ].join("\n"),
  examples: ["ada-carbon averages import muon.json --out carbon"],
};
