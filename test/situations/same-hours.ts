import { formatInstant } from "ada-carbon";
import type { JudgedHour, Verdict } from "./judge.js";
import { totalOf } from "./machines.js";

/** The same data must give the same hours to this share of the capacity, whoever serves them. */
const SAME = 1e-6;
/** Where something happened and a server keeps only one replica at a time, samples near it may be missing. */
const NEARLY_SAME = 0.003;

/** Where two servers gave other hours of the same data, each in a sentence. */
export function differences(one: Verdict, other: Verdict, choosesReplicas: boolean): string[] {
  return one.hours.flatMap((hour, i) => {
    const twin = other.hours[i];
    if (twin === undefined) return [`${formatInstant(hour.hour)} is not there on both`];
    const least =
      choosesReplicas && !hour.clean ? NEARLY_SAME + hour.unknowable / hour.machine.capacity : SAME;
    const isSame =
      shareOf(hour, totalOf(hour.stored) - totalOf(twin.stored)) <= least &&
      shareOf(hour, hour.stored.busy - twin.stored.busy) <= least;
    if (isSame && (choosesReplicas || hour.status === twin.status)) return [];
    return [`${hour.machine.letters} ${formatInstant(hour.hour)}: ${text(hour)} and ${text(twin)}`];
  });
}

const shareOf = ({ machine }: JudgedHour, seconds: number): number => Math.abs(seconds) / machine.capacity;
const text = ({ status, stored }: JudgedHour): string => `${status} ${stored.busy} busy, ${stored.idle} idle`;
