import * as z from "zod";
import { averageSums } from "../../stores/assert-averages.js";
import type { AverageSums, MachineAverages, RunningSum } from "../../stores/average-store.js";
import { badInput } from "../../usage/errors.js";
import { parseMachineMetrics, parseRunningAverages, type RunningAverages } from "./averages.js";
import { SUM_NAMES } from "./day-entry-shape.js";
import { parseLenientJson } from "./lenient-json.js";

/**
 * Averages from a text with a running-average or a `MachineMetrics` document, or an array of them. Documents that this
 * library wrote have the exact sums, CPU-seconds included; of others they are not known, and 0.
 *
 * @param where Names the text in errors, such as a path.
 * @throws {AdaCarbonError} `bad-input` with what is wrong and where.
 *
 * @example
 * import assert from "node:assert/strict";
 * import { parseGivenAverages } from "ada-carbon/timeseries";
 *
 * const [muon] = parseGivenAverages(JSON.stringify({
 *   machine_name: "Muon",
 *   metrics: {
 *     energy_kwh: { busy: { average: 0.04 }, idle: { average: 0.002 } },
 *     carbon_gCo2eq: { busy: { average: 8 }, idle: { average: 0.4 } },
 *   },
 * }), "muon.json");
 * assert.equal(muon?.busyKwh.sum, 0.04);
 */
export function parseGivenAverages(content: string, where: string): MachineAverages[] {
  const document = parseLenientJson(content, where);
  if (!Array.isArray(document)) return [averagesOf(document, where)];
  return document.map((entry: unknown, i) => averagesOf(entry, `${where}: entry ${i + 1}`));
}

const runningSum = z.object({ sum: z.number(), lost: z.number() });
/** The exact sums in documents of this library, under the names that files and MongoDB have for them. */
const ownSums = z.object({
  ada_carbon: z
    .object({ hours: z.number() })
    .catchall(z.union([z.number(), runningSum, z.record(z.string(), z.unknown())])),
});
const counted = z.object({
  metrics: z.object({ energy_kwh: z.object({ busy: z.object({ running_average: z.unknown() }) }) }),
});

function averagesOf(entry: unknown, where: string): MachineAverages {
  if (!counted.safeParse(entry).success) return fromMetrics(entry, where);
  const running = parseRunningAverages(entry, where);
  const own = ownSums.safeParse(entry);
  const sums = own.success ? exactSums(own.data.ada_carbon, where) : sumsOf(running);
  return { machine: running.machine, ...sums };
}

/** The document has no count: its means are taken as of one hour. */
function fromMetrics(entry: unknown, where: string): MachineAverages {
  const { machine, busyKwh, idleKwh, busyGco2eq, idleGco2eq } = parseMachineMetrics(entry, where);
  const hour = { dataPoints: 1 };
  return {
    machine,
    ...sumsOf({
      machine,
      busyKwh: { ...hour, average: busyKwh },
      idleKwh: { ...hour, average: idleKwh },
      gco2eq: { ...hour, busy: busyGco2eq, idle: idleGco2eq },
    }),
  };
}

function sumsOf({ busyKwh, idleKwh, gco2eq }: RunningAverages): AverageSums {
  const counts = { hours: busyKwh.dataPoints, hoursWithCarbon: gco2eq.dataPoints };
  const values: Partial<Record<string, number>> = {
    weight: counts.hours,
    weightWithCarbon: counts.hoursWithCarbon,
    busyKwh: (busyKwh.average ?? 0) * counts.hours,
    idleKwh: (idleKwh.average ?? 0) * counts.hours,
    busyGco2eq: (gco2eq.busy ?? 0) * counts.hoursWithCarbon,
    idleGco2eq: (gco2eq.idle ?? 0) * counts.hoursWithCarbon,
  };
  return averageSums(counts, (name) => ({ sum: values[name] ?? 0, lost: 0 }));
}

function exactSums(own: Readonly<Record<string, unknown>>, where: string): AverageSums {
  // Documents of MongoDB have the library's own names.
  const memberOf = (name: keyof AverageSums): unknown => own[name] ?? own[SUM_NAMES[name]];
  const refuse = (name: string): never => {
    throw badInput(`${where}: ada_carbon.${name} is missing or not a number`);
  };
  const count = (name: "hours" | "hoursWithCarbon"): number => {
    const value = memberOf(name);
    return typeof value === "number" ? value : refuse(name);
  };
  const counts = { hours: count("hours"), hoursWithCarbon: count("hoursWithCarbon") };
  return averageSums(counts, (name): RunningSum => {
    const sum = runningSum.safeParse(memberOf(name));
    return sum.success ? sum.data : refuse(name);
  });
}
