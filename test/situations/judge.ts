import { formatInstant, HOUR_MS, type Host } from "ada-carbon";
import type { PlainIncrease } from "./increase.js";
import {
  type Machine,
  type MachineHour,
  machineKey,
  ownerKey,
  sumOf,
  totalOf,
  type Used,
} from "./machines.js";
import type { RunOutcome, StoredRow } from "./measure.js";
import { type HostHours, type Situation, START } from "./situation.js";

/** A host-hour that is `processed` may be wrong by this share of its capacity. */
const WRONG = 0.003;
/** And one in which nothing happens by these, in total and busy. */
const CLEAN = { total: 1e-5, busy: 1e-4 };
/** A period of processed hours by this share of its capacity, and its busy part by this share of the truth. */
const PERIOD = { capacity: 1e-4, truth: 2e-3 };

/** An hour of a machine as it was, as its samples say, as plain `increase` says, and as it is stored. */
export interface JudgedHour extends MachineHour {
  readonly machine: Machine;
  readonly stored: Used;
  readonly status: string;
  readonly coverage: number;
  readonly spread: number;
  readonly increase: Used;
  /** Whether a row tells of it: else its project's does. */
  readonly hasRow: boolean;
}

/** What came of a situation on a server. */
export interface Verdict {
  readonly situation: Situation;
  readonly hours: readonly JudgedHour[];
  /** What must hold and does not, each in a sentence. */
  readonly problems: readonly string[];
  /** The same of what the live tracker sees. */
  readonly liveProblems: readonly string[];
  readonly runs: readonly RunOutcome[];
}

/** Holds the runs of a situation, the last of them one at which nothing was new, against what must hold. */
export function judge(
  situation: Situation,
  machines: readonly Machine[],
  runs: readonly RunOutcome[],
  increase: PlainIncrease,
  liveProblems: readonly string[],
): Verdict {
  const last = runs.at(-2);
  const again = runs.at(-1);
  if (last === undefined || again === undefined) throw new Error(`${situation.name} was not run twice`);
  const hours = machines.flatMap((machine) =>
    machine.hours.map((hour) => judgedHour(machine, hour, again, increase)),
  );
  const problems = [
    ...runs.flatMap(({ error }) => (error === undefined ? [] : [`sync failed: ${error}`])),
    ...hours.flatMap((hour) => hourProblems(situation, hour)),
    ...firstRunProblems(situation, runs),
    ...ownerProblems(machines, runs, hours),
    ...periodProblems(situation, machines, hours),
    ...spreadUserProblems(situation, again, hours),
    ...findingProblems(situation, runs),
    ...askedAgainProblems(again, hours),
    ...strangerProblems(machines, runs),
    ...runs.flatMap(({ report }) =>
      (report?.conservationError ?? 0) > 1e-9 ? [`conservation is off by ${report?.conservationError}`] : [],
    ),
  ];
  return { situation, hours, problems, liveProblems, runs };
}

function judgedHour(
  machine: Machine,
  hour: MachineHour,
  { hosts, projects, ada }: RunOutcome,
  plain: PlainIncrease,
): JudgedHour {
  const rows = hosts.filter((row) => row.hour === hour.hour && isRowOf(machine, row));
  // A host that is not there is told of by its project.
  const around = [...projects.filter((row) => isProjectOf(machine, row)), ...ada];
  const telling = rows.length > 0 ? rows : around.filter((row) => row.hour === hour.hour);
  const stored = rows.map(({ busy, idle }) => ({ busy: busy || 0, idle: idle || 0 }));
  return {
    ...hour,
    machine,
    hasRow: rows.length > 0,
    stored: sumOf(stored),
    status: telling.find(({ status }) => status !== "processed")?.status ?? telling[0]?.status ?? "absent",
    coverage: telling.length === 0 ? 0 : Math.min(...telling.map(({ coverage }) => coverage)),
    spread: Math.max(0, ...telling.map(({ provenance }) => provenance.spread ?? 0)),
    increase: sumOf([...machine.keys].flatMap((key) => plain.get(key)?.get(hour.hour) ?? [])),
  };
}

function isRowOf(machine: Machine, { name, provenance }: StoredRow): boolean {
  return [...machine.keys].some((key) => {
    const [instance = "", project = ""] = key.split(" in ");
    return name === instance ? provenance.host?.project === project : name === `${instance} (${project})`;
  });
}

function isProjectOf(machine: Machine, { name }: StoredRow): boolean {
  return [...machine.keys].some((key) => key.endsWith(` in ${name}`));
}

const nameOf = ({ machine, hour }: JudgedHour): string =>
  `${machine.letters} ${formatInstant(hour).slice(8, 16)}`;
const isIn = (
  list: readonly HostHours[] | undefined,
  { machine, hour }: { machine: { letters: string }; hour: number },
): boolean =>
  (list ?? []).some(
    ({ hosts, hours }) =>
      (hosts === undefined || [...machine.letters].some((letter) => hosts.includes(letter))) &&
      hours.includes((hour - START) / HOUR_MS),
  );
const seconds = (value: number): string => value.toFixed(value < 10 ? 3 : 1);
const usedText = ({ busy, idle }: Used): string => `${seconds(busy)} busy and ${seconds(idle)} idle`;

function hourProblems(situation: Situation, hour: JudgedHour): string[] {
  const { machine, stored, raw, unknowable, status, spread, coverage } = hour;
  // What nobody can have seen is not asked of the measurement.
  const truth = isIn(situation.unseen, hour) ? raw : hour.truth;
  const off = {
    total: Math.abs(totalOf(stored) - totalOf(truth)),
    rawTotal: Math.abs(totalOf(stored) - totalOf(raw)),
    busy: Math.abs(stored.busy - raw.busy),
  };
  // Where it was not up, there is nothing to tell of.
  if (!hour.hasRow && totalOf(truth) === 0) return [];
  const isProcessed = status === "processed";
  const least = WRONG * machine.capacity + unknowable;
  const texts: string[] = [];
  const say = (text: string): void => void texts.push(`${nameOf(hour)}: ${text}`);
  const comparison = `stored ${usedText(stored)}, by the samples ${usedText(raw)}, in truth ${usedText(truth)}`;
  if (isProcessed && (off.total > least || off.busy > least)) say(`processed and wrong: ${comparison}`);
  else if (
    isProcessed &&
    hour.clean &&
    (off.rawTotal > CLEAN.total * machine.capacity || off.busy > CLEAN.busy * machine.capacity)
  )
    say(`clean and not exact: ${comparison}`);
  if (!isProcessed && totalOf(stored) > totalOf(truth) + least) say(`${status} and too much: ${comparison}`);
  const isFlagged = isIn(situation.flagged, hour);
  if (isFlagged && isProcessed) say("processed, and cannot be known");
  const isUnknowable =
    situation.knowableMustBeKnown === true &&
    (hour.maybeDown || Math.abs(totalOf(raw) - totalOf(truth)) > WRONG * machine.capacity);
  if (!isFlagged && !isProcessed && !isUnknowable && !isIn(situation.mayBeFlagged, hour))
    say(`${status} with coverage ${coverage}, and can be known; ${comparison}`);
  if (isIn(situation.spread, hour) && !(spread > 0 && coverage < 1 && isProcessed))
    say(
      `${status} with coverage ${coverage} and ${spread} spread; must be processed, and tell what was spread`,
    );
  if (isProcessed && hour.clean && !machine.missesScrapes && (spread > 0 || coverage < 0.999))
    say(`clean, and has coverage ${coverage}, ${spread} spread`);
  return texts;
}

/** Hours that cannot be final yet must say so, and that more may come. */
function firstRunProblems({ flaggedAtFirst }: Situation, runs: readonly RunOutcome[]): string[] {
  const [first] = runs;
  if (flaggedAtFirst === undefined || first === undefined) return [];
  const rows = [...first.ada, ...first.projects, ...first.hosts];
  return first.ada
    .filter(({ hour }) => flaggedAtFirst.some(({ hours }) => hours.includes((hour - START) / HOUR_MS)))
    .flatMap(({ hour, status }) => {
      const unsettled = rows.some((row) => row.hour === hour && row.provenance.unsettled === true);
      if (status === "download incomplete" && unsettled) return [];
      const said = `${status}, ${unsettled ? "unsettled" : "and nothing says that it is unsettled"}`;
      return [`${formatInstant(hour).slice(8, 16)} after the first run: ${said}; more was to come`];
    });
}

/** Whose part is how large, by the rows of the batch that was stored. */
function ownerProblems(
  machines: readonly Machine[],
  runs: readonly RunOutcome[],
  hours: readonly JudgedHour[],
): string[] {
  return machines.flatMap((machine) => {
    if (new Set(machine.owners.map(({ owner }) => owner)).size < 2) return [];
    return machine.owners.flatMap((expected) => {
      const hour = hours.find((one) => one.machine === machine && one.hour === expected.hour);
      const batch = runs.findLast(({ batches }) => batches.some((one) => hasHour(one, expected.hour)));
      const rows = batch?.batches.findLast((one) => hasHour(one, expected.hour));
      if (hour?.status !== "processed" || rows === undefined) return [];
      const t = rows.hours.findIndex((hour) => hour - expected.hour === 0);
      const got = sumOf(
        rows.hosts.flatMap((host, h) => {
          const i = h * rows.hours.length + t;
          if (!isHostOf(machine, host) || ownerKey(host.project, host.machine, host.user) !== expected.owner)
            return [];
          return [{ busy: rows.busyCpuSeconds[i] || 0, idle: rows.idleCpuSeconds[i] || 0 }];
        }),
      );
      const least = WRONG * machine.capacity + expected.unknowable + hour.unknowable;
      if (
        Math.abs(totalOf(got) - totalOf(expected.raw)) <= least &&
        Math.abs(got.busy - expected.raw.busy) <= least
      )
        return [];
      return [
        `${nameOf(hour)}: ${expected.owner} got ${usedText(got)}, by the samples ${usedText(expected.raw)}`,
      ];
    });
  });
}

const hasHour = ({ hours }: RunOutcome["batches"][number], hour: number): boolean =>
  hours.some((one) => one === hour);
const isHostOf = ({ keys }: Machine, { address, instance, project }: Host): boolean =>
  keys.has(machineKey(address ?? instance, project));

function periodProblems(
  { periodIsTrue }: Situation,
  machines: readonly Machine[],
  hours: readonly JudgedHour[],
): string[] {
  return machines.flatMap((machine) => {
    const own = hours.filter((hour) => hour.machine === machine);
    // What a counter gained while it fell is held against the hours alone.
    if (machine.isFaulty || own.some(({ status }) => status !== "processed")) return [];
    const [stored, raw, truth] = (["stored", "raw", "truth"] as const).map((what) =>
      sumOf(own.map((hour) => hour[what])),
    );
    if (stored === undefined || raw === undefined || truth === undefined) return [];
    const unknowable = own.reduce((sum, hour) => sum + hour.unknowable, 0);
    const least = PERIOD.capacity * machine.capacity * own.length + unknowable;
    const texts: string[] = [];
    if (Math.abs(totalOf(stored) - totalOf(raw)) > least || Math.abs(stored.busy - raw.busy) > least)
      texts.push(`${machine.letters}: ${usedText(stored)} in the period, by the samples ${usedText(raw)}`);
    if (periodIsTrue && Math.abs(stored.busy - truth.busy) > PERIOD.truth * truth.busy)
      texts.push(`${machine.letters}: ${usedText(stored)} in the period, in truth ${usedText(truth)}`);
    return texts;
  });
}

/** Users who had parts of hours by tenures that were spread: the parts add up to the host, and say what they are. */
function spreadUserProblems(
  { spreadUsers }: Situation,
  { users }: RunOutcome,
  hours: readonly JudgedHour[],
): string[] {
  if (spreadUsers === undefined) return [];
  const rows = users.filter(({ name }) => spreadUsers.includes(name));
  const quiet = rows.filter(({ hour, status, provenance }) => {
    const spread = hours.some((one) => one.hour === hour && one.spread > 0);
    return spread && status === "processed" && !((provenance.spread ?? 0) > 0);
  });
  const missing = spreadUsers.filter((user) => !rows.some(({ name }) => name === user));
  return [
    ...missing.map((user) => `${user} has no part`),
    ...quiet.map(
      ({ name, hour }) => `${formatInstant(hour).slice(8, 16)} of ${name} does not say that it was spread`,
    ),
  ];
}

function findingProblems({ findings = [], mayFind = [] }: Situation, runs: readonly RunOutcome[]): string[] {
  const found = runs.flatMap(({ report }) => report?.findings ?? []);
  return [
    ...findings
      .filter((kind) => !found.some((one) => one.kind === kind))
      .map((kind) => `no finding of ${kind}`),
    ...found
      .filter(({ kind }) => !findings.includes(kind) && !mayFind.includes(kind))
      .map(({ kind, message }) => `a finding of ${kind}, which is not so: ${message}`),
  ];
}

/** A run at which nothing is new asks for no hour that was processed. */
function askedAgainProblems(
  { asked, ada, projects, hosts }: RunOutcome,
  hours: readonly JudgedHour[],
): string[] {
  const open = new Set(
    [...ada, ...projects, ...hosts].filter(({ status }) => status !== "processed").map(({ hour }) => hour),
  );
  const needless = [...asked].filter((hour) => !open.has(hour) && hours.some((one) => one.hour === hour));
  return needless.map((hour) => `${formatInstant(hour).slice(8, 16)} was asked for again, and was processed`);
}

/** Every row must be one of a machine that there is. */
function strangerProblems(machines: readonly Machine[], runs: readonly RunOutcome[]): string[] {
  const strangers = runs
    .flatMap(({ batches }) => batches.flatMap(({ hosts }) => hosts))
    .filter((host) => !machines.some((machine) => isHostOf(machine, host)))
    .map(({ instance, project }) => `there is no host ${instance} in ${project}`);
  return [...new Set(strangers)];
}
