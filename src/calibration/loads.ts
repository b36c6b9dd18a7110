import { withoutPort } from "../attribution/tenure.js";
import type { MeterHours } from "../meters/meter.js";
import type { Hour } from "../usage/hour.js";
import { assertArgument, assertOptions, LIST, OBJECT, type Rules } from "../usage/options.js";
import { remembered } from "../usage/remembered.js";
import { numberAt, type UsageSeries } from "../usage/series.js";
import type { Status } from "../usage/status.js";

/** Core-hours of one type of machine in each hour. */
export interface MachineLoad {
  readonly machine: string;
  readonly busyCoreHours: Float64Array;
  readonly idleCoreHours: Float64Array;
}

/** What a meter measured, and the core-hours behind it, in the hours in which both are known. */
export interface MeteredLoad extends Omit<MeterHours, "hosts"> {
  readonly machines: readonly MachineLoad[];
}

/** What stored rows say of hosts: their own rows, and those of `ada`, which say of which hours all hosts are known. */
export interface StoredUsage {
  readonly ada: UsageSeries;
  readonly hosts: readonly UsageSeries[];
}

/** Of such an hour all that there was is known. */
const WHOLE: readonly Status[] = ["processed", "unprocessed", "fake"];

const STORED_USAGE: Rules<StoredUsage> = { ada: OBJECT, hosts: LIST };

/**
 * Joins meters with stored core-hours. An hour is left out if the meter has not got it, if it is not stored in full, or
 * if a host behind the meter is not: what is missing is not taken for idle.
 */
export function loadsBehind(
  meters: readonly MeterHours[],
  stored: StoredUsage,
): { readonly loads: readonly MeteredLoad[]; readonly findings: readonly string[] } {
  assertArgument("loadsBehind", "meters", meters, LIST);
  assertOptions("loadsBehind", stored, STORED_USAGE);
  const { ada, hosts } = stored;
  const known = new Set(ada.hours.filter((_, i) => WHOLE.includes(ada.status[i] ?? "not downloaded")));
  const joins = meters.map((meter) => new MeterJoin(meter, known));
  const joinsOf = Map.groupBy(
    joins.flatMap((join) => (join.hosts ?? []).map((host) => ({ join, host }))),
    ({ host }) => host,
  );
  const ofAll = joins.filter(({ hosts: named }) => named === null);
  const coreHours = { behind: 0, all: 0 };
  const found = new Set<string>();
  for (const series of hosts) {
    const host = withoutPort(series.scope.name);
    const behind = [...ofAll, ...(joinsOf.get(host) ?? []).map(({ join }) => join)];
    found.add(host);
    for (const join of behind) join.add(series);
    const own = totalCoreHours(series);
    coreHours.all += own;
    if (behind.length > 0) coreHours.behind += own;
  }
  const unknown = [...joinsOf.keys()].filter((host) => !found.has(host));
  return { loads: joins.map((join) => join.load()), findings: coverageFindings(coreHours, unknown) };
}

function coverageFindings(
  { behind, all }: { behind: number; all: number },
  unknown: readonly string[],
): string[] {
  const share = Math.round((100 * behind) / all);
  return [
    ...(all > 0 && share < 100 ? [`the meters have ${share}% of the stored core-hours behind them`] : []),
    ...(unknown.length > 0
      ? [
          `${unknown.length} hosts behind meters are not stored, such as ${unknown.slice(0, 3).join(", ")}: nothing says what they did`,
        ]
      : []),
  ];
}

function totalCoreHours(series: UsageSeries): number {
  return series.hours.reduce(
    (sum, _, i) =>
      sum + ((numberAt(series.busyCpuSeconds, i) || 0) + (numberAt(series.idleCpuSeconds, i) || 0)) / 3600,
    0,
  );
}

/** One part of a meter while the core-hours behind it are added up. */
class MeterJoin {
  readonly hosts: readonly string[] | null;
  readonly #meter: MeterHours;
  readonly #indexOf: ReadonlyMap<Hour, number>;
  readonly #usable: boolean[];
  readonly #machines = new Map<string, MachineLoad>();

  constructor(meter: MeterHours, known: ReadonlySet<Hour>) {
    this.hosts = meter.hosts === null ? null : [...new Set(meter.hosts.map(withoutPort))];
    this.#meter = meter;
    this.#indexOf = new Map(meter.hours.map((hour, i) => [hour, i]));
    this.#usable = meter.hours.map((hour, i) => known.has(hour) && !Number.isNaN(numberAt(meter.kwh, i)));
  }

  add(series: UsageSeries): void {
    series.hours.forEach((hour, i) => {
      const index = this.#indexOf.get(hour);
      if (index === undefined || this.#usable[index] === false) return;
      const owners = series.provenance[i]?.host?.owners ?? [];
      if (owners.length === 0 || !WHOLE.includes(series.status[i] ?? "not downloaded")) {
        this.#usable[index] = false;
        return;
      }
      for (const { machine, busyShare, idleShare } of owners) {
        const load = this.#loadOf(machine);
        addTo(load.busyCoreHours, index, (numberAt(series.busyCpuSeconds, i) * busyShare) / 3600);
        addTo(load.idleCoreHours, index, (numberAt(series.idleCpuSeconds, i) * idleShare) / 3600);
      }
    });
  }

  load(): MeteredLoad {
    const { meter, kind, spread, hours, kwh } = this.#meter;
    const rows = [...hours.keys()].filter((i) => this.#usable[i]);
    const picked = (column: Float64Array): Float64Array =>
      Float64Array.from(rows, (i) => numberAt(column, i));
    return {
      ...{ meter, kind, spread },
      hours: rows.flatMap((i) => hours[i] ?? []),
      kwh: picked(kwh),
      machines: [...this.#machines.values()].map(({ machine, busyCoreHours, idleCoreHours }) => ({
        machine,
        busyCoreHours: picked(busyCoreHours),
        idleCoreHours: picked(idleCoreHours),
      })),
    };
  }

  #loadOf(machine: string): MachineLoad {
    const column = (): Float64Array => new Float64Array(this.#meter.hours.length);
    const none = (): MachineLoad => ({ machine, busyCoreHours: column(), idleCoreHours: column() });
    return remembered(this.#machines, machine, none);
  }
}

function addTo(column: Float64Array, i: number, amount: number): void {
  column[i] = numberAt(column, i) + amount;
}
