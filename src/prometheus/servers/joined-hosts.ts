import type { CpuHours, Finding, Host } from "../../usage/cpu.js";
import { type FinishedHour, spanText } from "../../usage/hour.js";
import { HourColumns } from "../hours/hour-columns.js";
import {
  type AnsweredHours,
  agree,
  cellOf,
  countedSources,
  type MachineRow,
  type Sighting,
  sightingsOf,
  unseenTime,
} from "./seen-twice.js";

/** A machine, as one source or several have it. */
interface Machine {
  readonly name: string;
  /** Its instance label, where that is not its name. */
  readonly address: string | undefined;
  readonly rows: readonly MachineRow[];
  readonly sources: readonly AnsweredHours[];
  /** Who saw it, hour by hour; empty of a machine of one source. */
  readonly sightings: readonly (readonly Sighting[])[];
  /** Whether what its sources say of it cannot be of one machine. */
  readonly isDoubtful: boolean;
}

/**
 * The hosts of all sources as one table. A machine that several of them saw, by its instance label, is counted once: in
 * each hour by the source that observed most of it, the first of them where they are equal, and with the labels of that
 * one. Where they saw it one after the other, both count. Rows of owners have no hosts, and are added up.
 *
 * @param said Machines of which it was said already that several sources see them; more are added.
 */
export function joinedHosts(
  hours: readonly FinishedHour[],
  parts: readonly AnsweredHours[],
  said: Set<string>,
): Pick<CpuHours, "hosts" | "notes" | "findings"> & HourColumns["columns"] {
  const machines = machinesOf(parts, hours);
  const targets = new TargetRows();
  const rows = machines.flatMap((machine) =>
    machine.rows.map((row) => ({ machine, row, target: targets.of(labelsOf(machine, row.host)) })),
  );
  const cells = new HourColumns(targets.hosts.length, hours);
  const counted = new Map(machines.map(({ name, sightings }) => [name, sightings.map(countedSources)]));
  for (const { machine, row, target } of rows) {
    const sourcesOfHours = counted.get(machine.name) ?? [];
    for (const [t, hour] of hours.entries()) {
      const sources = sourcesOfHours[t];
      // Of an hour in which none saw it, each may have said that more can come.
      if (sources !== undefined && sources.size > 0 && !sources.has(row.of)) continue;
      cells.addHour(target, t, row.of.batch, cellOf(row, t));
      const sightings = machine.sightings[t] ?? [];
      if (machine.isDoubtful && sightings.length > 1) cells.mark("doubted", target, t);
      const [first] = sources ?? [];
      if (
        sources === undefined ||
        row !== machine.rows.find((counted) => counted.of === first && hasHour(counted, t))
      )
        continue;
      const unseen = unseenTime([sightings, machine.sightings[t + 1] ?? []], sources, hour);
      if (unseen !== undefined) cells.addUnknown(target, t, unseen);
    }
  }
  const findings = [...describeShared(machines, said), ...describeDoubtful(machines, hours)];
  return { hosts: targets.hosts, ...cells.columns, notes: cells.notes, findings };
}

function hasHour(row: MachineRow, t: number): boolean {
  return (row.of.batch.expectedCpuSeconds[cellOf(row, t)] as number) > 0;
}

/** Rows of all sources by the machine that they are of. Two machines of one address are told apart by their projects. */
function machinesOf(parts: readonly AnsweredHours[], hours: readonly FinishedHour[]): Machine[] {
  const rows = parts.flatMap((of) => of.batch.hosts.map((host, row): MachineRow => ({ of, row, host })));
  const byAddress = Map.groupBy(rows, ({ host: { instance, address = instance } }) => address);
  return [...byAddress].flatMap(([address, own]) => {
    if (address === "") return own.map((row) => machineOf("", undefined, [row], hours));
    const whole = machineOf(address, undefined, own, hours);
    const byProject = Map.groupBy(own, ({ host }) => host.project);
    const areSeveral =
      own.some(({ host }) => host.address !== undefined) || (byProject.size > 1 && whole.isDoubtful);
    if (!areSeveral) return [whole];
    return [...byProject].map(([project, ofProject]) =>
      machineOf(`${address} (${project})`, address, ofProject, hours),
    );
  });
}

function machineOf(
  name: string,
  address: string | undefined,
  rows: readonly MachineRow[],
  hours: readonly FinishedHour[],
): Machine {
  const sources = [...new Set(rows.map(({ of }) => of))];
  const sightings = sources.length > 1 ? hours.map((hour, t) => sightingsOf(rows, hour, t)) : [];
  return { name, address, rows, sources, sightings, isDoubtful: !agree(sightings) };
}

function labelsOf({ name, address }: Machine, { project, machine, user }: Host): Host {
  return { instance: name, ...(address === undefined ? {} : { address }), project, machine, user };
}

/** A row for each set of labels. */
class TargetRows {
  readonly hosts: Host[] = [];
  readonly #rows = new Map<string, number>();

  of(host: Host): number {
    const key = JSON.stringify([host.instance, host.project, host.machine, host.user]);
    const known = this.#rows.get(key);
    if (known !== undefined) return known;
    this.#rows.set(key, this.hosts.length);
    this.hosts.push(host);
    return this.hosts.length - 1;
  }
}

const MOST_NAMES = 5;

function describeShared(machines: readonly Machine[], said: Set<string>): Finding[] {
  const shared = machines.filter(({ sources, name }) => sources.length > 1 && !said.has(name));
  for (const { name } of shared) said.add(name);
  return [...Map.groupBy(shared, sourcesText)].map(([sources, seen]) => ({
    kind: "identity",
    message: `${listed(seen.map(({ name }) => name))}: seen by ${sources}, and counted once, in each hour by the one that observed more of it`,
  }));
}

function describeDoubtful(machines: readonly Machine[], hours: readonly FinishedHour[]): Finding[] {
  const doubtful = machines.filter(({ isDoubtful }) => isDoubtful);
  if (doubtful.length === 0) return [];
  const span = spanText(hours);
  return [...Map.groupBy(doubtful, sourcesText)].map(([sources, seen]) => ({
    kind: "identity",
    message: `${listed(seen.map(({ name }) => name))}: ${sources} do not agree on the CPU-seconds of ${span}, so these are not relied on; if they are two machines, give each an instance label of its own`,
  }));
}

function sourcesText({ sources }: Machine): string {
  return sources.map(({ name }) => name).join(" and ");
}

function listed(names: readonly string[]): string {
  const more = names.length - MOST_NAMES;
  return `${names.slice(0, MOST_NAMES).join(", ")}${more > 0 ? ` and ${more} others` : ""}`;
}
