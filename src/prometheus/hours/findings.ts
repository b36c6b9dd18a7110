import type { Finding, Host } from "../../usage/cpu.js";
import { formatInstant, HOUR_MS, type Interval } from "../../usage/hour.js";
import type { HostTable } from "../client/hosts.js";
import type { CountedReply } from "../edges/edge-replies.js";
import type { Matrix } from "../replies/matrix.js";
import type { Oddity } from "../scrapes/gains.js";
import type { Machine } from "../scrapes/machines.js";
import type { MachineUse } from "../scrapes/measure-machine.js";
import type { ImpossibleSample, InstanceScrapes } from "../scrapes/read-scrapes.js";
import type { GroupHours } from "./clean-hours.js";

/** Samples in replies that are no numbers. */
export function describeOddReplies(counted: readonly CountedReply[]): Finding[] {
  return counted.flatMap(({ use, matrices }) => matrices.flatMap((matrix) => describeMatrix(use, matrix)));
}

function describeMatrix(use: string, { histograms, notFinite }: Matrix): Finding[] {
  const name = (labels: Readonly<Record<string, string>>): string =>
    `${use} CPU-seconds of ${JSON.stringify(labels)}`;
  return [
    ...histograms.map(
      (labels): Finding => ({ kind: "histogram", message: `${name(labels)} are histograms, not numbers` }),
    ),
    ...notFinite.map(
      ({ labels, time, value }): Finding => ({
        kind: "not-a-number",
        message: `${name(labels)} are ${value} at ${formatInstant(time)}; taken as missing`,
      }),
    ),
  ];
}

/** One machine under two sets of labels, or at two addresses. */
export function describeDoubles(groups: readonly GroupHours[], { hosts }: HostTable): Finding[] {
  return groups.flatMap(({ doubles }) =>
    doubles.map(({ counted, double }) => doubleFinding(hosts[counted], hosts[double])),
  );
}

export function doubleFinding(counted: Host | undefined, double: Host | undefined): Finding {
  const where =
    counted?.instance === double?.instance
      ? `${counted?.instance} is there twice`
      : `${counted?.instance} and ${double?.instance} are one machine`;
  const message = `${where}, with the same boot time and counters, as ${ownerText(counted)} and as ${ownerText(double)}: it is counted once, as ${counted?.instance} of ${ownerText(counted)}`;
  return { kind: "identity", message };
}

function ownerText(host: Host | undefined): string {
  const { project, machine, user } = host ?? { project: "", machine: null, user: null };
  return [project, machine, user].map((name) => name ?? "(none)").join(" / ");
}

/** Counters of a machine that did not go on as counters do: one finding for each way of treating them. */
export function describeOddities(instance: string, oddities: readonly Oddity[]): Finding[] {
  return [...Map.groupBy(oddities, ({ treatment }) => treatment)].map(([treatment, group]): Finding => {
    const first = group.reduce((a, b) => (b.time < a.time ? b : a));
    const what =
      first.seconds < 0 ? `fell by ${round(-first.seconds)} s` : `jumped by ${round(first.seconds)} s`;
    const times = group.length === 1 ? "" : ` (${group.length} times in all)`;
    const done =
      treatment === "left out"
        ? "a later scrape goes on from before, so that scrape was left out"
        : "what it gained then is the time that the other modes leave";
    return {
      kind: "counter-fell",
      message: `${instance} at ${formatInstant(first.time)}: ${first.modes.join(", ")} of CPU ${first.cpu} ${what} although the machine did not boot${times}; ${done}`,
    };
  });
}

/** CPUs whose modes do not add up to the time, once for each machine. */
function describeLacking(instance: string, measured: readonly MachineUse[]): Finding[] {
  return measured.flatMap(({ lacking: [first] }): Finding[] => {
    if (first === undefined) return [];
    const counted = `${Math.round(100 * (1 - first.share))}%`;
    const message = `${instance} at ${formatInstant(first.to)}: the modes of CPU ${first.cpu} add up to ${counted} of the time; one is missing or stands still, and the hour is not complete`;
    return [{ kind: "impossible-cpu-seconds", message }];
  });
}

function round(seconds: number): string {
  return String(Number(seconds.toPrecision(4)));
}

/** Samples that cannot be. */
function describeImpossible(instance: string, samples: readonly ImpossibleSample[]): Finding[] {
  return samples.map(({ what, value, time }): Finding => {
    const done = what === "counter" ? "taken as missing" : "not relied on";
    return {
      kind: what === "counter" ? "not-a-number" : "clock",
      message: `${instance} at ${formatInstant(time)}: a ${what} is ${value}; ${done}`,
    };
  });
}

/** What an operator should know of the hosts of a group whose raw samples were read. */
export function describeUnclear(
  of: GroupHours,
  own: InstanceScrapes,
  machines: readonly Machine[],
  measured: readonly MachineUse[],
  { hosts }: HostTable,
  span: Interval,
): Finding[] {
  const { isClean } = of;
  const instance = of.instances.join(" and ");
  const oddities = measured.flatMap(({ oddities }) => oddities);
  const breaches = measured.flatMap(({ impossible, cpus }) =>
    [...impossible.keys()]
      .filter((hour) => impossible[hour] === 1 && isClean[hour] !== 1)
      .map((hour): Finding => {
        const when = formatInstant(span.from + hour * HOUR_MS);
        const message = `${instance} at ${when}: more CPU-seconds than ${cpus} CPUs have in an hour; the hour is not complete`;
        return { kind: "impossible-cpu-seconds", message };
      }),
  );
  return [
    ...describeOddities(instance, oddities),
    ...describeLacking(instance, measured),
    ...describeImpossible(instance, own.impossible),
    ...breaches,
    ...machines.flatMap(({ rows, doubledRows }) => {
      const counted = hosts[rows.find((row) => !doubledRows.includes(row)) ?? -1];
      return doubledRows.map((row) => doubleFinding(counted, hosts[row]));
    }),
  ];
}
