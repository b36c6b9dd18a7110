import { describe, expect, it } from "vitest";
import type { ModeUse } from "../../usage/modes.js";
import { bootsBetweenScrapes } from "./boots.js";
import { type Gain, type Oddity, walkCpu } from "./gains.js";
import { at, type Line, scrapesOfTable, secondOf, type TableOptions, tableLayout } from "./table.testing.js";

const NONE = Number.NaN;
const USES: readonly ModeUse[] = ["busy", "idle"];

/** Seconds and CPU-seconds of gains; `estimated` where no counter says how the time was used. */
type Told = readonly [from: number, to: number, busy: number, idle: number, estimated?: "estimated"];

function walked(
  lines: readonly Line[],
  options: TableOptions & {
    readonly bornAt?: number;
    readonly cpu?: number;
    readonly rows?: readonly number[];
  },
): { gains: Gain[]; oddities: Oddity[]; told: Told[] } {
  const { bornAt = NONE, cpu = 0, rows } = options;
  const layout = tableLayout(((lines[0]?.length ?? 1) - 1) / 2);
  const scrapes = scrapesOfTable(lines, options).map((scrape, i) => ({ ...scrape, row: rows?.[i] ?? 0 }));
  const boots = bootsBetweenScrapes(scrapes, layout);
  const [gains, oddities]: [Gain[], Oddity[]] = [[], []];
  walkCpu(
    { layout, scrapes, boots, bornAt: at(bornAt) },
    cpu,
    USES,
    (gain) => gains.push(gain),
    (oddity) => oddities.push(oddity),
    () => undefined,
  );
  const round = (seconds: number): number => Math.round(seconds * 1e6) / 1e6;
  const told = gains.map(({ from, to, busyCpuSeconds, idleCpuSeconds, isEstimated }): Told => {
    const numbers = [secondOf(from), secondOf(to), round(busyCpuSeconds), round(idleCpuSeconds)] as const;
    return isEstimated ? [...numbers, "estimated"] : numbers;
  });
  return { gains, oddities, told };
}

describe("what a CPU gained", () => {
  it.each<[string, readonly Line[], Parameters<typeof walked>[1], readonly Told[]]>([
    [
      "from scrape to scrape",
      [
        [0, 100, 900],
        [60, 110, 950],
        [120, 120, 1_000],
      ],
      {},
      [
        [0, 60, 10, 50],
        [60, 120, 10, 50],
      ],
    ],
    [
      "over a gap, at once",
      [
        [0, 100, 900],
        [3_600, 700, 3_900],
      ],
      {},
      [[0, 3_600, 600, 3_000]],
    ],
    [
      "since a boot, and nothing from the scrape before to the boot",
      [
        [0, 100, 900],
        [60, 5, 25],
      ],
      { booted: (s) => (s === 0 ? -1_000 : 30) },
      [[30, 60, 5, 25]],
    ],
    [
      "since it was born, if its counters began then",
      [
        [60, 5, 25],
        [120, 15, 75],
      ],
      { bornAt: 30 },
      [
        [30, 60, 5, 25],
        [60, 120, 10, 50],
      ],
    ],
    [
      "not before its first scrape, if they began earlier",
      [
        [60, 5, 125],
        [120, 15, 175],
      ],
      { bornAt: 30 },
      [[60, 120, 10, 50]],
    ],
    [
      "not before its first scrape, if nothing says when it was born",
      [
        [60, 5, 25],
        [120, 15, 75],
      ],
      {},
      [[60, 120, 10, 50]],
    ],
    [
      "while it ticks, if it stands still first",
      [
        [0, 100, 900],
        [60, 100, 900],
        [120, 100, 900],
        [180, 110, 950],
      ],
      {},
      [[120, 180, 10, 50]],
    ],
    [
      "nothing while it stands still",
      [
        [0, 100, 900],
        [60, 110, 950],
        [120, 110, 950],
      ],
      {},
      [[0, 60, 10, 50]],
    ],
    [
      "in all, if a mode is missing in a scrape",
      [
        [0, 100, 900],
        [60, NONE, 950],
        [120, 120, 1_000],
      ],
      {},
      [
        [0, 60, 10, 50],
        [60, 120, 10, 50],
      ],
    ],
    [
      "in all, if a mode is missing in a scrape and cannot have lain evenly",
      [
        [0, 100, 900],
        [60, NONE, 901],
        [120, 160, 960],
      ],
      {},
      [[0, 120, 60, 60]],
    ],
    [
      "without the past of a mode that an exporter begins to tell",
      [
        [0, NONE, 900],
        [60, 500, 950],
        [120, 510, 1_000],
      ],
      {},
      [
        [0, 60, 0, 50],
        [60, 120, 10, 50],
      ],
    ],
    [
      "within rounding",
      [
        [0, 100, 900],
        [60, 99.999_999_9, 960],
      ],
      {},
      [[0, 60, 0, 60]],
    ],
  ])("%s", (_, lines, options, told) => {
    const got = walked(lines, options);
    expect(got.told).toEqual(told);
    expect(got.oddities).toEqual([]);
  });

  it.each<[string, readonly Line[], readonly Told[], Omit<Oddity, "cpu">[]]>([
    [
      "by the time that other modes leave, where one steps back",
      [
        [0, 100, 900],
        [60, 110, 950],
        [120, 120, 900],
        [180, 130, 950],
      ],
      [
        [0, 60, 10, 50],
        [60, 120, 10, 50],
        [120, 180, 10, 50],
      ],
      [{ modes: ["idle"], time: at(120), seconds: -50, treatment: "filled" }],
    ],
    [
      "by the time that other modes leave, where one steps back a little",
      [
        [0, 100, 900],
        [60, 160, 899.75],
        [120, 220, 899.75],
        [180, 280, 899.75],
        [240, 340, 899.75],
      ],
      [
        [0, 60, 60, 0],
        [60, 120, 60, 0],
        [120, 180, 60, 0],
        [180, 240, 60, 0],
      ],
      [{ modes: ["idle"], time: at(60), seconds: -0.25, treatment: "filled" }],
    ],
    [
      "by the time that other modes leave, where one jumps",
      [
        [0, 100, 900],
        [60, 110, 5_000],
        [120, 120, 5_050],
      ],
      [
        [0, 60, 10, 50],
        [60, 120, 10, 50],
      ],
      [{ modes: ["idle"], time: at(60), seconds: 4_100, treatment: "filled" }],
    ],
    [
      "evenly over a bad scrape, which is left out",
      [
        [0, 100, 900],
        [60, 0, 0],
        [120, 120, 1_000],
      ],
      [
        [0, 60, 10, 50],
        [60, 120, 10, 50],
      ],
      [{ modes: ["user", "idle"], time: at(60), seconds: -900, treatment: "left out" }],
    ],
    [
      "by the wall time after a step back, also if the counter is soon higher again than before it",
      [
        [0, 100, 900],
        [60, 160, 899.75],
        [120, 220, 899.75],
        [180, 230, 949.75],
      ],
      [
        [0, 60, 60, 0],
        [60, 120, 60, 0],
        [120, 180, 10, 50],
      ],
      [{ modes: ["idle"], time: at(60), seconds: -0.25, treatment: "filled" }],
    ],
    [
      "by the wall time divided as after it, where all counters were set",
      [
        [0, 100, 900],
        [60, 10, 20],
        [120, 25, 65],
      ],
      [
        [0, 60, 15, 45, "estimated"],
        [60, 120, 15, 45],
      ],
      [{ modes: ["user", "idle"], time: at(60), seconds: -880, treatment: "filled" }],
    ],
    [
      "by the wall time, where each mode alone is possible and both together are not",
      [
        [0, 100, 900],
        [60, 150, 950],
        [120, 160, 1_000],
      ],
      [
        [0, 60, 10, 50, "estimated"],
        [60, 120, 10, 50],
      ],
      [{ modes: ["user", "idle"], time: at(60), seconds: 100, treatment: "filled" }],
    ],
  ])("%s", (_, lines, told, oddities) => {
    const got = walked(lines, {});
    expect(got.told).toEqual(told);
    expect(got.oddities).toEqual(oddities.map((oddity) => ({ cpu: "0", ...oddity })));
  });

  const TWO: readonly Line[] = [
    [0, 100, 900, NONE, NONE],
    [60, 110, 950, 3, 27],
    [120, 120, 1_000, 13, 77],
  ];
  it("for as long as it has counted, if it was plugged in", () => {
    expect(walked(TWO, { cpu: 1 }).told).toEqual([
      [30, 60, 3, 27],
      [60, 120, 10, 50],
    ]);
  });

  it("around the time in which it was out: half of it on either side", () => {
    const lines: Line[] = [
      [0, 0, 1_000, 5, 10],
      [60, 0, 1_060, NONE, NONE],
      [120, 0, 1_120, NONE, NONE],
      [180, 0, 1_180, 9, 40],
    ];
    expect(walked(lines, { cpu: 1 }).told).toEqual([
      [0, 60, 2, 15],
      [120, 180, 2, 15],
    ]);
    // More than it could do around it: it ticked all the time, and was only not told of.
    const ticking: Line[] = [...lines.slice(0, 3), [180, 0, 1_180, 25, 170]];
    expect(walked(ticking, { cpu: 1 }).told).toEqual([[0, 180, 20, 160]]);
  });

  it("under the labels it had at both ends", () => {
    const { gains } = walked(
      [
        [0, 100, 900],
        [60, 110, 950],
        [120, 120, 1_000],
      ],
      { rows: [0, 0, 1] },
    );
    expect(gains.map(({ rowFrom, rowTo }) => [rowFrom, rowTo])).toEqual([
      [0, 0],
      [0, 1],
    ]);
  });
});
