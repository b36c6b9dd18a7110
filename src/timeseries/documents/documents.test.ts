import { ADA, emptySeries, type FinishedHour, HOUR_MS, QUANTITIES, type UsageSeries } from "ada-carbon";
import { assertSeries } from "ada-carbon/kit";
import { decodeUsage, encodeUsage } from "ada-carbon/parquet";
import {
  type DayEntryInput,
  dayEntry,
  dayEntryToSeries,
  formatMachineMetrics,
  formatRunningAverages,
  parseDayEntry,
  parseLenientJson,
  parseMachineMetrics,
  parseRunningAverages,
} from "ada-carbon/timeseries";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

// The samples of the source documents, as they stand there, faults included.
const usage = (indent: string): string =>
  `{\n${[
    "busy_cpu_seconds_total",
    "idle_cpu_seconds_total",
    "busy_kwh",
    "idle_kwh",
    "busy_gCo2eq",
    "idle_gCo2eq",
  ]
    .map((name) => `${indent}  "${name}": 0.0`)
    .join(",\n")}\n${indent}}`;
const DAY_SAMPLE = `{
  "cloud_project_name": "project",
  "date": "10_09_2025",
  "timeseries": {
    "totals": { "all": ${usage("    ")}, "ARTEMIS_MATLAB": ${usage("    ")} },
    "00:00": { "all": ${usage("    ")},
        "ARTEMIS_MATLAB": ${usage("    ")} }
  }
}`;
const WORKSPACE_SAMPLE = `{
    "instance": "instance="host-172-16-100-116.nubes.stfc.ac.uk:9100"",
    "machine_name": "Artemis (Matlab)",
    "busy_kwh": 0,
    "idle_kwh": 0,
    "busy_gCo2eq": 0,
    "idle_gCo2eq": 0
    "started_at": "2025-09-11T10:30:00Z"
}`;
const RUNNING_SAMPLE = `{
  "machine_name": "Artemis Matlab",
  "metrics": {
    "energy_kwh": {
      "busy": { "number_data_points": 0, "running_average": 0 },
      "idle": { "number_data_points": 0, "running_average": 0 }
    },
    "carbon_gCo2eq": {
        "number_data_points": 0,
        "busy": { "running_average": 0 },
        "idle": { "running_average": 0 }
    }
  }
}`;
const METRICS_SAMPLE = `{
  "machine_name": "Artemis Matlab",
  "metrics": {
    "energy_kwh": { "busy": { "average": 0.0 }, "idle": { "average": 0.0 } },
    "carbon_gCo2eq": { "busy": { "average": 0.0 }, "idle": { "average": 0.0 } }
  }
}`;

const WHERE = { where: "day.json" };
const DAY = Date.UTC(2025, 8, 10);

type State = "absent" | "failed" | "no carbon" | "complete";
const state = fc.constantFrom<State>("absent", "failed", "no carbon", "complete");
const amount = fc.double({ min: 0, max: 1e9, noNaN: true }).map((value) => value + 0);

function seriesFrom(
  scope: UsageSeries["scope"],
  cells: readonly { state: State; numbers: readonly number[] }[],
): UsageSeries {
  const rows = cells.flatMap((cell, h) =>
    cell.state === "absent" ? [] : [{ ...cell, hour: DAY + h * HOUR_MS }],
  );
  const nothing = { library: "unknown", model: null, intensity: null };
  const series = emptySeries(
    scope,
    rows.map((row) => row.hour as FinishedHour),
    nothing,
  );
  rows.forEach((row, i) => {
    QUANTITIES.forEach((name, q) => {
      if (row.state === "complete" || (row.state === "no carbon" && q < 4))
        series[name][i] = row.numbers[q] ?? 0;
    });
    series.status[i] =
      row.state === "failed" ? "not downloaded" : row.state === "complete" ? "processed" : "unprocessed";
  });
  return series;
}

const cells = fc.array(fc.record({ state, numbers: fc.array(amount, { minLength: 6, maxLength: 6 }) }), {
  minLength: 24,
  maxLength: 24,
});
const machineName = fc.oneof(
  fc.constantFrom("Artemis (Matlab)", "totals", "constructor", "toString", "12", " ", "00:00", "é\u0301\n"),
  fc.string({ minLength: 1, maxLength: 8 }).filter((name) => name !== "all" && name !== "__proto__"),
);
const day: fc.Arbitrary<DayEntryInput> = fc
  .record({ all: cells, machines: fc.dictionary(machineName, cells, { maxKeys: 3, noNullPrototype: true }) })
  .map(({ all, machines }) => ({
    project: "IDAaaS",
    day: DAY,
    all: seriesFrom({ kind: "project", name: "IDAaaS" }, all),
    machines: new Map(
      Object.entries(machines).map(([name, rows]) => [name, seriesFrom({ kind: "machine", name }, rows)]),
    ),
  }));

describe("day entries", () => {
  it("read the sample of the source documents", () => {
    const entry = parseDayEntry(DAY_SAMPLE, WHERE);
    expect(entry).toEqual(JSON.parse(DAY_SAMPLE));
    expect(dayEntry(dayEntryToSeries(entry))).toEqual(entry);
  });

  it("go to rows, to Parquet and back without loss", () => {
    fc.assert(
      fc.property(day, (input) => {
        const entry = dayEntry(input);
        const text = JSON.stringify(entry);
        const rows = dayEntryToSeries(
          parseDayEntry(text, { ...WHERE, machines: [...input.machines.keys()] }),
        );
        const through = (series: UsageSeries): UsageSeries => {
          assertSeries(series);
          const back = decodeUsage(encodeUsage(series), { where: "x" });
          expect(back).toEqual(series);
          return back;
        };
        const back = dayEntry({
          ...rows,
          all: through(rows.all),
          machines: new Map([...rows.machines].map(([name, series]) => [name, through(series)])),
        });
        expect(back).toEqual(entry);
        expect(JSON.stringify(back)).toBe(text);
        // And the rows are those that the document was made of.
        for (const name of [...QUANTITIES, "hours", "status"] as const) {
          expect(rows.all[name]).toEqual(input.all[name]);
          for (const [machine, series] of input.machines)
            expect(rows.machines.get(machine)?.[name]).toEqual(series[name]);
        }
      }),
      { numRuns: 60 },
    );
  });

  it("leave out other days, and hours without a row", () => {
    const all = emptySeries(ADA, [DAY - HOUR_MS, DAY + 5 * HOUR_MS, DAY + 24 * HOUR_MS] as FinishedHour[], {
      library: "x",
      model: null,
      intensity: null,
    });
    const entry = dayEntry({ project: "IDAaaS", day: DAY, all, machines: new Map() });
    expect(Object.keys(entry.timeseries)).toEqual(["totals", "05:00"]);
    expect(entry.timeseries["05:00"]?.all?.busy_kwh).toBe("failed");
  });

  it("refuse to be made for a machine that would be taken for the project, or of half a day", () => {
    const all = emptySeries(ADA, [], { library: "x", model: null, intensity: null });
    const make =
      (name: string, at = DAY) =>
      () =>
        dayEntry({ project: "p", day: at, all, machines: new Map([[name, all]]) });
    expect(make("all")).toThrow(/named "all", which in a day entry is the whole project/);
    expect(make("__proto__")).toThrow(/__proto__/);
    expect(make("totals")).not.toThrow();
    expect(make("x", DAY + 1)).toThrow(/start of a UTC day/);
    expect(make("x", Number.NaN)).toThrow(/start of a UTC day/);
  });

  const zero = JSON.parse(DAY_SAMPLE);
  const changed = (change: (entry: typeof zero) => void): unknown => {
    const copy = structuredClone(zero);
    change(copy);
    return copy;
  };
  it.each([
    ["an unknown machine", zero, /^day.json: timeseries.totals.ARTEMIS_MATLAB: there is no such machine$/],
    [
      "a date that is none",
      changed((e) => {
        e.date = "31_02_2025";
      }),
      /date: "31_02_2025" is not a date/,
    ],
    [
      "a date of another form",
      changed((e) => {
        e.date = "2025-09-10";
      }),
      /date: it must be a date DD_MM_YYYY/,
    ],
    [
      "a number as a string",
      changed((e) => {
        e.timeseries["00:00"].all.busy_kwh = "0.5";
      }),
      /timeseries."00:00".all.busy_kwh: it must be a number/,
    ],
    [
      "a negative number",
      changed((e) => {
        e.timeseries["00:00"].all.busy_kwh = -1;
      }),
      /busy_kwh: it must be a number of at least 0/,
    ],
    [
      "a member that is missing",
      changed((e) => {
        delete e.timeseries["00:00"].all.busy_kwh;
      }),
      /all.busy_kwh/,
    ],
    [
      "a member that is unknown",
      changed((e) => {
        e.timeseries["00:00"].all.kwh = 1;
      }),
      /kwh/,
    ],
    [
      "an hour that is none",
      changed((e) => {
        e.timeseries["24:00"] = {};
      }),
      /24:00.*totals, or an hour/,
    ],
    [
      "no totals",
      changed((e) => {
        delete e.timeseries.totals;
      }),
      /totals is missing/,
    ],
    [
      "totals without all",
      changed((e) => {
        delete e.timeseries.totals.all;
      }),
      /totals.all: it is missing/,
    ],
    [
      "totals that are not the sum",
      changed((e) => {
        e.timeseries.totals.all.idle_kwh = 5;
      }),
      /totals.all.idle_kwh: it is 5, but its hours make 0/,
    ],
    [
      "half an hour",
      changed((e) => {
        e.timeseries["00:00"].all.busy_kwh = "failed";
      }),
      /only busy_kwh failed/,
    ],
    ["no JSON", "{", /^day.json is not JSON: /],
    ["no object", "[]", /^day.json: /],
    ["a machine JSON cannot keep", '{"timeseries":{"00:00":{"__proto__":{}}}}', /__proto__/],
  ])("refuse %s, naming the place", (_, input, message) => {
    expect(() =>
      parseDayEntry(input, { ...WHERE, machines: ["Other", ...(input === zero ? [] : ["ARTEMIS_MATLAB"])] }),
    ).toThrow(expect.objectContaining({ code: "bad-input", message: expect.stringMatching(message) }));
  });

  it("take the hours for the totals if asked to", () => {
    const wrong = changed((e) => {
      e.timeseries.totals.all.idle_kwh = 5;
    });
    expect(parseDayEntry(wrong, { ...WHERE, totals: "recompute" })).toEqual(zero);
  });
});

describe("lenient JSON", () => {
  it("reads what is valid as it is, and the two faults only", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        for (const indent of [0, 2]) {
          const text = JSON.stringify(value, null, indent);
          expect(parseLenientJson(text, "x")).toEqual(JSON.parse(text));
        }
      }),
    );
    for (const text of ["", '{"a":1 "b":2}', '{"a":1,\n}', "{a:1}", "[1\n2]", '{"a":"b"c""}'])
      expect(() => parseLenientJson(text, "x.json")).toThrow(/^x.json is not JSON: [^\n]+$/);
  });

  it("does not need the commas at the ends of lines of an object", () => {
    const values = fc.dictionary(
      fc.string(),
      fc.oneof(
        fc.string(),
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        fc.boolean(),
        fc.constant(null),
      ),
      { noNullPrototype: true },
    );
    fc.assert(
      fc.property(values, fc.boolean(), (value, windows) => {
        const text = JSON.stringify(value, null, 2)
          .replace(/,$/gm, "")
          .replaceAll("\n", windows ? "\r\n" : "\n");
        expect(parseLenientJson(text, "x")).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });
});

describe("active workspaces", () => {
  it("are read as the source documents have them, faults and all", () => {
    expect(parseLenientJson(WORKSPACE_SAMPLE, "w.json")).toEqual({
      instance: 'instance="host-172-16-100-116.nubes.stfc.ac.uk:9100"',
      machine_name: "Artemis (Matlab)",
      busy_kwh: 0,
      idle_kwh: 0,
      busy_gCo2eq: 0,
      idle_gCo2eq: 0,
      started_at: "2025-09-11T10:30:00Z",
    });
  });
});

describe("averages", () => {
  const none = { dataPoints: 0, average: null };

  it("read the samples of the source documents and write them back", () => {
    const running = parseRunningAverages(RUNNING_SAMPLE, "a.json");
    expect(running).toEqual({
      machine: "Artemis Matlab",
      busyKwh: none,
      idleKwh: none,
      gco2eq: { dataPoints: 0, busy: null, idle: null },
    });
    expect(formatRunningAverages(running)).toEqual(JSON.parse(RUNNING_SAMPLE));
    expect(formatMachineMetrics(parseMachineMetrics(METRICS_SAMPLE, "a.json"))).toEqual(
      JSON.parse(METRICS_SAMPLE),
    );
  });

  it("refuse a mean of nothing, and nothing where there is a mean", () => {
    const text = RUNNING_SAMPLE.replace('"running_average": 0', '"running_average": 3');
    expect(() => parseRunningAverages(text, "a.json")).toThrow(
      /a.json: metrics.energy_kwh.busy: a mean of 3 over 0 data points/,
    );
    const averages = {
      machine: "x",
      busyKwh: { dataPoints: 2, average: null },
      idleKwh: none,
      gco2eq: { dataPoints: 0, busy: null, idle: null },
    };
    expect(() => formatRunningAverages(averages)).toThrow(/x: a mean of null over 2/);
    expect(() => parseMachineMetrics({ machine_name: "x" }, "a.json")).toThrow(/a.json: metrics: /);
  });
});
