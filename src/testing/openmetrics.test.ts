import { expect, test } from "vitest";
import { simulateCluster } from "./cluster.js";
import { openMetrics } from "./openmetrics.js";

const FROM = Date.parse("2025-09-10T00:00:00Z");

const cluster = simulateCluster({
  interval: { from: FROM, to: FROM + 1_800_000 },
  hosts: [{ machine: 'a "b" \\ c\nd', user: null, cores: 2, phaseMs: 123 }, { cores: 3 }, { cores: 2 }],
});
const text = [...openMetrics(cluster)].join("");
const lines = text.split("\n");

test("ends as OpenMetrics must", () => {
  expect(text.endsWith("\n# EOF\n")).toBe(true);
  expect(lines.filter((line) => line === "# EOF")).toHaveLength(1);
});

test("keeps each metric together, under its family", () => {
  expect(lines.filter((line) => line.startsWith("# TYPE"))).toEqual([
    "# TYPE node_cpu_seconds counter",
    "# TYPE node_boot_time_seconds gauge",
    "# TYPE node_memory_Active_bytes gauge",
    "# TYPE node_memory_MemTotal_bytes gauge",
    "# TYPE up gauge",
  ]);
  const families = lines.map((line) => /^[a-z]\w*/i.exec(line)?.[0]).filter((name) => name !== undefined);
  const changes = families.filter((name, i) => name !== families[i - 1]);
  expect(new Set(changes).size).toBe(changes.length);
});

test("escapes label values", () => {
  expect(text).toContain(String.raw`machine_name="a \"b\" \\ c\nd"`);
});

test("writes each series in one piece, oldest first, and not one sample too few", () => {
  const bySeries = Map.groupBy(
    lines.filter((line) => line !== "" && !line.startsWith("#")),
    (line) => line.slice(0, line.lastIndexOf("}") + 1),
  );
  expect(bySeries.size).toBe((2 + 3 + 2) * 8 + 3 * 4);
  for (const samples of bySeries.values()) {
    const times = samples.map((line) => Number(line.split(" ").at(-1)));
    expect(times).toEqual([...times].sort((a, b) => a - b));
    expect(new Set(times).size).toBe(times.length);
  }
  const first = bySeries.get(lines.find((line) => line.startsWith("up{"))?.replace(/\}.*/, "}") ?? "");
  expect(first?.map((line) => Math.floor(Number(line.split(" ").at(-1)) * 1000))).toEqual(
    Array.from({ length: 100 }, (_, i) => FROM - 3_600_000 + i * 60_000 + 123),
  );
});
