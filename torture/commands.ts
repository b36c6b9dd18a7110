import { execFile } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { DAY_MS, HOUR_MS } from "ada-carbon";
import { serveSimulation, simulateCluster } from "ada-carbon/testing";

// Every command that writes, on a small cloud that is always the same.

const HERE = fileURLToPath(new URL(".", import.meta.url));
/** The command line as it was built. */
export const MAIN: string = join(HERE, "../dist/cli/main.js");
const FROM = Date.UTC(2025, 8, 10);
const HOURS = 8;
const hoursFrom = (count: number): string => new Date(FROM + count * HOUR_MS).toISOString();
const SPAN = ["--from", hoursFrom(0), "--to", hoursFrom(HOURS)];

/** A command, and what has to be stored before it. */
export interface Command {
  readonly name: string;
  readonly begins: "nothing" | "tables" | "hours";
  /** What Node is started with. After a kill: what the run that was killed has printed. */
  readonly argumentsFor: (store: string, printed: string) => string[];
}

export interface World {
  readonly commands: readonly Command[];
  /** Makes what is there before a command. */
  readonly prepare: (begins: "tables" | "hours", store: string) => Promise<void>;
  close(): Promise<void>;
}

const HOSTS = [
  ["a:9100", "IDAaaS", "Muon", "amara", 4],
  ["b:9100", "IDAaaS", "Muon", "bjorn", 2],
  ["c:9100", "CDAaaS", "Laser", "amara", 2],
  ["d:9100", "CDAaaS", "Laser", null, 2],
] as const;

/** @param folder Where files that commands read are put. */
export async function commandWorld(folder: string): Promise<World> {
  const always = [{ from: FROM - DAY_MS, to: Number.POSITIVE_INFINITY }];
  const hosts = HOSTS.map(([instance, project, machine, user, cores]) => {
    return { instance, project, machine, user, cores, incarnations: always };
  });
  const cluster = simulateCluster({ interval: { from: FROM, to: FROM + DAY_MS }, hosts });
  const server = await serveSimulation({ cluster, clock: Date.now });
  const sources = ["--prometheus", server.prometheusUrl, "--intensity", server.intensityUrl, "--quiet"];
  const cli = (command: string, store: string, ...more: string[]): string[] => {
    return [MAIN, ...command.split(" "), "--store", store, ...more];
  };
  const files = await inputFiles(folder, (store) => cli("sync", store, ...sources, ...SPAN));
  const half = ["--from", hoursFrom(0), "--to", hoursFrom(HOURS / 2)];
  const keepDays = (): string => String((Date.now() - (FROM + 3.5 * HOUR_MS)) / DAY_MS);
  const command = (
    name: string,
    begins: Command["begins"],
    argumentsFor: Command["argumentsFor"],
  ): Command => ({ name, begins, argumentsFor });
  return {
    commands: [
      command("sync", "hours", (store) => cli("sync", store, ...sources, ...SPAN)),
      command("restate", "hours", (store) =>
        cli("restate", store, ...half, "--tenures", files.tenures, "--busy-watts", "20"),
      ),
      command("prune", "hours", (store) => cli("prune", store, "--keep-days", keepDays(), "--yes")),
      command("migrate", "nothing", (store) => cli("migrate", store)),
      command("import", "tables", (store) => cli("import", store, ...files.parquet)),
      command("averages import", "hours", (store) => cli("averages import", store, files.averages)),
      command("forget", "hours", (store) => cli("forget", store, "--user", "amara", "--yes")),
      command("tracker", "tables", (store, printed) => [
        ...["--disable-warning=ExperimentalWarning", join(HERE, "tracker-child.ts"), store],
        /.*polled (\d+)/s.exec(printed)?.[1] ?? "0",
      ]),
    ],
    prepare: async (begins, store) => {
      await run(cli("migrate", store));
      if (begins === "hours") await run(cli("sync", store, ...sources, ...half));
    },
    close: () => server.close(),
  };
}

async function inputFiles(
  folder: string,
  sync: (store: string) => string[],
): Promise<{ tenures: string; averages: string; parquet: string[] }> {
  const [tenures, averages, exported] = ["t.csv", "a.json", "exported"].map((name) => join(folder, name));
  if (tenures === undefined || averages === undefined || exported === undefined) throw new Error("no names");
  await mkdir(folder, { recursive: true });
  await writeFile(
    tenures,
    `host,from,to,user\nb:9100,${hoursFrom(0.5)},${hoursFrom(2.25)},zoe\na:9100,${hoursFrom(1)},,zoe\n`,
  );
  const means = { busy: { average: 0.001 }, idle: { average: 0.006 } };
  const metrics = { energy_kwh: means, carbon_gCo2eq: { busy: { average: 8 }, idle: { average: 1.2 } } };
  await writeFile(averages, JSON.stringify({ machine_name: "Muon", metrics }));
  await run(sync(exported));
  const parquet = ["ada", "project/IDAaaS", "project/CDAaaS"].map((name) =>
    join(exported, `usage/${name}.parquet`),
  );
  return { tenures, averages, parquet };
}

/** Runs Node to the end; rejects with what it said if it fails. */
export async function run(given: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [...given]);
  return stdout;
}
