import { describe, expect, it } from "vitest";
import { CounterLayout } from "./counters.js";
import { countTheSame, machinesOf, spacingOf, type TargetScrapes } from "./machines.js";
import { scrapesOfTable, secondOf, steadyLines, type TableOptions, tableLayout } from "./table.testing.js";

const HOUR = 3_600;
const NONE = Number.NaN;

type Span = Parameters<typeof steadyLines>[0];

/** A target whose one CPU is busy for a share of the time, and has been since the machine booted. */
function target(
  span: Span,
  { booted = -86_400, row = 0, busy = 0.3 }: { booted?: number; row?: number; busy?: number } = {},
): TargetScrapes {
  return { row, scrapes: scrapesOfTable(steadyLines(span, [busy], { since: booted }), { booted, row }) };
}

describe("the targets of one address", () => {
  it.each<[string, readonly TargetScrapes[], { rows: number[]; doubledRows: number[] }[]]>([
    [
      "are one machine, scraped by two replicas",
      [target({ from: 0, to: HOUR }), target({ from: 20, to: HOUR })],
      [{ rows: [0], doubledRows: [] }],
    ],
    [
      "are one machine under two names, of which the first counts",
      [target({ from: 0, to: HOUR }), target({ from: 20, to: HOUR }, { row: 1 })],
      [{ rows: [0, 1], doubledRows: [1] }],
    ],
    [
      "are one machine whose labels changed",
      [target({ from: 0, to: HOUR / 2 }), target({ from: HOUR / 2 + 60, to: HOUR }, { row: 1 })],
      [{ rows: [0, 1], doubledRows: [] }],
    ],
    [
      "are two machines, if they count otherwise at the same time",
      [target({ from: 0, to: HOUR }), target({ from: 20, to: HOUR }, { row: 1, busy: 0.6 })],
      [
        { rows: [0], doubledRows: [] },
        { rows: [1], doubledRows: [] },
      ],
    ],
    [
      "are two machines, if they booted at other times",
      [
        target({ from: 0, to: HOUR }, { busy: 0 }),
        target({ from: 20, to: HOUR }, { row: 1, busy: 0, booted: -86_100 }),
      ],
      [
        { rows: [0], doubledRows: [] },
        { rows: [1], doubledRows: [] },
      ],
    ],
    [
      "are one machine that booted with other labels",
      [
        target({ from: 0, to: HOUR }),
        target({ from: HOUR + 300, to: 2 * HOUR }, { row: 1, booted: HOUR + 250 }),
      ],
      [{ rows: [0, 1], doubledRows: [] }],
    ],
    [
      "are two machines, if the address was given to another much later",
      [
        target({ from: 0, to: HOUR }),
        target({ from: 8 * HOUR, to: 9 * HOUR }, { row: 1, booted: 8 * HOUR - 60 }),
      ],
      [
        { rows: [0], doubledRows: [] },
        { rows: [1], doubledRows: [] },
      ],
    ],
    [
      "may be one machine, if it boots with other labels after hours of silence",
      [
        target({ from: 0, to: HOUR }),
        target({ from: 4 * HOUR, to: 5 * HOUR }, { row: 1, booted: 4 * HOUR - 60 }),
      ],
      [{ rows: [0, 1], doubledRows: [] }],
    ],
    [
      "are one machine that was off for long",
      [target({ from: 0, to: HOUR }), target({ from: 4 * HOUR, to: 5 * HOUR }, { booted: 4 * HOUR - 60 })],
      [{ rows: [0], doubledRows: [] }],
    ],
    ["without scrapes are none", [{ row: 0, scrapes: [] }], []],
  ])("%s", (_, targets, machines) => {
    const got = machinesOf(targets, tableLayout(1));
    expect(got.map(({ rows, doubledRows }) => ({ rows, doubledRows }))).toEqual(machines);
  });

  it("are united scrape by scrape: each replica has what the other missed", () => {
    const first = target({ from: 0, to: 600 });
    const second = target({ from: 20, to: 620 });
    const holed = { ...first, scrapes: first.scrapes.filter((_, i) => i < 3 || i > 7) };
    const [machine, ...more] = machinesOf([holed, second], tableLayout(1));
    expect(more).toEqual([]);
    const times = machine?.scrapes.map(({ time }) => secondOf(time)) ?? [];
    expect(times).toEqual(
      [...holed.scrapes, ...second.scrapes].map(({ time }) => secondOf(time)).sort((a, b) => a - b),
    );
    expect([...(machine?.boots ?? [])]).toEqual(times.map(() => NONE));
  });

  it("that two replicas scrape at the same instant count it once", () => {
    const [machine] = machinesOf(
      [target({ from: 0, to: 600 }), target({ from: 0, to: 600 })],
      tableLayout(1),
    );
    expect(machine?.scrapes).toHaveLength(11);
  });
});

describe("two addresses", () => {
  const laidOut = (
    cpus: readonly number[],
    from: number,
    options: TableOptions & { count?: number } = {},
  ) => ({
    layout: tableLayout(cpus.length),
    scrapes: scrapesOfTable(
      steadyLines({ from, to: from + 60 * ((options.count ?? 10) - 1) }, cpus),
      options,
    ),
  });
  it.each<[string, ReturnType<typeof laidOut>, ReturnType<typeof laidOut>, boolean]>([
    ["are one machine, if every counter is the same", laidOut([0.3, 0.5], 0), laidOut([0.3, 0.5], 20), true],
    [
      "are two, if one CPU counts a little otherwise",
      laidOut([0.3, 0.5], 0),
      laidOut([0.3, 0.501], 20),
      false,
    ],
    ["are two, if they do not have as many CPUs", laidOut([0.3, 0.5], 0), laidOut([0.3], 20), false],
    [
      "are two, if they booted at other times",
      laidOut([0.3], 0),
      laidOut([0.3], 20, { booted: -80_000 }),
      false,
    ],
    [
      "are two, as long as few scrapes say otherwise",
      laidOut([0.3], 0, { count: 3 }),
      laidOut([0.3], 20, { count: 3 }),
      false,
    ],
    ["are two, if they are not there at the same time", laidOut([0.3], 0), laidOut([0.3], HOUR), false],
  ])("%s", (_, a, b, same) => {
    expect(countTheSame(a, b)).toBe(same);
    expect(countTheSame(b, a)).toBe(same);
  });

  it("are one machine, in whatever order a server lists its CPUs", () => {
    const other = laidOut([0.5, 0.3], 20);
    const layout = new CounterLayout();
    for (const cpu of ["1", "0"]) for (const mode of ["user", "idle"]) layout.add(cpu, mode);
    expect(countTheSame(laidOut([0.3, 0.5], 0), { ...other, layout })).toBe(true);
  });
});

it("the usual time between scrapes is that of most of them", () => {
  const scrapes = target({ from: 0, to: 600 }).scrapes;
  expect(spacingOf(scrapes)).toBe(60_000);
  expect(spacingOf(scrapes.filter((_, i) => i !== 5 && i !== 6))).toBe(60_000);
  expect(spacingOf(scrapes.slice(0, 1))).toBe(NONE);
});
