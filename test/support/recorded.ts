import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Interval } from "ada-carbon";
import {
  createBlocks,
  ONE_BLOCK,
  type RealPrometheus,
  runPromtool,
  startPrometheus,
} from "../servers/prometheus.js";

/** Two real Prometheus: one with the counters, one with nothing but what rules recorded of them. */
export interface RecordedPrometheus extends AsyncDisposable {
  readonly raw: RealPrometheus;
  readonly recorded: RealPrometheus;
}

/**
 * Evaluates rules over the past, as a Prometheus with these rules would have all along. promtool shows rules only
 * what was recorded before it started, so rules on rules need a pass for each step; and each pass sees nothing
 * but what the one before it made, because what was recorded from half of its inputs is wrong.
 */
export async function recordRules(
  openmetrics: Iterable<string>,
  rules: string,
  interval: Interval,
  passes: number,
): Promise<RecordedPrometheus> {
  const folder = mkdtempSync(join(tmpdir(), "ada-carbon-recorded-"));
  const within = (name: string): string => join(folder, name);
  const counters = within("counters");
  // Not its whole path: when in its interval a group is evaluated follows from the name of its file, and must not
  // change from run to run. In the last second of an interval, promtool leaves out an evaluation every two hours.
  const file = "rules.yml";
  const span = [`--start=${interval.from / 1000}`, `--end=${interval.to / 1000}`];
  let sums: string[] = [];
  try {
    writeFileSync(within(file), rules);
    await createBlocks(openmetrics, counters, ONE_BLOCK);
    for (let pass = 0; pass < passes; pass++) {
      const made = within(`pass-${pass}`);
      mkdirSync(made);
      const server = await startPrometheus({ blocks: [counters, ...sums] });
      const args = [
        "create-blocks-from",
        "rules",
        ...span,
        `--url=${server.url}`,
        `--output-dir=${made}`,
        file,
      ];
      await runPromtool(["tsdb", ...args], folder).finally(server.stop);
      sums = [made];
    }
    const raw = await startPrometheus({ blocks: [counters] });
    const recorded = await startPrometheus({ blocks: sums });
    return {
      raw,
      recorded,
      [Symbol.asyncDispose]: async () => {
        await raw.stop();
        await recorded.stop();
      },
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
