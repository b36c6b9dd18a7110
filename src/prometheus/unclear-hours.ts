import type { Finding } from "../usage/cpu.js";
import { type FinishedHour, formatInstant, HOUR_MS, type Interval } from "../usage/hour.js";
import type { ChunkRequest } from "./chunk-request.js";
import { type GroupHours, unclearStretches } from "./clean-hours.js";
import type { PrometheusCallOptions, PrometheusClient } from "./client.js";
import type { RowPresence } from "./edges/measure-edges.js";
import { describeOddities, doubleFinding } from "./findings.js";
import { HEARTBEAT_MS, Heartbeats } from "./heartbeats.js";
import { type HostTable, instanceOf } from "./hosts.js";
import type { HourColumns } from "./hour-columns.js";
import type { HostSelection } from "./queries.js";
import { readRawScrapes } from "./scrapes/look.js";
import { type Machine, machinesOf } from "./scrapes/machines.js";
import { birthOf, type MachineUse, measureMachine } from "./scrapes/measure-machine.js";
import { type InstanceScrapes, scrapesOf } from "./scrapes/read-scrapes.js";
import { SIGHT_MS } from "./sightings.js";
import type { StoredSamples } from "./stored-samples.js";
import { twinsOfMachines } from "./twins.js";
import { describeUnclear } from "./unclear-findings.js";
import { lookBeyond, looksOf, markOutOfSight, seenOf } from "./unclear-looks.js";

/** What is known of the hosts of a chunk from its edges. */
export interface ChunkHosts {
  readonly hosts: HostTable;
  readonly presences: readonly RowPresence[];
  readonly groups: readonly GroupHours[];
}

/** What raw samples say of the hours that edges do not tell. */
export interface UnclearHours {
  /** Puts it into the columns of the chunk. */
  fill(cells: HourColumns): void;
  readonly findings: readonly Finding[];
  readonly warnings: readonly string[];
  /** Instance labels that two machines had at once. */
  readonly shared: readonly string[];
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
}

/** Reads and measures the raw samples of the hosts and hours to which something happened. */
export async function measureUnclear(
  client: PrometheusClient,
  selection: HostSelection,
  request: ChunkRequest,
  known: ChunkHosts,
  call: PrometheusCallOptions,
): Promise<UnclearHours> {
  const { hours, now, modes, graceMs } = request;
  const { hosts, presences, groups } = known;
  const span = { from: hours[0] ?? Number.NaN, to: (hours[0] ?? Number.NaN) + hours.length * HOUR_MS };
  const ends = await lookBeyond(client, selection, groups, span, now, call);
  for (const group of groups) markOutOfSight(group, hosts, ends);
  const unclear = groups.filter((group) => {
    // Not seen in the chunk at all: it was out of sight all the while, or was born in it and first seen later.
    if (group.last < 0) return seenOf(group, hosts, ends.after).length > 0;
    const isSeenBeyond = [ends.before, ends.after].some((seen) => seenOf(group, hosts, seen).length > 0);
    return unclearStretches(group).length > 0 || (isSeenBeyond && group.isClean.includes(0));
  });
  const looks = unclear.flatMap((group) => looksOf(group, known, span, ends));
  const raw = await readRawScrapes(client, selection, looks, call);
  const named = <T extends { labels: Readonly<Record<string, string>> }>(
    series: readonly T[],
  ): Map<string, T[]> => Map.groupBy(series, ({ labels }) => instanceOf(labels, selection.labels));
  const [counters, bootTimes] = [named(raw.counters), named(raw.bootTimes)];
  const scraped = unclear.map((of) => {
    const series = (by: ReadonlyMap<string, StoredSamples[]>): StoredSamples[] =>
      of.instances
        .flatMap((instance) => by.get(instance) ?? [])
        .filter(({ labels }) => (of.onlyProject ?? projectOf(labels)) === projectOf(labels));
    const projectOf = (labels: Readonly<Record<string, string>>): string =>
      labels[selection.labels.project] ?? "";
    const own = scrapesOf(series(counters), series(bootTimes), hosts);
    return { of, own, machines: machinesOf(own.targets, own.layout) };
  });

  const compared = scraped.flatMap(({ of, own: { layout }, machines: [only, ...more] }) => {
    if (only === undefined || more.length > 0) return [];
    const bootTime = only.scrapes.at(-1)?.bootTime ?? Number.NaN;
    return [{ of, own: { layout, scrapes: only.scrapes }, instances: of.instances, bootTime }];
  });
  const { twins, warnings: twinWarnings } = await twinsOfMachines(
    client,
    selection,
    hosts,
    presences,
    compared,
    call,
  );
  const twinOf = new Map([...twins].map(([i, row]) => [compared[i]?.of, row]));

  const heartbeats = new Heartbeats(client, selection, call);
  const lastHeard = lastHeardAt(known, span, scraped);
  const isOver = (machine: Machine, of: GroupHours): boolean => endsWithin(machine, of, span);
  const heardAgain = (at: number): boolean =>
    lastHeard >= at || laterScrapes(presences, span, at) || heartbeats.isHeardAfter(at);
  const questions = scraped.flatMap(({ of, own, machines }) =>
    machines.flatMap((machine) => [
      ...silentBoots(machine),
      ...(wasScrapedBefore(machine, of, span) ? [] : silentBirth(machine, own)),
      ...(isOver(machine, of) && !heardAgain(lastScrapeAt(machine) + graceMs)
        ? [
            {
              from: lastScrapeAt(machine),
              to: Math.min(now, Math.max(lastScrapeAt(machine), span.to) + graceMs + 2 * HEARTBEAT_MS),
            },
          ]
        : []),
    ]),
  );
  if (lastHeard < span.to) questions.push({ from: span.to, to: Math.min(now, span.to + SIGHT_MS) });
  const heartbeatWarnings = await heartbeats.listen(questions);
  const bins = { from: span.from, stepMs: HOUR_MS, count: hours.length };
  const all = scraped.flatMap(({ of, own, machines }) =>
    machines.map((machine): MeasuredMachine => {
      const measured = measureMachine(machine, own.layout, own.layout.usesOf(modes), bins, {
        unheardIn: (from, to) => heartbeats.unheardIn(from, to),
        wasScrapedBefore: wasScrapedBefore(machine, of, span),
      });
      const mayComeYet = isOver(machine, of) && !heardAgain(lastScrapeAt(machine) + graceMs);
      return { of, machine, measured, mayComeYet };
    }),
  );
  for (const { machine, measured, mayComeYet } of all) {
    const last = machine.scrapes.at(-1);
    if (mayComeYet && last !== undefined)
      measured.use.addUnknown(last.row, last.time, Math.max(span.to, last.time), measured.cpus);
  }
  return {
    fill: (cells) => {
      for (const one of all) if (!twinOf.has(one.of)) fillMachine(one, cells, span);
    },
    findings: [
      ...scraped.flatMap(({ of, own, machines }) => {
        const measured = all.filter((one) => one.of === of).map((one) => one.measured);
        return describeUnclear(of, own, machines, measured, hosts, span);
      }),
      ...[...twinOf].map(([of, row]) => doubleFinding(hosts.hosts[row], hosts.hosts[of?.rows[0] ?? -1])),
    ],
    warnings: [...ends.warnings, ...twinWarnings, ...raw.warnings, ...heartbeatWarnings],
    shared: scraped.flatMap(({ of, machines }) => (areAtOnce(machines, hosts) ? of.instances : [])),
    reopened: reopenedHours(all, span),
    isHeardBeyond: (hour) => {
      const end = span.from + (hour + 1) * HOUR_MS;
      return lastHeard >= end || heartbeats.isHeardAfter(end);
    },
  };
}

function lastScrapeAt({ scrapes }: Machine): number {
  return scrapes.at(-1)?.time ?? Number.NaN;
}

/** Whether nothing was seen of a machine after its last scrape that was read, which lies within the chunk. */
function endsWithin(machine: Machine, { rows, spans }: GroupHours, span: Interval): boolean {
  const last = lastScrapeAt(machine);
  const seenLast = Math.max(-1, ...machine.rows.map((row) => spans[rows.indexOf(row)]?.last ?? -1));
  return last < span.to && seenLast <= Math.floor((last - span.from) / HOUR_MS);
}

/** The silences in which machines booted. */
function silentBoots({ scrapes, boots }: Machine): Interval[] {
  const silences: Interval[] = [];
  boots.forEach((boot, i) => {
    const from = scrapes[i - 1]?.time ?? Number.NaN;
    if (boot - from > HEARTBEAT_MS) silences.push({ from, to: boot });
  });
  return silences;
}

/**
 * Whether a machine was scraped before the first scrape of it that was read. Raw samples are read from where something
 * happened: in a clean hour, or before the chunk, it was there already.
 */
function wasScrapedBefore({ scrapes: [first] }: Machine, { isClean }: GroupHours, span: Interval): boolean {
  if (first === undefined) return false;
  return first.time < span.from || isClean[Math.floor((first.time - span.from) / HOUR_MS)] === 1;
}

/** The time from a machine's boot to its first scrape, if that is long. */
function silentBirth({ scrapes: [first] }: Machine, { layout }: InstanceScrapes): Interval[] {
  const bornAt = birthOf(first, layout);
  return first !== undefined && first.time - bornAt > HEARTBEAT_MS ? [{ from: bornAt, to: first.time }] : [];
}

/** The latest time at which any host is known to have been scraped, UTC milliseconds. */
function lastHeardAt(
  { groups }: ChunkHosts,
  span: Interval,
  scraped: readonly { readonly machines: readonly Machine[] }[],
): number {
  let last = Number.NEGATIVE_INFINITY;
  // An hour that is clean has a scrape after its end.
  for (const { isClean } of groups) last = Math.max(last, span.from + (isClean.lastIndexOf(1) + 1) * HOUR_MS);
  for (const { machines } of scraped)
    for (const machine of machines) last = Math.max(last, lastScrapeAt(machine) || Number.NEGATIVE_INFINITY);
  return last;
}

/** Whether any host was scraped in an hour of the chunk that began after a time. */
function laterScrapes(presences: readonly RowPresence[], span: Interval, time: number): boolean {
  const first = Math.max(0, Math.ceil((time - span.from) / HOUR_MS));
  return presences.some(({ scrapes }) => scrapes.subarray(first).some((count) => count > 0));
}

function fillMachine(
  { of, machine, measured, mayComeYet }: MeasuredMachine,
  cells: HourColumns,
  span: Interval,
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
      ...(mayComeYet && start + HOUR_MS > last
        ? [`nothing was heard of it after ${formatInstant(last)}`]
        : []),
    ];
    for (const [row, { expected }] of measured.use.rows)
      if ((expected[hour] as number) > 0) for (const text of texts) cells.addNote(row, hour, text);
    for (const row of machine.rows) {
      if (impossible === 1) cells.mark("doubted", row, hour);
      if (mayComeYet && span.from + (hour + 1) * HOUR_MS > last) cells.mark("unsettled", row, hour);
    }
  });
}

/** Whether two machines of different projects were scraped at the same time. */
function areAtOnce(machines: readonly Machine[], { hosts }: HostTable): boolean {
  const spans = machines.map(({ scrapes, rows }) => ({
    from: scrapes[0]?.time ?? 0,
    to: scrapes.at(-1)?.time ?? 0,
    project: hosts[rows[0] ?? -1]?.project,
  }));
  return spans.some((a, i) =>
    spans.some((b, k) => k < i && a.project !== b.project && a.from < b.to && b.from < a.to),
  );
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
