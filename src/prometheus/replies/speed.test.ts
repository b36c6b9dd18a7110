import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const bench = fileURLToPath(new URL("../../../bench/decode.ts", import.meta.url));

/**
 * In a process of its own, because vitest rewrites what it loads. The ratio is around 6; 1.5 is a margin that
 * no busy machine crosses in the best of several rounds, and that losing the reader of ordinary samples does.
 */
it("decoding is well ahead of TextDecoder + JSON.parse", () => {
  const args = ["--import", "tsx", bench, "--json", "--quick", "--rounds", "5"];
  const { lines } = JSON.parse(execFileSync(process.execPath, args, { encoding: "utf8" })) as {
    lines: readonly { contestant: string; bestRatio: number }[];
  };
  const ours = lines.find(({ contestant }) => contestant.startsWith("ours"));
  expect(ours?.bestRatio).toBeGreaterThan(1.5);
}, 120_000);
