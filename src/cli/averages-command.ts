import type { Command } from "commander";
import { isLearnt, type MachineMeans, machineMeans } from "../averages/machine-averages.js";
import { summedBases } from "../intensity/gram-bases.js";
import type { MachineAverages } from "../stores/average-store.js";
import { AdaCarbonError, badInput } from "../usage/errors.js";
import { didYouMean, nearestFirst } from "../usage/nearest-name.js";
import { AVERAGE_COLUMNS, AVERAGE_LEGEND } from "./audit-tables.js";
import { averagesImportCommand } from "./averages-import-command.js";
import { commandOf } from "./help.js";
import { EXIT, type ExitStatus, type Io } from "./io.js";
import { addFormatOptions, type FormatFlags, printResult } from "./result.js";
import { addStoreOptions, type StoreFlags, withStores } from "./stores.js";
import { basisLegend } from "./table.js";

interface AveragesFlags extends StoreFlags, FormatFlags {
  readonly machine?: string;
}

export function averagesCommand(program: Command, io: Io, end: (status: ExitStatus) => void): Command {
  const usage = "--out DIR [--machine NAME] [--format table|csv|json]\nimport FILE... --out DIR";
  const command = commandOf(program, "averages", usage, PAGE);
  command.addCommand(averagesImportCommand(program, io, end));
  addStoreOptions(command, io).option("--machine <name>", "only this machine");
  return addFormatOptions(command).action(async (flags: AveragesFlags) => end(await run(flags, io)));
}

async function run(flags: AveragesFlags, io: Io): Promise<ExitStatus> {
  return withStores(flags, async (stores) => {
    const call = { signal: io.signal };
    const machines = await stores.averages.list(call);
    const wanted = flags.machine === undefined ? machines : machines.filter((name) => name === flags.machine);
    if (wanted.length === 0) throw nothing(flags, machines, stores.where);
    const kept: MachineAverages[] = [];
    for (const machine of wanted) {
      const averages = await stores.averages.get(machine, call);
      if (averages !== undefined && (averages.hours > 0 || flags.machine !== undefined)) kept.push(averages);
    }
    const rows = kept.map(meansOf);
    const document = await documentOf(kept);
    printResult(
      {
        columns: AVERAGE_COLUMNS,
        rows,
        legend: [AVERAGE_LEGEND, ...basisLegend([summedBases(rows)])],
        document,
      },
      flags,
      io,
    );
    return EXIT.ok;
  });
}

interface ShownMeans extends MachineMeans {
  readonly origin: "given" | "learnt";
}

function meansOf(averages: MachineAverages): ShownMeans {
  return { ...machineMeans(averages), origin: isLearnt(averages) ? "learnt" : "given" };
}

/** The means, and the two documents of each machine. */
async function documentOf(kept: readonly MachineAverages[]): Promise<object> {
  const { formatMachineMetrics, formatRunningAverages } = await import("../timeseries/documents/averages.js");
  const documents = kept.map((averages) => {
    const { machine, hours, busyKwh, idleKwh, busyGco2eq, idleGco2eq } = machineMeans(averages);
    const dataPoints = busyGco2eq === null ? 0 : averages.hoursWithCarbon;
    return {
      running: formatRunningAverages({
        machine,
        busyKwh: { dataPoints: busyKwh === null ? 0 : hours, average: busyKwh },
        idleKwh: { dataPoints: idleKwh === null ? 0 : hours, average: idleKwh },
        gco2eq: { dataPoints, busy: busyGco2eq, idle: idleGco2eq },
      }),
      // The document has no way to say that there is none.
      metrics:
        busyKwh === null || idleKwh === null || busyGco2eq === null || idleGco2eq === null
          ? []
          : [formatMachineMetrics({ machine, busyKwh, idleKwh, busyGco2eq, idleGco2eq })],
    };
  });
  return {
    averages: kept.map(meansOf),
    runningAverages: documents.map(({ running }) => running),
    machineMetrics: documents.flatMap(({ metrics }) => metrics),
  };
}

function nothing(
  { machine = "" }: AveragesFlags,
  machines: readonly string[],
  where: string,
): AdaCarbonError {
  if (machines.length === 0)
    return new AdaCarbonError("no-data", `${where}: no averages are kept; run ada-carbon sync`);
  const known = nearestFirst(machine, machines).slice(0, 12).join(", ");
  return badInput(
    `${where}: no averages of ${JSON.stringify(machine)}; there are those of ${known}${didYouMean(machine, machines)}`,
  );
}

const PAGE = {
  description:
    "Means over all stored machine-hours: an hour of one host of that name, weighted by how much of it was observed. W a CPU is what a machine-average model multiplies CPU-seconds with. Averages that somebody gave (averages import) are input; those that are learnt follow the stored hours, and keep what pruned hours have taught. --json has the running-average and MachineMetrics documents, too.",
  incomplete: "no averages are kept yet",
  examples: ["ada-carbon averages --out carbon --machine 'Artemis (Matlab)' --json"],
};
