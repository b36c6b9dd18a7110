import { basisOfStored } from "../intensity/basis-of-source.js";
import type { SumColumn } from "../rows/host-columns.js";
import { totalShare } from "../rows/shares.js";
import type { Hour } from "../usage/hour.js";
import type { Provenance } from "../usage/provenance.js";
import { cpuSecondsAt, eachQuantity, numberAt, type Quantity, type UsageSeries } from "../usage/series.js";
import { sumOf } from "../usage/sum.js";
import type { MachineHour } from "./machine-averages.js";
import { MACHINE_AVERAGE } from "./model.js";

/** A machine-hour, and when it was. */
export interface DatedMachineHour extends MachineHour {
  readonly hour: Hour;
}

/**
 * The machine-hours in rows of kind `host`. Rows without energy are none, and neither are those whose energy
 * came from averages: they would confirm themselves.
 */
export function machineHours(hosts: readonly UsageSeries[]): DatedMachineHour[] {
  return hosts.flatMap((series) =>
    series.hours.flatMap((hour, i): DatedMachineHour[] => {
      const { host, model, spread = 0 } = series.provenance[i] ?? {};
      if (host === undefined || !counts(series, i, model)) return [];
      const { intensity = null } = series.provenance[i] ?? {};
      const basis = intensity === null ? undefined : basisOfStored(intensity);
      const byMachine = Map.groupBy(host.owners, ({ machine }) => machine);
      return [...byMachine].map(([machine, owners]) => {
        const use = cpuSecondsAt(series, i);
        const part = (name: SumColumn): number => totalShare(owners, name, use);
        const amounts = eachQuantity((name) => numberAt(series[name], i) * part(name));
        // What was spread over a gap is energy of the hour, too.
        const weight = numberAt(series.coverage, i) * part("observed") + spread * part("spread");
        return { machine, hour, weight, ...amounts, basis };
      });
    }),
  );
}

/** The machine names that {@link machineHours} of these rows has. */
export function machinesIn(hosts: readonly UsageSeries[]): Set<string> {
  const machines = new Set<string>();
  const seen = new Set<Provenance>();
  for (const series of hosts) {
    series.provenance.forEach((provenance, i) => {
      if (seen.has(provenance) || !counts(series, i, provenance.model)) return;
      seen.add(provenance);
      for (const { machine } of provenance.host?.owners ?? []) machines.add(machine);
    });
  }
  return machines;
}

/** What all hours of a machine add up to that averages are made of; missing numbers are in no sum. */
export function sumsOfMachine(rows: UsageSeries | undefined): Readonly<Record<Quantity, number>> {
  if (rows === undefined) return eachQuantity(() => 0);
  const counted = [...rows.hours.keys()].filter((i) => counts(rows, i, rows.provenance[i]?.model));
  return eachQuantity((name) =>
    sumOf(counted.map((i) => numberAt(rows[name], i)).filter((value) => !Number.isNaN(value))),
  );
}

function counts(series: UsageSeries, i: number, model: string | null | undefined): boolean {
  if (Number.isNaN(numberAt(series.busyKwh, i)) || model?.startsWith(MACHINE_AVERAGE) === true) return false;
  return numberAt(series.busyCpuSeconds, i) + numberAt(series.idleCpuSeconds, i) > 0;
}
