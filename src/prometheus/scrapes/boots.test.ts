import { describe, expect, it } from "vitest";
import { bootsBetweenScrapes, countedMs, startBefore } from "./boots.js";
import { type Line, scrapesOfTable, secondOf, tableLayout } from "./table.testing.js";

const NONE = Number.NaN;
/** At second 0 a machine of one CPU has been up for a day; it says so, or when else it booted. */
const BEFORE: Line = [0, 6_400, 80_000];
const DAY = -86_400;

describe("a machine booted between two scrapes", () => {
  it.each<[string, readonly Line[], [before: number, after: number], number]>([
    ["not, if its counters go on", [[60, 6_410, 80_050]], [DAY, DAY], NONE],
    ["when it says so", [[60, 5, 25]], [DAY, 30], 30],
    [
      "not, if its counters hold more than the time in between, whatever it says",
      [[60, 6_405, 80_025]],
      [DAY, 30],
      NONE,
    ],
    ["not, if its boot time only jitters", [[60, 6_410, 80_050]], [DAY, DAY + 4], NONE],
    ["not, if a counter fell and the boot time did not move", [[60, 6_410, 0]], [DAY, DAY], NONE],
    ["not, if all fell and the boot time did not move", [[60, 0, 0]], [DAY, DAY], NONE],
    ["not, if its clock was set and the counters go on", [[60, 6_410, 80_050]], [DAY, DAY + 3_600], NONE],
    ["not, if its boot time goes back", [[60, 5, 25]], [DAY, DAY - 3_600], NONE],
    ["before that, if its counters hold more time", [[60, 10, 40]], [DAY, 20], 10],
    ["no earlier than the scrape before", [[60, 10, 52]], [DAY, 1], 0],
    [
      "by its counters, if it does not say when",
      [
        [60, 5, 25],
        [120, 15, 75],
      ],
      [NONE, NONE],
      30,
    ],
    [
      "by its counters, if only the scrape before says when",
      [
        [60, 5, 25],
        [120, 15, 75],
      ],
      [DAY, NONE],
      30,
    ],
    [
      "not, if the next scrape goes on from before",
      [
        [60, 0, 0],
        [120, 6_420, 80_100],
      ],
      [NONE, NONE],
      NONE,
    ],
    ["not, if the counters hold more than the time in between", [[60, 40, 60]], [NONE, NONE], NONE],
  ])("%s", (_, after, [bootedBefore, bootedAfter], expected) => {
    const booted = (second: number): number => (second === 0 ? bootedBefore : bootedAfter);
    const boots = bootsBetweenScrapes(scrapesOfTable([BEFORE, ...after], { booted }), tableLayout(1));
    expect(Array.from(boots, secondOf)).toEqual([NONE, expected, ...after.slice(1).map(() => NONE)]);
  });

  it("by the CPU that has counted longest: others are plugged in later", () => {
    const [scrape] = scrapesOfTable([[100, 10, 60, 2, 3]], { booted: 40 });
    if (scrape === undefined) throw new Error("no scrape");
    expect(countedMs(scrape, tableLayout(2))).toBe(70_000);
    expect(secondOf(startBefore(scrape, tableLayout(2)))).toBe(30);
  });
});
