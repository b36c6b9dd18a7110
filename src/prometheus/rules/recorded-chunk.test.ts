import { describe, expect, it } from "vitest";
import type { CpuHours } from "../../usage/cpu.js";
import { type FinishedHour, HOUR_MS } from "../../usage/hour.js";
import { ADA_MODES } from "../../usage/modes.js";
import { ADA_LABELS } from "../client/queries.js";
import type { Labels } from "../replies/matrix.js";
import { type RecordingRules, recordedBy, recordedQuery } from "./recorded.js";
import { assembleRecorded } from "./recorded-chunk.js";

const FROM = Date.UTC(2025, 8, 10);
const HOURS = [0, 1, 2].map((n) => (FROM + n * HOUR_MS) as FinishedHour);
const OWNER = { cloud_project_name: "P", machine_name: "M", user: "u" };

function assemble(
  rules: Exclude<RecordingRules, boolean> | true,
  series: readonly (Labels & { readonly values: readonly number[] })[],
): CpuHours {
  const labels = series.map(({ values, ...rest }): Labels => rest);
  const data = {
    grid: { from: FROM, stepMs: HOUR_MS, count: HOURS.length },
    series: labels,
    values: Float64Array.from(series.flatMap(({ values }) => values)),
    histograms: [],
    notFinite: [],
  };
  return assembleRecorded({ data, warnings: [] }, HOURS, ADA_LABELS, recordedBy(rules));
}
/** When the source was last heard, by the end of the hour after each hour. */
const HEARD = HOURS.map((hour) => (hour + HOUR_MS + 57 * 60_000) / 1000);
const heard = (values: readonly number[] = HEARD) => fact("heard", values, {});
const fact = (name: string, values: readonly number[], owner: Labels = OWNER) =>
  ({ ...owner, fact: name, values }) as unknown as Labels & { readonly values: readonly number[] };

describe("recorded sums", () => {
  it("are one row an owner, of no host; what is not recorded is missing, not zero", () => {
    const other = { cloud_project_name: "P", machine_name: "", user: "" };
    const cpu = assemble(true, [
      heard(),
      fact("busy", [1, 2, Number.NaN]),
      fact("busy", [7, 8, Number.NaN], other),
      fact("idle", [3, 4, Number.NaN]),
      fact("expected", [4, 12, 9]),
      fact("covered", [4, 6, Number.NaN]),
      fact("expected", [7, 8, Number.NaN], other),
      fact("covered", [7, 8, Number.NaN], other),
    ]);
    expect(cpu.hosts).toEqual([
      { instance: "", project: "P", machine: "M", user: "u" },
      { instance: "", project: "P", machine: null, user: null },
    ]);
    expect([...cpu.busyCpuSeconds]).toEqual([1, 2, Number.NaN, 7, 8, Number.NaN]);
    expect([...cpu.idleCpuSeconds]).toEqual([3, 4, Number.NaN, Number.NaN, Number.NaN, Number.NaN]);
    expect([...cpu.expectedCpuSeconds]).toEqual([4, 12, 9, 7, 8, 0]);
    expect([...cpu.observedCpuSeconds].slice(0, 2)).toEqual([4, 6]);
    expect(cpu.answered).toEqual([true, true, false]);
    expect(cpu.warnings).toEqual([]);
    expect(cpu.heardBeyond).toEqual([true, true, true]);
    expect([...(cpu.unsettled ?? [])]).toEqual([0, 0, 0, 0, 0, 0]);
    expect([...(cpu.doubted ?? [])]).toEqual([0, 0, 0, 0, 0, 0]);
  });

  it("of an hour beyond which nobody was heard for long are not settled", () => {
    const [first = 0, second = 0] = HEARD;
    const cpu = assemble(true, [
      heard([first, second - 40 * 60, Number.NaN]),
      fact("busy", [1, 2, 3]),
      fact("expected", [1, 2, 3]),
      fact("covered", [1, 2, 3]),
    ]);
    expect(cpu.heardBeyond).toEqual([true, false, false]);
    expect([...(cpu.unsettled ?? [])]).toEqual([0, 1, 1]);
    expect(cpu.warnings).toEqual([]);
  });

  it("of rules that did not record when anybody was heard are not settled, and a warning says what to do", () => {
    const cpu = assemble(true, [fact("busy", [1, 2, 3]), fact("expected", [1, 2, 3])]);
    expect(cpu.heardBeyond).toEqual([false, false, false]);
    expect(cpu.warnings).toEqual([expect.stringMatching(/load the rules that ada-carbon rules prints now/)]);
    expect(assemble(true, []).warnings).toEqual([]);
  });

  it("of hosts whose counters say what cannot be are doubted, with one finding an owner", () => {
    const cpu = assemble(true, [
      heard(),
      fact("busy", [1, 2, 3]),
      fact("expected", [4, 4, 4]),
      fact("doubted", [Number.NaN, 2, 1]),
    ]);
    expect([...(cpu.doubted ?? [])]).toEqual([0, 1, 1]);
    expect(cpu.findings).toEqual([
      {
        kind: "impossible-cpu-seconds",
        message: expect.stringMatching(/^P, M, u: in 2 hours from 2025-09-10T01:00:00Z on, counters/),
      },
    ]);
  });

  it("without any expectation are not complete", () => {
    expect(assemble(true, [heard(), fact("busy", [1, Number.NaN, Number.NaN])]).warnings).toEqual([
      expect.stringMatching(/how many CPU-seconds to expect is not recorded/),
    ]);
    // One owner's hosts have no boot time, the other's have.
    const other = { ...OWNER, user: "v" };
    const both = [
      heard(),
      fact("busy", [1, 1, 1]),
      fact("expected", [1, 1, 1]),
      fact("busy", [1, 1, 1], other),
    ];
    expect(assemble(true, both).warnings).toHaveLength(1);
    // One that was there for a minute.
    const brief = [...both.slice(0, 3), fact("busy", [0, 1, Number.NaN], other)];
    expect(assemble(true, brief).warnings).toEqual([]);
  });

  it("of the caller's own count as complete where the caller records nothing about that", () => {
    const cpu = assemble({ busy: "b", idle: "i" }, [fact("busy", [1, 2, 3]), fact("idle", [3, 2, 1])]);
    expect([...cpu.observedCpuSeconds]).toEqual([4, 4, 4]);
    expect([...cpu.expectedCpuSeconds]).toEqual([4, 4, 4]);
    expect(cpu.warnings).toEqual([]);
    expect([cpu.heardBeyond, cpu.unsettled, cpu.doubted]).toEqual([undefined, undefined, undefined]);
  });

  it("are asked for in one query, of the modes and projects wanted", () => {
    const hosts = { labels: ADA_LABELS, projects: ["a.b", 'c"'], matchers: [] };
    const query = recordedQuery(recordedBy("lab"), hosts, ADA_MODES);
    expect(query.match(/last_over_time/g)).toHaveLength(6);
    expect(query).toContain(
      'lab:cpu_busy_seconds_increase_1h:by_project_machine_user{cloud_project_name=~"a\\\\.b|c\\"",modes="idle=idle"}[59m] offset 30s',
    );
    const own = recordedQuery(recordedBy({ busy: "b", idle: "i" }), hosts, ADA_MODES);
    expect(own).not.toMatch(/last_over_time|modes=/);
  });
});
