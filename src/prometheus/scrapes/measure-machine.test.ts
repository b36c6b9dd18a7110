import { describe, expect, it } from "vitest";
import { HOUR_MS } from "../../usage/hour.js";
import type { ModeUse } from "../../usage/modes.js";
import { machinesOf } from "./machines.js";
import { type MachineUse, measureMachine, type Surroundings, type UnheardIn } from "./measure-machine.js";
import { at, type Line, START, scrapesOfTable, secondOf, steadyLines, tableLayout } from "./table.testing.js";

const HOUR = 3_600;
const NONE = Number.NaN;
const USES: readonly ModeUse[] = ["busy", "idle"];
/** Others are heard all the time. */
const OTHERS_HEARD: UnheardIn = () => [];
const NOBODY_HEARD: UnheardIn = (from, to) => [{ from, to }];

/** The use of four hours from the beginning of the table on. */
function measured(
  lines: readonly Line[],
  {
    booted = -864_000,
    unheardIn = OTHERS_HEARD,
    wasScrapedBefore = false,
    graceMs = HOUR_MS / 2,
  }: { booted?: number | ((s: number) => number) } & Partial<Surroundings> = {},
): MachineUse {
  const layout = tableLayout(((lines[0]?.length ?? 1) - 1) / 2);
  const [machine, ...more] = machinesOf([{ row: 0, scrapes: scrapesOfTable(lines, { booted }) }], layout);
  if (machine === undefined || more.length > 0) throw new Error("not one machine");
  return measureMachine(
    machine,
    layout,
    USES,
    { from: START, stepMs: HOUR_MS, count: 4 },
    { unheardIn, wasScrapedBefore, graceMs },
  );
}

/** What is known of each hour: busy, observed, spread and expected CPU-seconds. */
function hoursOf({ use }: MachineUse): Record<"busy" | "observed" | "spread" | "expected", number[]> {
  const { busy, observed, spread, expected } = use.of(0);
  const round = (column: Float64Array): number[] =>
    Array.from(column, (value) => Math.round(value * 1e6) / 1e6);
  return { busy: round(busy), observed: round(observed), spread: round(spread), expected: round(expected) };
}

/** Scrapes from a minute before the first hour to a minute after the last one. */
const ALL = { from: -60, to: 4 * HOUR + 60 };
/** A table without the scrapes of a time. */
const without = (lines: readonly Line[], from: number, to: number): Line[] =>
  lines.filter(([second]) => second < from || second >= to);

describe("what a machine used", () => {
  it("is all observed, if it was scraped all the time", () => {
    const got = measured(steadyLines(ALL, [0.25, 0.5]));
    expect(hoursOf(got)).toEqual({
      busy: [2_700, 2_700, 2_700, 2_700],
      observed: [7_200, 7_200, 7_200, 7_200],
      spread: [0, 0, 0, 0],
      expected: [7_200, 7_200, 7_200, 7_200],
    });
    expect(got).toMatchObject({ cpus: 2, spacingMs: 60_000, gaps: [], notes: [], oddities: [] });
    expect([...got.impossible]).toEqual([0, 0, 0, 0]);
  });

  it("is spread by time over a gap that reaches over the edge of an hour", () => {
    const got = measured(without(steadyLines(ALL, [0.25]), HOUR + 1_800, 2 * HOUR + 1_800));
    const { busy, observed, spread, expected } = hoursOf(got);
    expect(busy).toEqual([900, 900, 900, 900]);
    expect(spread).toEqual([0, 1_860, 1_800, 0]);
    expect(observed).toEqual([3_600, 1_740, 1_800, 3_600]);
    expect(expected).toEqual([3_600, 3_600, 3_600, 3_600]);
    expect(got.gaps.map(({ from, to }) => [secondOf(from), secondOf(to)])).toEqual([
      [HOUR + 1_740, 2 * HOUR + 1_800],
    ]);
    expect(got.notes.map(({ text }) => text)).toEqual([
      "from 2025-09-10T01:29:00Z to 2025-09-10T02:30:00Z without a scrape: what its counters gained is spread by time",
    ]);
  });

  it("is all observed, if the gap lies within an hour", () => {
    const got = measured(without(steadyLines(ALL, [0.25]), HOUR + 600, HOUR + 3_000));
    expect(hoursOf(got)).toMatchObject({
      busy: [900, 900, 900, 900],
      spread: [0, 0, 0, 0],
      observed: [3_600, 3_600, 3_600, 3_600],
    });
  });

  it("is expected of CPUs that tick, for as long as they do", () => {
    const plugged = steadyLines(ALL, [0.25, 0.5]).map((line): Line => {
      const [second, user = 0, idle = 0] = line;
      const ticked = Math.max(0, second - 2 * HOUR);
      return [second, user, idle, ticked / 2, ticked / 2];
    });
    const got = measured(plugged);
    expect(hoursOf(got)).toMatchObject({
      busy: [900, 900, 2_700, 2_700],
      expected: [3_600, 3_600, 7_200, 7_200],
    });
    expect(got.notes.map(({ text }) => text)).toEqual(["CPU 1 ticks from 2025-09-10T02:00:00Z on"]);
  });

  it("is told without a mode that is no longer reported", () => {
    const lines = steadyLines(ALL, [0]).map(
      ([second, busy = 0, idle = 0]): Line => [second, second < HOUR ? busy : NONE, idle],
    );
    expect(hoursOf(measured(lines))).toMatchObject({
      observed: [3_600, 3_600, 3_600, 3_600],
      expected: [3_600, 3_600, 3_600, 3_600],
    });
  });

  it("is not all known, where the modes of a CPU do not add up to the time", () => {
    const lines = steadyLines(ALL, [0.25]).map(
      ([second, busy = 0, idle = 0]): Line => [second, second < 2 * HOUR ? busy : NONE, idle],
    );
    const got = measured(lines);
    expect(hoursOf(got)).toMatchObject({
      observed: [3_600, 3_585, 2_700, 2_700],
      expected: [3_600, 3_585, 3_600, 3_600],
    });
    expect(got.lacking[0]).toMatchObject({ cpu: "0", row: 0, share: 0.25 });
  });

  it("is more than its CPUs can: the hour is doubted and nothing is cut", () => {
    // A clock that runs twice as fast as it should, too little a scrape to be noticed and too much an hour.
    const lines = Array.from({ length: 4 * 180 + 7 }, (_, i): Line => {
      const second = -20 + i * 20;
      return [
        second,
        5_000 + second * 0.3,
        90_000 +
          second * (second < HOUR || second > 2 * HOUR ? 0.7 : 0.795) -
          (second > 2 * HOUR ? -342 : second >= HOUR ? 342 : 0),
      ];
    });
    const got = measured(lines);
    expect([...got.impossible]).toEqual([0, 1, 0, 0]);
    expect(hoursOf(got).observed[1]).toBeCloseTo(3_600 * 1.095, 0);
  });
});

describe("a machine that booted", () => {
  /** Until a second it ran since yesterday, and from another on it is scraped, booted some time before that. */
  const rebooted = (until: number, bootedAt: number, from: number): [Line[], (second: number) => number] => [
    [
      ...steadyLines({ from: -60, to: until }, [0.25]),
      ...steadyLines({ from, to: ALL.to }, [0.25], { since: bootedAt }),
    ],
    (second) => (second <= until ? -864_000 : bootedAt),
  ];

  it("was down until then, if the silence was as short as a reboot", () => {
    const [lines, booted] = rebooted(HOUR + 600, HOUR + 1_200, HOUR + 1_260);
    const got = measured(lines, { booted });
    expect(hoursOf(got)).toEqual({
      busy: [900, 750, 900, 900],
      observed: [3_600, 3_000, 3_600, 3_600],
      spread: [0, 0, 0, 0],
      expected: [3_600, 3_000, 3_600, 3_600],
    });
    expect(got.notes.map(({ text }) => text)).toEqual([
      "from 2025-09-10T01:10:00Z to 2025-09-10T01:20:00Z without a scrape, and then it booted: taken as down",
    ]);
  });

  it.each<[string, [number, number, number], UnheardIn, unknown: number[]]>([
    [
      "may have been up in a longer silence",
      [HOUR + 600, HOUR + 3_000, HOUR + 3_060],
      OTHERS_HEARD,
      [0, 2_400, 0, 0],
    ],
    [
      "may have been up in a shorter silence, if it was everybody's",
      [HOUR + 600, HOUR + 1_200, HOUR + 1_260],
      NOBODY_HEARD,
      [0, 600, 0, 0],
    ],
    [
      "may have been up in a silence of hours, although others were heard",
      [-60, 3 * HOUR, 3 * HOUR + 60],
      OTHERS_HEARD,
      [3_600, 3_600, 3_600, 0],
    ],
    [
      "may have been up, if it was not scraped for long after it booted either",
      [HOUR + 600, HOUR + 1_200, HOUR + 2_400],
      OTHERS_HEARD,
      [0, 600, 0, 0],
    ],
  ])("%s", (_, [until, bootedAt, from], unheardIn, unknown) => {
    const [lines, booted] = rebooted(until, bootedAt, from);
    const { observed, spread, expected } = hoursOf(measured(lines, { booted, unheardIn }));
    expect(
      expected.map((seconds, hour) => Math.round(seconds - (observed[hour] ?? 0) - (spread[hour] ?? 0))),
    ).toEqual(unknown);
  });

  it("was off in a silence of many hours as far as others were heard", () => {
    const until = -7 * HOUR;
    const lines = [
      ...steadyLines({ from: until - 600, to: until }, [0.25]),
      ...steadyLines({ from: 3 * HOUR + 60, to: ALL.to }, [0.25], { since: 3 * HOUR }),
    ];
    const booted = (second: number): number => (second <= until ? -864_000 : 3 * HOUR);
    const heard = hoursOf(measured(lines, { booted }));
    expect(heard.expected).toEqual([0, 0, 0, 3_600]);
    const unheard = hoursOf(
      measured(lines, { booted, unheardIn: () => [{ from: at(HOUR), to: at(HOUR + 900) }] }),
    );
    expect(unheard.expected).toEqual([0, 900, 0, 3_600]);
  });
});

describe("a machine that is seen for the first time", () => {
  it("is counted from its boot on, if its counters began then", () => {
    const lines = steadyLines({ from: HOUR + 660, to: ALL.to }, [0.25], { since: HOUR + 600 });
    expect(hoursOf(measured(lines, { booted: HOUR + 600 }))).toMatchObject({
      busy: [NONE, 750, 900, 900],
      expected: [0, 3_000, 3_600, 3_600],
    });
  });

  it("is counted from when its counters began, if it does not say when it booted", () => {
    const lines = steadyLines({ from: HOUR + 1_260, to: ALL.to }, [0.25], { since: HOUR + 600 });
    expect(hoursOf(measured(lines, { booted: NONE }))).toMatchObject({
      busy: [NONE, 750, 900, 900],
      expected: [0, 3_000, 3_600, 3_600],
    });
  });

  it("and is scraped once an hour was up before in that hour: as much as a scrape apart is not known", () => {
    const lines = steadyLines({ from: HOUR + 1_800, to: 6 * HOUR, every: HOUR }, [0.25]);
    expect(hoursOf(measured(lines)).expected).toEqual([0, 3_600, 3_600, 3_600]);
    expect(hoursOf(measured(lines)).observed).toEqual([0, 1_800, 3_600, 3_600]);
  });

  it("was up before in that hour, if it booted long ago: how much of it is not known", () => {
    const lines = steadyLines({ from: HOUR + 660, to: ALL.to }, [0.25], { since: -10 * 86_400 });
    const got = hoursOf(measured(lines, { booted: -10 * 86_400 }));
    expect(got.expected).toEqual([0, 3_600, 3_600, 3_600]);
    expect(got.observed).toEqual([0, 2_940, 3_600, 3_600]);
  });

  it("and was scraped before is nothing new: what it did until then is told by its edges", () => {
    const lines = steadyLines({ from: 2 * HOUR + 660, to: ALL.to }, [0.25], { since: HOUR });
    for (const booted of [HOUR, -864_000]) {
      const got = measured(lines, { booted, wasScrapedBefore: true });
      expect(hoursOf(got)).toMatchObject({ busy: [NONE, NONE, 735, 900], spread: [0, 0, 0, 0] });
      expect(hoursOf(got).expected).toEqual([0, 0, 2_940, 3_600]);
      expect(got).toMatchObject({ gaps: [], notes: [] });
    }
  });

  it("with nobody else before: hours before the one in which data begin are of nobody", () => {
    const lines = steadyLines({ from: 2 * HOUR + 660, to: ALL.to }, [0.25], { since: 0 });
    const alone = hoursOf(measured(lines, { booted: 0, unheardIn: NOBODY_HEARD }));
    expect(alone.busy).toEqual([NONE, NONE, 900, 900]);
    expect(alone.spread).toEqual([0, 0, 660, 0]);
    const heardBefore: UnheardIn = (_, to) => [{ from: at(-HOUR), to }];
    const amongOthers = hoursOf(measured(lines, { booted: 0, unheardIn: heardBefore }));
    expect(amongOthers.busy).toEqual([900, 900, 900, 900]);
    expect(amongOthers.spread).toEqual([3_600, 3_600, 660, 0]);
  });
});
