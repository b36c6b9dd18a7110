import type { CpuHours, Host } from "../../usage/cpu.js";
import type { FinishedHour } from "../../usage/hour.js";
import type { ModePolicy } from "../../usage/modes.js";
import { at } from "../../usage/series.js";
import type { PrometheusClient } from "../client.js";
import type { FetchedChunk } from "../hours-in-order.js";
import type { Matrix } from "../matrix.js";
import type { HostSelection, LabelNames } from "../queries.js";
import type { PrometheusReply } from "../reply.js";
import { hourEnds } from "../step-grid.js";
import { RECORDED_FACTS, type Recorded, type RecordedFact, recordedQuery } from "./recorded.js";

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

/** Recorded sums as a matrix of owners and hours. */
export function assembleRecorded(
  { data, warnings }: PrometheusReply<Matrix>,
  hours: readonly FinishedHour[],
  labels: LabelNames,
  recorded: Recorded,
): CpuHours {
  const owners = new Map<string, { readonly row: number; readonly owner: Host }>();
  const rows = data.series.map((series) => {
    const owner = ownerOf(series, labels);
    const key = JSON.stringify(owner);
    const known = owners.get(key) ?? { row: owners.size, owner };
    owners.set(key, known);
    return known.row;
  });
  const column = (): Float64Array => new Float64Array(owners.size * hours.length).fill(Number.NaN);
  const sums: Record<RecordedFact, Float64Array> = {
    busy: column(),
    idle: column(),
    expected: column(),
    covered: column(),
  };
  data.series.forEach((series, s) => {
    const fact = RECORDED_FACTS.find((name) => name === series.fact);
    if (fact === undefined) return;
    const start = (rows[s] ?? 0) * hours.length;
    for (let t = 0; t < hours.length; t++) {
      const value = at(data.values, s * hours.length + t);
      if (value >= 0) sums[fact][start + t] = value;
    }
  });

  const used = sums.busy.map((busy, cell) => orZero(busy) + orZero(at(sums.idle, cell)));
  const covered = recorded.names.covered === undefined ? used : sums.covered;
  const expected = (recorded.names.expected === undefined ? covered : sums.expected).map(orZero);
  return {
    hours,
    hosts: [...owners.values()].map(({ owner }) => owner),
    busyCpuSeconds: sums.busy,
    idleCpuSeconds: sums.idle,
    observedCpuSeconds: covered.map((seconds, cell) => (Number.isNaN(seconds) ? at(used, cell) : seconds)),
    expectedCpuSeconds: expected,
    upFrom: column(),
    upTo: column(),
    answered: hours.map((_, t) => rows.some((row) => at(used, row * hours.length + t) > 0)),
    warnings: isUnexpected(used, expected, hours.length) ? [...warnings, NOTHING_EXPECTED] : warnings,
    findings: data.notFinite.map(({ labels: series, value }) => ({
      kind: "not-a-number",
      message: `${JSON.stringify(series)} is ${value}; taken as missing`,
    })),
  };
}

function orZero(value: number): number {
  return Number.isNaN(value) ? 0 : value;
}

/**
 * Whether somebody used something all along although nothing was ever to be expected of them. For an hour alone
 * that may be: a host that is there for a minute has used something before anything is expected of it.
 */
function isUnexpected(used: Float64Array, expected: Float64Array, hourCount: number): boolean {
  const isThere = (seconds: number): boolean => seconds > 0;
  if (!expected.some(isThere)) return used.some(isThere);
  for (let start = 0; start < used.length; start += hourCount) {
    const end = start + hourCount;
    if (expected.subarray(start, end).some(isThere)) continue;
    if (used.subarray(start, end).filter(isThere).length > 1) return true;
  }
  return false;
}

const NOTHING_EXPECTED =
  "how many CPU-seconds to expect is not recorded, so nobody knows what is missing; do the hosts have node_boot_time_seconds?";

function ownerOf(series: Readonly<Record<string, string>>, labels: LabelNames): Host {
  // Half of a surrogate pair is no name that anything could store.
  const named = (label: string): string | null => series[label]?.toWellFormed() || null;
  return {
    instance: "",
    project: named(labels.project) ?? "",
    machine: named(labels.machine),
    user: named(labels.user),
  };
}
