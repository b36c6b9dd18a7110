import type { HostSample, HostsSeen } from "../usage/host-source.js";
import { formatInstant } from "../usage/hour.js";

/** What a source said of its answer, and what an operator should know of the hosts in it. */
export function pollWarnings(
  { warnings, unheardSites = [], findings, hosts }: HostsSeen,
  now: number,
  answeredAt: number | undefined,
): string[] {
  const count = (of: (sample: HostSample) => boolean, what: string): string[] => {
    const found = hosts.filter(of).length;
    return found === 0 ? [] : [`${found} of ${hosts.length} hosts ${what}`];
  };
  const setBackBy = (answeredAt ?? now) - now;
  const clock = `the clock was set back by ${setBackBy / 1000} s; nothing is counted until`;
  return [
    ...warnings,
    ...(warnings.length === 0 ? [] : ["the answer is not whole, so no absent host is taken to be gone"]),
    ...findings,
    ...(unheardSites.length === 0
      ? []
      : [`no absent host of ${unheardSites.join(", ")} is taken to be gone: not all of them were heard`]),
    ...count(({ cores }) => cores === null, "have no CPU metrics: their energy is not known"),
    ...count(
      ({ cores, idleFraction }) => cores !== null && idleFraction === null,
      "have no known load now: their time is counted when they have one, or is unknown",
    ),
    ...count(
      ({ memoryActiveRatio }) => memoryActiveRatio === null,
      "have no memory metrics: their energy is without memory",
    ),
    ...(setBackBy > 0 ? [`${clock} ${formatInstant(now + setBackBy)}`] : []),
  ];
}
