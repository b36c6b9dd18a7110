import type { MachineMeans } from "../averages/machine-averages.js";
import type { HostContribution } from "../reports/explain.js";
import type { RestatedScope } from "../sync/changes.js";
import { busyAndIdle } from "../timeseries/rollup/bin.js";
import { formatScope } from "../usage/scope.js";
import { percent } from "./render.js";
import { type Column, extra, numbers } from "./result.js";
import { BASIS_COLUMN } from "./table.js";

/** The hosts behind an hour: what each used in all, and the part of it that counts here. */
export const HOST_COLUMNS: readonly Column<HostContribution>[] = [
  { head: "host", name: "host", value: (host) => host.instance },
  {
    head: "machine",
    name: "machine",
    value: (host) => host.labels.machine ?? null,
    align: "left",
    isExtra: true,
  },
  extra(
    numbers<HostContribution>("CPUs", "expectedCpuSeconds", 2, (host) => host.expectedCpuSeconds, 1 / 3600),
  ),
  extra(numbers("busy CPU-s", "busyCpuSeconds", 1, (host) => host.busyCpuSeconds)),
  extra(numbers("idle CPU-s", "idleCpuSeconds", 1, (host) => host.idleCpuSeconds)),
  numbers("busy kWh", "busyKwh", 6, (host) => host.busyKwh),
  numbers("idle kWh", "idleKwh", 6, (host) => host.idleKwh),
  share("busy part", "busyShare", (host) => host.busyShare),
  share("idle part", "idleShare", (host) => host.idleShare),
  { head: "by", name: "by", value: (host) => host.by, align: "left", isExtra: true },
];

export const HOST_LEGEND =
  "kWh: of all of the host; parts: how much of it counts here. by: what says whose it is. CPUs: those expected, in hours of one.";

function share(
  head: string,
  name: string,
  value: (host: HostContribution) => number,
): Column<HostContribution> {
  return { head, name, value, text: (host) => percent(value(host)) };
}

/** The means of machines. */
export const AVERAGE_COLUMNS: readonly Column<MachineMeans>[] = [
  { head: "machine", name: "machine", value: (mean) => mean.machine },
  numbers("hours", "hours", 0, (mean) => mean.hours),
  numbers("busy kWh/h", "busyKwh", 4, (mean) => mean.busyKwh),
  numbers("idle kWh/h", "idleKwh", 4, (mean) => mean.idleKwh),
  extra(numbers("busy g/h", "busyGco2eq", 2, (mean) => mean.busyGco2eq)),
  extra(numbers("idle g/h", "idleGco2eq", 2, (mean) => mean.idleGco2eq)),
  numbers("W/busy CPU", "busyKwPerCpu", 2, (mean) => mean.busyKwPerCpu, 1000),
  numbers("W/idle CPU", "idleKwPerCpu", 2, (mean) => mean.idleKwPerCpu, 1000),
  BASIS_COLUMN,
];

export const AVERAGE_LEGEND =
  "hours: machine-hours, each of one host of that name. /h: in an hour of one such machine. -: not known.";

/** A scope, what it was and what it is. */
export const CHANGE_COLUMNS: readonly Column<RestatedScope>[] = [
  { head: "scope", name: "scope", value: ({ scope }) => formatScope(scope) },
  extra(numbers<RestatedScope>("hours", "hours", 0, ({ hours }) => hours)),
  numbers("kWh before", "kwhBefore", 4, ({ before }) => busyAndIdle(before, "energy").total),
  numbers("kWh now", "kwhNow", 4, ({ after }) => busyAndIdle(after, "energy").total),
  numbers("g before", "gco2eqBefore", 2, ({ before }) => busyAndIdle(before, "carbon").total),
  numbers("g now", "gco2eqNow", 2, ({ after }) => busyAndIdle(after, "carbon").total),
];

/** The same with market-based grams. */
export const MARKET_CHANGE_COLUMNS: readonly Column<RestatedScope>[] = [
  ...CHANGE_COLUMNS,
  numbers("g (market) before", "marketGco2eqBefore", 2, ({ marketGco2eq }) => marketGco2eq?.before ?? null),
  numbers("g (market) now", "marketGco2eqNow", 2, ({ marketGco2eq }) => marketGco2eq?.after ?? null),
];

export const CHANGE_LEGEND = "kWh and g (gCO2eq): busy and idle cores together. -: not known.";
