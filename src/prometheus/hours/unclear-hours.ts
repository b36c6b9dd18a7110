import type { Finding } from "../../usage/cpu.js";
import { type FinishedHour, formatInstant, HOUR_MS, type Interval, overlaps } from "../../usage/hour.js";
import type { HostServer } from "../client/host-server.js";
import type { HostTable } from "../client/hosts.js";
import { lastScrapeAt, type Machine } from "../scrapes/machines.js";
import { EDGE_SCRAPES, type MachineUse, measureMachine } from "../scrapes/measure-machine.js";
import type { ChunkRequest } from "./chunk-edges.js";
import type { GroupHours } from "./clean-hours.js";
import { describeOddities, describeUnclear, doubleFinding } from "./findings.js";
import type { HourColumns } from "./hour-columns.js";
import { SIGHT_MS } from "./out-of-sight.js";
import { eachMachineOnce, type ScrapedGroup } from "./scraped-group.js";
import { Silences, wasScrapedBefore } from "./silences.js";
import { twinsOfGroups } from "./twins.js";
import { type ChunkHosts, readUnclear } from "./unclear-scrapes.js";

/** What raw samples say of the hours that edges do not tell. */
interface UnclearHours {
  /** Puts it into the columns of the chunk. */
  fill(cells: HourColumns): void;
  readonly findings: readonly Finding[];
  readonly warnings: readonly string[];
  /** Instance labels that two machines had at once. */
  readonly shared: readonly string[];
  /** Instances that turned out to be one machine, and were measured as two: to be measured again as one. */
  readonly twins: readonly (readonly [instance: string, other: string])[];
  /** Hours before the chunk that a gap reaches into. */
  readonly reopened: readonly FinishedHour[];
  /** Whether anything was heard of any host after the end of an hour. */
  isHeardBeyond(hour: number): boolean;
}

/** One machine in the hours of an instance that were unclear. */
interface MeasuredMachine {
  readonly of: GroupHours;
  readonly machine: Machine;
  readonly measured: MachineUse;
  /** Whether nothing has been heard of it since, and it may still come. */
  readonly mayComeYet: boolean;
  /** The time after its last scrape in which nobody knows whether it was up. UTC milliseconds. */
  readonly unknown: Interval;
}

/** Reads and measures the raw samples of the hosts and hours to which something happened. */
export async function measureUnclear(
  server: HostServer,
  { hours, now, modes, graceMs }: ChunkRequest,
  known: ChunkHosts,
): Promise<UnclearHours> {
  const { hosts } = known;
  const span = { from: hours[0] ?? Number.NaN, to: (hours[0] ?? Number.NaN) + hours.length * HOUR_MS };
  const { scraped, split, warnings } = await readUnclear(server, known, span, now);
  const { twinOf, warnings: twinWarnings } = await twinsOfGroups(server, known, scraped, span);
  const silences = new Silences(server, known, span, { graceMs, now }, scraped);
  const silenceWarnings = await silences.listen(scraped);

  const bins = { from: span.from, stepMs: HOUR_MS, count: hours.length };
  const measure = ({ of, own: { layout } }: ScrapedGroup, machine: Machine): MeasuredMachine => {
    const measured = measureMachine(machine, layout, layout.usesOf(modes), bins, {
      unheardIn: (from, to) => silences.unheardIn(from, to),
      wasScrapedBefore: wasScrapedBefore(machine, of, span),
      graceMs,
    });
    const mayComeYet = silences.mayComeYet(machine, of);
    const last = machine.scrapes.at(-1);
    const unknown = { from: lastScrapeAt(machine), to: silences.unknownUntil(machine, of) };
    if (last !== undefined) measured.use.addUnknown(last.row, unknown.from, unknown.to, measured.cpus);
    return { of, machine, measured, mayComeYet, unknown };
  };
  const groups = eachMachineOnce(scraped, (of) => twinOf.has(of), hosts).map((group) => ({
    ...group,
    measured: group.machines.map((machine) => measure(group, machine)),
  }));
  const all = groups.flatMap(({ measured }) => measured);
  return {
    fill: (cells) => {
      for (const machine of all) if (!twinOf.has(machine.of)) fillMachine(machine, cells, span, now);
    },
    findings: [
      ...groups.flatMap(({ of, own, machines, measured }) => {
        const uses = measured.map((machine) => machine.measured);
        return describeUnclear(of, own, machines, uses, hosts, span);
      }),
      ...[...twinOf].flatMap(
        ([
          {
            rows: [double],
          },
          row,
        ]) => (double === undefined ? [] : [doubleFinding(hosts.hosts[row], hosts.hosts[double])]),
      ),
    ],
    warnings: [...warnings, ...twinWarnings, ...silenceWarnings],
    shared: [
      ...scraped.flatMap(({ machines }) => instancesAtOnce(machines, hosts)),
      ...groups.flatMap(({ of, machines }) =>
        of.onlyProject !== undefined && machines.length > 0 ? of.instances : [],
      ),
    ],
    twins: [
      ...split,
      ...[...twinOf].flatMap(([{ instances, rows }, row]): (readonly [string, string])[] => {
        const [instance, other] = [instances[0], hosts.hosts[row]?.instance];
        return rows.length === 0 || instance === undefined || other === undefined ? [] : [[instance, other]];
      }),
    ],
    reopened: reopenedHours(all, span),
    isHeardBeyond: (hour) => silences.isHeardBeyond(hour),
  };
}

function fillMachine(
  { of, machine, measured, mayComeYet, unknown }: MeasuredMachine,
  cells: HourColumns,
  span: Interval,
  now: number,
): void {
  cells.addBins(measured.use, (hour) => of.isClean[hour] !== 1);
  const last = lastScrapeAt(machine);
  const instance = of.instances.join(" and ");
  measured.impossible.forEach((impossible, hour) => {
    if (of.isClean[hour] === 1) return;
    const start = span.from + hour * HOUR_MS;
    const inHour = measured.oddities.filter(({ time }) => time > start && time <= start + HOUR_MS);
    const texts = [
      ...measured.notes
        .filter(({ from, to }) => from < start + HOUR_MS && to > start)
        .map(({ text }) => text),
      ...describeOddities(instance, inHour).map(({ message }) => message),
      ...(unknown.from < start + HOUR_MS && unknown.to > start
        ? [`nothing was heard of it after ${formatInstant(last)}`]
        : []),
    ];
    for (const [row, { expected }] of measured.use.rows)
      if ((expected[hour] as number) > 0) for (const text of texts) cells.addNote(row, hour, text);
    for (const row of machine.rows) {
      if (impossible === 1) cells.mark("doubted", row, hour);
      const end = start + HOUR_MS;
      const isUndecided = measured.undecided.some(
        ({ from, to }) => from - EDGE_SCRAPES * measured.spacingMs < end && to > now,
      );
      if ((mayComeYet && end > last) || isUndecided) cells.mark("unsettled", row, hour);
    }
  });
}

/** Instance labels under which two machines of different projects were scraped at the same time. */
function instancesAtOnce(machines: readonly Machine[], { hosts }: HostTable): string[] {
  const spans = machines.flatMap(({ scrapes, rows }) =>
    rows.flatMap((row) => {
      const { instance, project } = hosts[row] ?? {};
      const [from, to] = [scrapes[0]?.time ?? 0, scrapes.at(-1)?.time ?? 0];
      return instance === undefined ? [] : [{ instance, project, machine: scrapes, from, to }];
    }),
  );
  const isOther = (a: (typeof spans)[number], b: (typeof spans)[number]): boolean =>
    a.machine !== b.machine && a.instance === b.instance && a.project !== b.project && overlaps(a, b);
  return spans.filter((a) => spans.some((b) => isOther(a, b))).map(({ instance }) => instance);
}

/** Hours before the chunk that a gap reaches into, which ends in it; and those of a gap that ends where that begins. */
function reopenedHours(all: readonly MeasuredMachine[], span: Interval): FinishedHour[] {
  const hours = new Set<FinishedHour>();
  for (const { measured } of all) {
    let begin = span.from;
    for (const { from, to } of [...measured.gaps].sort((a, b) => b.to - a.to))
      if (to >= begin && span.from - from <= SIGHT_MS) begin = Math.min(begin, from);
    for (let hour = Math.floor(begin / HOUR_MS) * HOUR_MS; hour < span.from; hour += HOUR_MS)
      hours.add(hour as FinishedHour);
  }
  return [...hours].sort((a, b) => a - b);
}
