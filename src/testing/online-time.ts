import type { OfflineCpus } from "./host-description.js";

/** For how many milliseconds of [from, to) a cpu ticks. */
export function onlineMs(offline: readonly OfflineCpus[], cpu: number, from: number, to: number): number {
  let ms = to - from;
  for (const pause of offline) {
    if (!pause.cpus.includes(cpu)) continue;
    ms -= Math.max(0, Math.min(to, pause.to) - Math.max(from, pause.from));
  }
  return ms;
}

/** Whether the exporter reports a cpu at an instant. */
export function isReported(offline: readonly OfflineCpus[], cpu: number, instant: number): boolean {
  return !offline.some(
    ({ cpus, series, from, to }) =>
      series === "absent" && cpus.includes(cpu) && instant >= from && instant < to,
  );
}
