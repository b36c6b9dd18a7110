import { Command } from "commander";
import { type MachineMeans, machineMeans } from "../averages/machine-averages.js";
import { AdaCarbonError } from "../usage/errors.js";
import { averageTable } from "./audit-tables.js";
import { manualPage } from "./help.js";
import { EXIT, type ExitStatus, type Io } from "./io.js";
import { printable } from "./printable.js";
import { addStoreOptions, openStores, type StoreFlags } from "./stores.js";

interface AveragesFlags extends StoreFlags {
  readonly machine?: string;
  readonly json?: true;
}

export function averagesCommand(program: Command, io: Io, end: (status: ExitStatus) => void): Command {
  const command = new Command("averages")
    .copyInheritedSettings(program)
    .usage("--out DIR [--machine NAME] [--json]")
    .helpOption("-h, --help", "print this page")
    .configureHelp({ formatHelp: manualPage(PAGE) });
  return addStoreOptions(command, io)
    .option("--machine <name>", "only this machine")
    .option("--json", "print JSON")
    .action(async (flags: AveragesFlags) => end(await run(flags, io)));
}

async function run(flags: AveragesFlags, io: Io): Promise<ExitStatus> {
  const stores = await openStores(flags);
  try {
    const call = { signal: io.signal };
    const machines = await stores.averages.list(call);
    const wanted = flags.machine === undefined ? machines : machines.filter((name) => name === flags.machine);
    if (wanted.length === 0) throw nothing(flags, machines, stores.where);
    const means: MachineMeans[] = [];
    for (const machine of wanted) {
      const averages = await stores.averages.get(machine, call);
      if (averages !== undefined) means.push(machineMeans(averages));
    }
    io.stdout.write(
      flags.json === true ? `${JSON.stringify({ averages: means }, null, 2)}\n` : `${averageTable(means)}\n`,
    );
    return EXIT.ok;
  } finally {
    await stores.close();
  }
}

function nothing({ machine }: AveragesFlags, machines: readonly string[], where: string): AdaCarbonError {
  if (machines.length === 0)
    return new AdaCarbonError("no-data", `${where}: no averages are kept; run ada-carbon sync`);
  const known = machines.slice(0, 12).map(printable).join(", ");
  return new AdaCarbonError(
    "no-data",
    `${where}: no averages of ${JSON.stringify(machine)}; there are those of ${known}`,
  );
}

const PAGE = {
  description:
    "Means over all stored machine-hours: an hour of one host of that name, weighted by how much of it was observed. W a CPU is what a machine-average model multiplies CPU-seconds with.",
  sections: [
    { title: "EXAMPLES", body: "    ada-carbon averages --out carbon --machine 'Artemis (Matlab)' --json" },
  ],
};
