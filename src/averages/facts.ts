import { sumOfShares, timeShare } from "../rows/time-share.js";
import type { Hour } from "../usage/hour.js";
import { at, type UsageSeries } from "../usage/series.js";
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
      // What was spread over a gap is energy of the hour, too.
      const coverage = at(series.coverage, i) + spread;
      if (host === undefined || !counts(series, i, model)) return [];
      const byMachine = Map.groupBy(host.owners, ({ machine }) => machine);
      return [...byMachine].map(([machine, owners]) => {
        const shares = sumOfShares(owners);
        const { busyShare: busy, idleShare: idle } = shares;
        const [busyCpuSeconds, idleCpuSeconds] = [at(series.busyCpuSeconds, i), at(series.idleCpuSeconds, i)];
        return {
          machine,
          hour,
          weight: coverage * timeShare({ busyCpuSeconds, idleCpuSeconds }, shares),
          busyCpuSeconds: busyCpuSeconds * busy,
          idleCpuSeconds: idleCpuSeconds * idle,
          busyKwh: at(series.busyKwh, i) * busy,
          idleKwh: at(series.idleKwh, i) * idle,
          busyGco2eq: at(series.busyGco2eq, i) * busy,
          idleGco2eq: at(series.idleGco2eq, i) * idle,
        };
      });
    }),
  );
}

function counts(series: UsageSeries, i: number, model: string | null | undefined): boolean {
  if (Number.isNaN(at(series.busyKwh, i)) || model?.startsWith(MACHINE_AVERAGE) === true) return false;
  return at(series.busyCpuSeconds, i) + at(series.idleCpuSeconds, i) > 0;
}
