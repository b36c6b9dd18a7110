import type { MachineMeans } from "../averages/machine-averages.js";
import type { HostContribution } from "../reports/explain.js";
import type { RestatedScope } from "../sync/changes.js";
import { busyAndIdle, type Quantities } from "../timeseries/rollup/bin.js";
import { formatScope } from "../usage/scope.js";
import { decimals, left, orDash, render, right } from "./render.js";

/** The hosts behind an hour: what each used in all, and the part of it that counts here. */
export function hostTable(hosts: readonly HostContribution[]): string[] {
  const rows = hosts.map((host) => [
    left(host.instance),
    left(host.labels.machine ?? "-"),
    right(decimals(host.expectedCpuSeconds / 3600, 2)),
    right(decimals(host.busyCpuSeconds, 1)),
    right(decimals(host.idleCpuSeconds, 1)),
    right(decimals(host.busyKwh, 6)),
    right(decimals(host.idleKwh, 6)),
    right(`${decimals(100 * host.busyShare, 1)}%`),
    right(`${decimals(100 * host.idleShare, 1)}%`),
    left(host.by),
  ]);
  const head = [
    "host",
    "machine",
    "CPUs",
    "busy CPU-s",
    "idle CPU-s",
    "busy kWh",
    "idle kWh",
    "busy part",
    "idle part",
    "by",
  ];
  return render(head, rows);
}

/** One row a machine. */
export function averageTable(means: readonly MachineMeans[]): string[] {
  const watts = (kw: number | null): string => orDash(kw, 2, 1000);
  const rows = means.map((mean) => [
    left(mean.machine),
    right(decimals(mean.hours, 0)),
    right(orDash(mean.busyKwh, 4)),
    right(orDash(mean.idleKwh, 4)),
    right(orDash(mean.busyGco2eq, 2)),
    right(orDash(mean.idleGco2eq, 2)),
    right(watts(mean.busyKwPerCpu)),
    right(watts(mean.idleKwPerCpu)),
  ]);
  const head = [
    "machine",
    "hours",
    "busy kWh/h",
    "idle kWh/h",
    "busy g/h",
    "idle g/h",
    "W/busy CPU",
    "W/idle CPU",
  ];
  return render(head, rows);
}

/** One row a scope, what it was and what it is. */
export function changeTable(changed: readonly RestatedScope[]): string[] {
  const rows = changed.map(({ scope, hours, before, after }) => {
    const kwh = (sums: Quantities): string => orDash(busyAndIdle(sums, "energy").total, 4);
    const grams = (sums: Quantities): string => orDash(busyAndIdle(sums, "carbon").total, 2);
    return [
      left(formatScope(scope)),
      right(String(hours)),
      right(kwh(before)),
      right(kwh(after)),
      right(grams(before)),
      right(grams(after)),
    ];
  });
  return render(["scope", "hours", "kWh before", "kWh now", "g before", "g now"], rows);
}
