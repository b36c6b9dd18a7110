import type { CpuHours, CpuSlices, Host } from "../usage/cpu.js";
import { DAY_MS, HOUR_MS, type Interval } from "../usage/hour.js";
import { meetsRules, oneOf, optional, type Rule, type Rules } from "../usage/options.js";
import type { OwnerShare } from "../usage/provenance.js";
import { remembered } from "../usage/remembered.js";
import { numberAt } from "../usage/series.js";
import { type GroupOf, ownerByLabels, ownersByTenure } from "./owners.js";
import { type HolderShare, type OverlapPolicy, sharesOf } from "./shares.js";
import {
  assertTenure,
  holderKey,
  TENURE_SOURCE,
  type Tenure,
  TenureIndex,
  type TenureSource,
} from "./tenure.js";

/** Says whose the hours of hosts were. */
export interface Attribution {
  /** How that was found, for provenance: `labels`, or which tenures. */
  by(row: number, t: number): string;
  /** The owners of host `row` in hour `t` of the batch that it was made for; their shares sum to 1. */
  ownersOf(row: number, t: number): readonly OwnerShare[];
}

/** Hosts are those whom their labels name. */
export function byLabels(hosts: readonly Host[], groupOf: GroupOf): Attribution {
  const owners = hosts.map((host) => [ownerByLabels(host, groupOf)]);
  return { by: () => "labels", ownersOf: (row) => owners[row] ?? [] };
}

/** What tenures do not say. */
export interface TenureOptions {
  readonly source: TenureSource;
  /** Default `share`: who hold a host at the same time have equal parts of it. */
  readonly overlaps?: OverlapPolicy | undefined;
}

const TENURE_OPTIONS: Rules<TenureOptions> = {
  source: TENURE_SOURCE,
  overlaps: optional(oneOf(["share", "latest"])),
};

/** What an option must be that says by which tenures hours are attributed. */
export const TENURES: Rule = {
  allowed: "an object with source, a TenureSource, and perhaps overlaps, share or latest",
  holds: (value) => meetsRules(value, TENURE_OPTIONS),
};

/** Fetches busy and idle time in steps of minutes, where the source of CPU-seconds can. */
export type FetchSlices = (interval: Interval, instances: readonly string[]) => Promise<CpuSlices>;

/**
 * Users, groups and experiments are those who held the host by the tenures; project and machine are those of
 * its labels. An hour in which it changed hands is split by what was used in each part, if the slices can be
 * had, else by how long each held it of the time it was up. Time that nobody claims is `unattributed`.
 */
export async function byTenures(
  cpu: CpuHours,
  options: TenureOptions,
  groupOf: GroupOf,
  fetchSlices: FetchSlices | undefined,
  signal: AbortSignal | undefined,
): Promise<Attribution> {
  const { source, overlaps = "share" } = options;
  const span = { from: cpu.hours[0] ?? 0, to: (cpu.hours.at(-1) ?? 0) + HOUR_MS };
  const instances = [...new Set(cpu.hosts.map(addressOf))];
  const tenures = await source.tenures(span, instances, { signal });
  for (const tenure of tenures) assertTenure(tenure, source.id);
  const index = new TenureIndex(tenures);
  const count = cpu.hours.length;
  const owners = new Map<number, readonly OwnerShare[]>();
  const split: { row: number; t: number; time: Interval; held: readonly Tenure[] }[] = [];

  cpu.hosts.forEach((host, row) => {
    const held = index.of(addressOf(host));
    const whole = new Map<string, readonly OwnerShare[]>();
    for (let t = 0; t < count; t++) {
      const time = upTime(cpu, row * count + t, cpu.hours[t] ?? Number.NaN);
      const shares = sharesOf(time, held, overlaps);
      const [only] = shares;
      if (only === undefined || shares.length > 1) {
        split.push({ row, t, time, held });
        owners.set(row * count + t, ownersByTenure(host, groupOf, shares, shares));
        continue;
      }
      // One object for all the hours of one holder: provenance is kept in runs.
      const key = only.holder === null ? "" : holderKey(only.holder);
      const known = remembered(whole, key, () => ownersByTenure(host, groupOf, shares, shares));
      owners.set(row * count + t, known);
    }
  });

  if (fetchSlices !== undefined) {
    for (const day of Map.groupBy(split, ({ t }) => Math.floor((cpu.hours[t] ?? 0) / DAY_MS)).values()) {
      const hours = day.map(({ t }) => cpu.hours[t] ?? 0);
      const interval = { from: Math.min(...hours), to: Math.max(...hours) + HOUR_MS };
      const hosts = [...new Set(day.flatMap(({ row }) => cpu.hosts[row] ?? []).map(addressOf))];
      const slices = await fetchSlices(interval, hosts);
      for (const { row, t, time, held } of day) {
        const host = cpu.hosts[row];
        if (host === undefined) continue;
        const cell = row * count + t;
        const hour = {
          ...time,
          busy: numberAt(cpu.busyCpuSeconds, cell) || 0,
          idle: numberAt(cpu.idleCpuSeconds, cell) || 0,
        };
        const used = usedShares(slices, hosts.indexOf(addressOf(host)), hour, held, overlaps);
        owners.set(cell, ownersByTenure(host, groupOf, used.busy, used.idle));
      }
    }
  }
  return { by: () => `tenures of ${source.id}`, ownersOf: (row, t) => owners.get(row * count + t) ?? [] };
}

/** Tenures and sources know a host by its instance label. */
function addressOf({ instance, address = instance }: Host): string {
  return address;
}

/** The time the host was up in the hour; the hour itself where that is not known. */
function upTime(cpu: CpuHours, cell: number, hour: number): Interval {
  const [from, to] = [numberAt(cpu.upFrom, cell), numberAt(cpu.upTo, cell)];
  return Number.isNaN(from) || Number.isNaN(to) ? { from: hour, to: hour + HOUR_MS } : { from, to };
}

/**
 * Parts by what was used in each slice. What the hour has beyond that was spread over a gap that the slices do not see the
 * other side of: it is evenly divided over the time that they lack. Where they say nothing, by how long each held the host.
 */
function usedShares(
  slices: CpuSlices,
  row: number,
  hour: Interval & Record<"busy" | "idle", number>,
  held: readonly Tenure[],
  policy: OverlapPolicy,
): Record<"busy" | "idle", HolderShare[]> {
  const perMs = (hour.busy + hour.idle) / (hour.to - hour.from);
  const steps = Array.from({ length: slices.count }, (_, s) => {
    const from = Math.max(hour.from, slices.from + s * slices.stepMs);
    const to = Math.min(hour.to, slices.from + (s + 1) * slices.stepMs);
    const busy = numberAt(slices.busyCpuSeconds, row * slices.count + s) || 0;
    const idle = numberAt(slices.idleCpuSeconds, row * slices.count + s) || 0;
    return { from, to, busy, idle, lacking: Math.max(0, perMs * (to - from) - busy - idle) };
  }).filter(({ from, to }) => from < to);
  const sumOf = (of: "busy" | "idle" | "lacking"): number => steps.reduce((sum, step) => sum + step[of], 0);
  const lacking = sumOf("lacking");
  const rest = { busy: Math.max(0, hour.busy - sumOf("busy")), idle: Math.max(0, hour.idle - sumOf("idle")) };
  const usedIn = (step: (typeof steps)[number], of: "busy" | "idle"): number =>
    step[of] + (lacking > 0 ? (rest[of] * step.lacking) / lacking : 0);
  const parts = new Map<string, { holder: Tenure | null; busy: number; idle: number }>();
  const total = { busy: 0, idle: 0 };
  for (const step of steps) {
    const [busy, idle] = [usedIn(step, "busy"), usedIn(step, "idle")];
    total.busy += busy;
    total.idle += idle;
    for (const { holder, share } of sharesOf(step, held, policy)) {
      const key = holder === null ? "" : holderKey(holder);
      const part = remembered(parts, key, () => ({ holder, busy: 0, idle: 0 }));
      part.busy += busy * share;
      part.idle += idle * share;
    }
  }
  const shares = (of: "busy" | "idle"): HolderShare[] =>
    total[of] > 0
      ? [...parts.values()].map((part) => ({ holder: part.holder, share: part[of] / total[of] }))
      : sharesOf(hour, held, policy);
  return { busy: shares("busy"), idle: shares("idle") };
}
