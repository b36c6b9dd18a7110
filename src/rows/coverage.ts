/**
 * The share of the CPU-seconds expected that was observed, 0 to 1; 1 where nothing was expected, since then nothing can
 * be missing. Coverage of several hosts, or of several hours, is that of their CPU-seconds together.
 *
 * Rounded to a ten-thousandth, a third of a second of an hour: no scrape knows it better, and hours that were watched as
 * well as others look it.
 */
export function coverageOf(observedCpuSeconds: number, expectedCpuSeconds: number): number {
  if (!(expectedCpuSeconds > 0)) return 1;
  return Math.min(1, Math.round((observedCpuSeconds / expectedCpuSeconds) * 1e4) / 1e4);
}
