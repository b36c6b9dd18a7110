import { isMetered } from "../usage/provenance.js";
import { type Amount, type Cause, type Change, changesAlong, isNear } from "./change.js";
import type { StatedHost } from "./stated-hosts.js";

/** What is known of the hour around a host. */
export interface AroundHost {
  /** Grams per kWh of the hour as it was, for a host of which the scope had nothing then. */
  readonly gco2eqPerKwh: number;
  /** The two intensities of the hour. */
  readonly intensities: string;
}

/**
 * Why a scope's part of a host's hour changed. `undefined` where it had none.
 *
 * @param shareCause Why it has another share of the host.
 */
export function hostChanges(
  before: StatedHost | undefined,
  after: StatedHost | undefined,
  shareCause: Cause,
  { gco2eqPerKwh, intensities }: AroundHost,
): Change[] {
  const is = after ?? (before && nothingOf(before));
  const was = before ?? (after && nothingOf(after));
  if (was === undefined || is === undefined) return [];
  const [start, end] = [amountOf(was), amountOf(is)];
  const rate = start.kwh > 0 ? start.gco2eq / start.kwh : gco2eqPerKwh;
  const measured = withCpuSecondsOf(was, is);
  const steps: [Cause, string, StatedHost][] = [
    ["hours repaired", is.host, { ...was, ...measured }],
    [shareCause, is.host, { ...is, ...measured }],
    ["model changed", modelsText(was.model, is.model), is],
  ];
  return changesAlong(
    start,
    [
      ...steps.map(([cause, what, host]) => {
        const kwh = kwhOf(host);
        return { cause, what, kwh, gco2eq: kwh * rate };
      }),
      { cause: "intensity revised", what: intensities, ...end },
    ],
    end,
  );
}

/** The host, of which the scope has nothing. */
function nothingOf(host: StatedHost): StatedHost {
  return { ...host, busyShare: 0, idleShare: 0, gco2eq: 0 };
}

type HostKwh = Pick<StatedHost, "busyKwh" | "idleKwh">;

/** The kWh that a host would have had by its earlier model, had it been measured as it is now. */
function withCpuSecondsOf(was: StatedHost, is: StatedHost): HostKwh {
  const isSame =
    isNear(was.busyCpuSeconds, is.busyCpuSeconds) && isNear(was.idleCpuSeconds, is.idleCpuSeconds);
  // A meter does not ask how busy the host was.
  if (isSame || isMetered(was.model)) return { busyKwh: was.busyKwh, idleKwh: was.idleKwh };
  if (was.model === is.model) return { busyKwh: is.busyKwh, idleKwh: is.idleKwh };
  // Of time in which it had used nothing there is no earlier kWh a CPU-second.
  return {
    busyKwh: was.busyCpuSeconds > 0 ? (was.busyKwh / was.busyCpuSeconds) * is.busyCpuSeconds : is.busyKwh,
    idleKwh: was.idleCpuSeconds > 0 ? (was.idleKwh / was.idleCpuSeconds) * is.idleCpuSeconds : is.idleKwh,
  };
}

/** The scope's part. */
export function kwhOf({ busyKwh, idleKwh, busyShare, idleShare }: StatedHost): number {
  return busyKwh * busyShare + idleKwh * idleShare;
}

function amountOf(host: StatedHost): Amount {
  return { kwh: kwhOf(host), gco2eq: host.gco2eq ?? 0 };
}

export function modelsText(was: string | null, is: string | null): string {
  return was === is ? `${is}: other kWh for the same CPU-seconds` : `${was ?? "none"} -> ${is ?? "none"}`;
}
