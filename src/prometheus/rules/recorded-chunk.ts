import type { CpuHours, Finding, Host } from "../../usage/cpu.js";
import { type FinishedHour, formatInstant, HOUR_MS } from "../../usage/hour.js";
import type { ModePolicy } from "../../usage/modes.js";
import { remembered } from "../../usage/remembered.js";
import { numberAt } from "../../usage/series.js";
import type { FetchedChunk } from "../chunks/hours-in-order.js";
import type { PrometheusClient } from "../client/client.js";
import { labelText } from "../client/hosts.js";
import type { HostSelection, LabelNames } from "../client/queries.js";
import { hourEnds } from "../client/step-grid.js";
import type { Matrix } from "../replies/matrix.js";
import type { PrometheusReply } from "../replies/reply.js";
import { HEARD, RECORDED_FACTS, type Recorded, type RecordedFact, recordedQuery } from "./recorded.js";

/** Recorded CPU-seconds of contiguous hours in one query. */
export async function fetchRecorded(
  client: PrometheusClient,
  recorded: Recorded,
  selection: HostSelection,
  hours: readonly FinishedHour[],
  modes: ModePolicy,
  signal: AbortSignal,
): Promise<FetchedChunk> {
  const ends = hourEnds(hours);
  const grid = { ...ends, from: ends.from + recorded.lookedAtMs };
  const reply = await client.range(recordedQuery(recorded, selection, modes), grid, { signal });
  return {
    batch: assembleRecorded(reply, hours, selection.labels, recorded),
    columnBytes: reply.data.values.byteLength,
  };
}

/**
 * How long after the end of an hour hosts must have been heard for it to be settled. Those that are not there then are
 * gone, or out of sight for long; rules that are evaluated every half hour have seen it by the end of the next hour.
 */
const SETTLED_AFTER_MS = 20 * 60_000;

/** Recorded sums as a matrix of owners and hours. */
export function assembleRecorded(
  { data, warnings }: PrometheusReply<Matrix>,
  hours: readonly FinishedHour[],
  labels: LabelNames,
  recorded: Recorded,
): CpuHours {
  const owners = new Map<string, { readonly row: number; readonly owner: Host }>();
  const rows = data.series.map((series) => {
    if (series.fact === HEARD) return -1;
    const owner = ownerOf(series, labels);
    const key = JSON.stringify(owner);
    const known = remembered(owners, key, () => ({ row: owners.size, owner }));
    return known.row;
  });
  const column = (): Float64Array => new Float64Array(owners.size * hours.length).fill(Number.NaN);
  const sums: Record<RecordedFact, Float64Array> = {
    busy: column(),
    idle: column(),
    expected: column(),
    covered: column(),
    doubted: column(),
  };
  const heardAt = new Float64Array(hours.length).fill(Number.NaN);
  data.series.forEach((series, s) => {
    const values = data.values.subarray(s * hours.length, (s + 1) * hours.length);
    if (series.fact === HEARD) heardAt.set(values.map((seconds) => seconds * 1000));
    const fact = RECORDED_FACTS.find((name) => name === series.fact);
    if (fact === undefined) return;
    const start = (rows[s] ?? 0) * hours.length;
    values.forEach((value, t) => {
      if (value >= 0) sums[fact][start + t] = value;
    });
  });

  const used = sums.busy.map((busy, cell) => (busy || 0) + (numberAt(sums.idle, cell) || 0));
  const covered = recorded.names.covered === undefined ? used : sums.covered;
  const expected = (recorded.names.expected === undefined ? covered : sums.expected).map(
    (seconds) => seconds || 0,
  );
  const isOfOldRules = recorded.names.heard !== undefined && heardAt.every(Number.isNaN);
  return {
    hours,
    hosts: [...owners.values()].map(({ owner }) => owner),
    busyCpuSeconds: sums.busy,
    idleCpuSeconds: sums.idle,
    observedCpuSeconds: covered.map((seconds, cell) =>
      Number.isNaN(seconds) ? numberAt(used, cell) : seconds,
    ),
    expectedCpuSeconds: expected,
    ...(recorded.names.doubted === undefined ? {} : { doubted: Uint8Array.from(sums.doubted, isThere) }),
    ...(recorded.names.heard === undefined ? {} : settledness(hours, heardAt, owners.size)),
    upFrom: column(),
    upTo: column(),
    answered: hours.map((_, t) =>
      [...owners.values()].some(({ row }) => numberAt(used, row * hours.length + t) > 0),
    ),
    warnings: [
      ...warnings,
      ...(isUnexpected(used, expected, hours.length) ? [NOTHING_EXPECTED] : []),
      ...(isOfOldRules && owners.size > 0 ? [OLD_RULES] : []),
    ],
    findings: [
      ...data.notFinite.map(
        ({ labels: series, value }): Finding => ({
          kind: "not-a-number",
          message: `${JSON.stringify(series)} is ${value}; taken as missing`,
        }),
      ),
      ...doubtedFindings([...owners.values()], hours, sums.doubted),
    ],
  };
}

/** Whether the rules had heard of any host well after each hour. If not, more may come: of every owner. */
function settledness(
  hours: readonly FinishedHour[],
  heardAt: Float64Array,
  ownerCount: number,
): Pick<CpuHours, "heardBeyond" | "unsettled"> {
  const heardBeyond = hours.map((hour, t) => numberAt(heardAt, t) >= hour + HOUR_MS + SETTLED_AFTER_MS);
  const ofOwner = heardBeyond.map((isHeard) => Number(!isHeard));
  const unsettled = new Uint8Array(ownerCount * hours.length);
  for (let row = 0; row < ownerCount; row++) unsettled.set(ofOwner, row * hours.length);
  return { heardBeyond, unsettled };
}

/** One finding an owner: which of the hosts it is, rules do not say. */
function doubtedFindings(
  owners: readonly { readonly row: number; readonly owner: Host }[],
  hours: readonly FinishedHour[],
  doubted: Float64Array,
): Finding[] {
  return owners.flatMap(({ row, owner }) => {
    const found = hours.filter((_, t) => isThere(numberAt(doubted, row * hours.length + t)));
    const [first] = found;
    if (first === undefined) return [];
    const { project, machine, user } = owner;
    const name = [project, machine ?? "no machine", user ?? "no user"].join(", ");
    const times = `${found.length} hours from ${formatInstant(first)} on`;
    const message = `${name}: in ${times}, counters of hosts fell or say what cannot be: the recorded sums are too low by what these used`;
    return [{ kind: "impossible-cpu-seconds", message }];
  });
}

function isThere(value: number): 0 | 1 {
  return value > 0 ? 1 : 0;
}

/**
 * Whether somebody used something all along although nothing was ever to be expected of them. For an hour alone
 * that may be: a host that is there for a minute has used something before anything is expected of it.
 */
function isUnexpected(used: Float64Array, expected: Float64Array, hourCount: number): boolean {
  const isPositive = (seconds: number): boolean => seconds > 0;
  if (!expected.some(isPositive)) return used.some(isPositive);
  for (let start = 0; start < used.length; start += hourCount) {
    const end = start + hourCount;
    if (expected.subarray(start, end).some(isPositive)) continue;
    if (used.subarray(start, end).filter(isPositive).length > 1) return true;
  }
  return false;
}

const NOTHING_EXPECTED =
  "how many CPU-seconds to expect is not recorded, so nobody knows what is missing; do the hosts have node_boot_time_seconds?";

const OLD_RULES =
  "when hosts were last heard is not recorded, so nobody knows whether more is to come: load the rules that ada-carbon rules prints now";

function ownerOf(series: Readonly<Record<string, string>>, labels: LabelNames): Host {
  return {
    instance: "",
    project: labelText(series[labels.project]) ?? "",
    machine: labelText(series[labels.machine]),
    user: labelText(series[labels.user]),
  };
}
