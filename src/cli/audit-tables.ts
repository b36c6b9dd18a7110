import type { MachineMeans } from "../averages/machine-averages.js";
import type { RestatedScope } from "../sync/changes.js";
import type { HostContribution } from "../sync/explain.js";
import { formatScope } from "../usage/scope.js";
import { decimals, left, render, right } from "./render.js";

const orDash = (value: number | null, digits: number): string =>
  value === null ? "-" : decimals(value, digits);

/** The hosts behind an hour: what each used in all, and the part of it that counts here. */
export function hostTable(hosts: readonly HostContribution[]): string {
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
export function averageTable(means: readonly MachineMeans[]): string {
  const watts = (kw: number | null): string => orDash(kw === null ? null : kw * 1000, 2);
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
export function changeTable(changed: readonly RestatedScope[]): string {
  const rows = changed.map(({ scope, hours, before, after }) => {
    const kwh = (of: RestatedScope["before"]): number => of.busyKwh + of.idleKwh;
    const grams = (of: RestatedScope["before"]): number => of.busyGco2eq + of.idleGco2eq;
    return [
      left(formatScope(scope)),
      right(String(hours)),
      right(decimals(kwh(before), 4)),
      right(decimals(kwh(after), 4)),
      right(decimals(grams(before), 2)),
      right(decimals(grams(after), 2)),
    ];
  });
  return render(["scope", "hours", "kWh before", "kWh now", "g before", "g now"], rows);
}
