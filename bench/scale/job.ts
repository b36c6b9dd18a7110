import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { runSync } from "ada-carbon";
import { fileAverageStore, fileUsageStore } from "ada-carbon/files";
import { postgresStores } from "ada-carbon/postgres";
import { prometheusCpuSource } from "ada-carbon/prometheus";
import { peakFromNow } from "../peak.ts";

// node bench/scale/job.ts PROMETHEUS MONTHS PLACE: the main job with hosts and averages, as `ada-carbon sync` runs it,
// into a folder or a PostgreSQL database; says what it took.

/** What a run took. */
export interface Took {
  readonly seconds: number;
  /** Of this process: neither the replayed server nor PostgreSQL is in it. */
  readonly cpuSeconds: number;
  readonly peakMb: number;
  /** Of the folder; `null` of a database. */
  readonly storedMb: number | null;
}

const [, , url = "", months = "12", place = ""] = process.argv;
const interval = { from: Date.UTC(2025, 0), to: Date.UTC(2025, Number(months)) };
const hours = (interval.to - interval.from) / 3_600_000;
const isDatabase = place.startsWith("postgres");

const peak = peakFromNow();
const begin = performance.now();
const stores = isDatabase
  ? postgresStores({ url: place })
  : { usage: fileUsageStore(place), averages: fileAverageStore(place) };
const took = (): Took => {
  const { userCPUTime, systemCPUTime } = process.resourceUsage();
  return {
    seconds: (performance.now() - begin) / 1000,
    cpuSeconds: (userCPUTime + systemCPUTime) / 1e6,
    peakMb: peak() / 2 ** 20,
    storedMb: isDatabase ? null : megabytesBelow(place),
  };
};
let toldMonth = 0;
const report = await runSync(
  {
    cpu: prometheusCpuSource({ url }),
    intensity: {
      id: "bench",
      hasActual: true,
      periods: async (wanted) => [
        { ...wanted, gco2eqPerKwh: 123, kind: "actual", fetchedAt: Date.UTC(2026, 5, 1) },
      ],
    },
    store: stores.usage,
    averages: stores.averages,
    interval,
    hosts: true,
    clock: () => Date.UTC(2026, 5, 1) + performance.now(),
  },
  (event) => {
    if (event.type !== "progress") return;
    const month = new Date(interval.from + event.done * 3_600_000).getUTCMonth();
    if (month === toldMonth) return;
    toldMonth = month;
    const { cpuSeconds, peakMb } = took();
    console.error(
      `month ${month} done: ${cpuSeconds.toFixed(0)} s of a processor, peak ${peakMb.toFixed(0)} MB`,
    );
  },
);
await stores.usage.close?.();
await stores.averages.close();
if (report.statuses.processed !== hours)
  throw new Error(`not every hour: ${JSON.stringify(report.statuses)}`);
// What is still on its way when the channel is closed is lost.
process.send?.(took(), () => process.disconnect?.());

function megabytesBelow(folder: string): number {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).map((name) =>
    statSync(join(folder, name)),
  );
  return files.reduce((sum, file) => sum + (file.isFile() ? file.size : 0), 0) / 2 ** 20;
}
