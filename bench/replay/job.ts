import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { HOUR_MS, runSync } from "ada-carbon";
import { fileUsageStore } from "ada-carbon/files";
import { prometheusCpuSource } from "ada-carbon/prometheus";

// node bench/replay/job.ts URL DAYS HOSTS(true|false): the main job into Parquet files; says what it took and asked.

const [, , url = "", days = "365", hosts = "false"] = process.argv;
const from = Date.UTC(2025, 0, 1);
const interval = { from, to: from + Number(days) * 24 * HOUR_MS };

/** What was asked, for others to ask the same. */
const asked: { path: string; body: string }[] = [];
const recordingFetch: typeof fetch = async (input, init) => {
  const request = new Request(input, init);
  const { pathname, search } = new URL(request.url);
  asked.push({ path: pathname + search, body: await request.clone().text() });
  return fetch(request);
};

const folder = mkdtempSync(join(tmpdir(), "ada-carbon-bench-replay-"));
const store = fileUsageStore(folder);
const begin = performance.now();
const report = await runSync({
  cpu: prometheusCpuSource({ url, fetch: recordingFetch }),
  intensity: {
    id: "bench",
    hasActual: true,
    periods: async (wanted) => [
      { ...wanted, gco2eqPerKwh: 123, kind: "actual", fetchedAt: Date.UTC(2026, 5, 1) },
    ],
  },
  store,
  interval,
  hosts: hosts === "true",
  clock: () => Date.UTC(2026, 5, 1),
});
const ms = performance.now() - begin;
await store.close();
rmSync(folder, { recursive: true });
if (report.statuses.processed !== Number(days) * 24)
  throw new Error(`not every hour was processed: ${JSON.stringify(report.statuses)}`);
const { maxRSS } = process.resourceUsage();
// What is still on its way when the channel is closed is lost.
process.send?.({ ms, peakMb: maxRSS / 1024, asked, files: report.written.length }, () =>
  process.disconnect?.(),
);
