import type { CpuHours } from "../../usage/cpu.js";
import { type FinishedHour, HOUR_MS, type Interval } from "../../usage/hour.js";
import { SIGHT_MS } from "../hours/out-of-sight.js";

/** A time in which no source has a host that was seen before it and after it, as far as the batch tells. */
export interface UnseenTime {
  readonly instance: string;
  /** Rows of the host. */
  readonly rows: readonly number[];
  /** Where its last scrape before, and its first after that time may be. */
  readonly before: Interval;
  readonly after: Interval;
  /** The number of the hour in which it was seen again; `undefined` for none of the batch. */
  readonly back: number | undefined;
}

/** Of an hour of which less is known, something may be missing at an end. */
const WHOLE = 0.99;

/** What a batch says of a host in one hour, all its labels together. */
interface SeenHour {
  readonly t: number;
  readonly mayLackStart: boolean;
  readonly mayLackEnd: boolean;
}

/** Times of hosts that may have been on their way from one source to another. */
export function unseenTimes(batch: CpuHours): UnseenTime[] {
  const { hours, hosts } = batch;
  const first = hours[0] ?? Number.NaN;
  const end = first + hours.length * HOUR_MS;
  const [before, after] = [
    { from: first - SIGHT_MS, to: first },
    { from: end, to: end + SIGHT_MS },
  ];
  const within = (t: number): Interval => ({ from: first + t * HOUR_MS, to: first + (t + 1) * HOUR_MS });
  const named = [...hosts.keys()].filter((row) => hosts[row]?.address === undefined);
  const byInstance = Map.groupBy(named, (row) => hosts[row]?.instance ?? "");
  byInstance.delete("");
  return [...byInstance].flatMap(([instance, rows]) => {
    const unseen: UnseenTime[] = [];
    let last: SeenHour | undefined;
    for (const t of hours.keys()) {
      const hour = seenHour(batch, rows, t);
      if (hour === undefined) continue;
      const isNext = t === (last?.t ?? -1) + 1;
      const isGap = !isNext || (hour.mayLackStart && (last?.mayLackEnd ?? true));
      if (isGap)
        unseen.push({ instance, rows, before: last ? within(last.t) : before, after: within(t), back: t });
      last = hour;
    }
    const isAway = last === undefined || last.t < hours.length - 1 || last.mayLackEnd;
    if (isAway)
      unseen.push({ instance, rows, before: last ? within(last.t) : before, after, back: undefined });
    return unseen;
  });
}

function seenHour(batch: CpuHours, rows: readonly number[], t: number): SeenHour | undefined {
  const from = batch.hours[t] ?? Number.NaN;
  let [expected, known, upFrom, upTo] = [0, 0, from + HOUR_MS, from];
  for (const row of rows) {
    const cell = row * batch.hours.length + t;
    expected += batch.expectedCpuSeconds[cell] as number;
    known += (batch.observedCpuSeconds[cell] || 0) + (batch.spreadCpuSeconds?.[cell] ?? 0);
    upFrom = Math.min(upFrom, batch.upFrom[cell] || upFrom);
    upTo = Math.max(upTo, batch.upTo[cell] || upTo);
  }
  if (!(expected > 0 || known > 0)) return undefined;
  const isWhole = known >= WHOLE * expected;
  return {
    t,
    mayLackStart: !(isWhole && upFrom <= from),
    mayLackEnd: !(isWhole && upTo >= from + HOUR_MS),
  };
}

/** What the counters of a host say of a time in which it was not seen. CPU-seconds that are NaN are not known. */
export interface Move extends UnseenTime {
  readonly from: number;
  readonly to: number;
  readonly cpus: number;
  readonly busyCpuSeconds: number;
  readonly idleCpuSeconds: number;
  readonly totalCpuSeconds: number;
}

/** A batch with what hosts used on their way: spread by time, as that of any gap, or time of which nothing is known. */
export function withMoves(batch: CpuHours, moves: readonly Move[]): CpuHours {
  if (moves.length === 0) return batch;
  const { hours } = batch;
  const spread = batch.spreadCpuSeconds?.slice() ?? new Float64Array(batch.busyCpuSeconds.length);
  const columns = {
    busyCpuSeconds: batch.busyCpuSeconds.slice(),
    idleCpuSeconds: batch.idleCpuSeconds.slice(),
    observedCpuSeconds: batch.observedCpuSeconds.slice(),
    spreadCpuSeconds: spread,
    expectedCpuSeconds: batch.expectedCpuSeconds.slice(),
    upFrom: batch.upFrom.slice(),
    upTo: batch.upTo.slice(),
  };
  const answered = [...batch.answered];
  const reopened = new Set(batch.reopened);
  for (const move of moves) {
    const { rows, back } = move;
    const isKnown = !Number.isNaN(move.totalCpuSeconds);
    hours.forEach((hour, t) => {
      const [from, to] = [Math.max(move.from, hour), Math.min(move.to, hour + HOUR_MS)];
      if (!(from < to)) return;
      const cellOf = (row: number): number => row * hours.length + t;
      const row = rows.find((row) => (batch.expectedCpuSeconds[row * hours.length + (back ?? t)] ?? 0) > 0);
      const cell = cellOf(row ?? rows[0] ?? Number.NaN);
      const upMs = rows.reduce((ms, row) => {
        const up =
          Math.min(to, batch.upTo[cellOf(row)] as number) -
          Math.max(from, batch.upFrom[cellOf(row)] as number);
        return up > ms ? up : ms;
      }, 0);
      const perMs = isKnown ? move.totalCpuSeconds / (move.to - move.from) : move.cpus / 1000;
      addTo(columns.expectedCpuSeconds, cell, perMs * (to - from - upMs));
      if (!((columns.upFrom[cell] as number) <= from)) columns.upFrom[cell] = from;
      if (!((columns.upTo[cell] as number) >= to)) columns.upTo[cell] = to;
      if (!isKnown) return;
      const share = (to - from) / (move.to - move.from);
      addTo(columns.busyCpuSeconds, cell, move.busyCpuSeconds * share);
      addTo(columns.idleCpuSeconds, cell, move.idleCpuSeconds * share);
      addTo(columns.observedCpuSeconds, cell, 0);
      addTo(spread, cell, move.totalCpuSeconds * share);
      answered[t] = true;
    });
    const start = Math.floor(move.from / HOUR_MS) * HOUR_MS;
    for (let hour = start; hour < Math.min(move.to, hours[0] ?? start); hour += HOUR_MS)
      reopened.add(hour as FinishedHour);
  }
  return { ...batch, ...columns, answered, reopened: [...reopened].sort((a, b) => a - b) };
}

/** Adds to a cell in which NaN is nothing yet. */
function addTo(cells: Float64Array, cell: number, value: number): void {
  cells[cell] = (cells[cell] || 0) + value;
}
