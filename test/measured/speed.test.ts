import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

// Ratios between turns of one process, in processes of their own because vitest rewrites what it loads. The margins
// are far from what is measured (docs/performance.md): no busy machine crosses them, and losing a fast path does.

const root = fileURLToPath(new URL("../../", import.meta.url));

function bench(...args: string[]): unknown {
  const given = ["--import", "tsx", "bench/main.ts", ...args, "--json"];
  return JSON.parse(execFileSync(process.execPath, given, { cwd: root, encoding: "utf8" }));
}

it("decoding is well ahead of TextDecoder + JSON.parse", () => {
  const { lines } = bench("decode", "--quick", "--rounds", "5") as {
    lines: readonly { contestant: string; bestRatio: number }[];
  };
  expect(lines.find(({ contestant }) => contestant.startsWith("ours"))?.bestRatio).toBeGreaterThan(1.5);
}, 120_000);

it("from bytes to Parquet takes less time than JSON.parse of the bytes alone", () => {
  const { lines } = bench("pipeline", "--quick", "--rounds", "5") as {
    lines: readonly { contestant: string; bestRatio: number }[];
  };
  expect(lines.find(({ contestant }) => contestant === "ours")?.bestRatio).toBeGreaterThan(1);
}, 180_000);

it("rollups are ahead of DuckDB", () => {
  const { results } = bench("rollup", "--series", "200", "--rounds", "3") as {
    results: readonly { by: string; ratio: number }[];
  };
  expect(results.map(({ by }) => by)).toEqual(["hour", "day", "month"]);
  for (const { ratio } of results) expect(ratio).toBeGreaterThan(1);
}, 180_000);
