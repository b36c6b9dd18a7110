import { describe, expect, it } from "vitest";
import { HOUR_MS } from "../usage/hour.js";
import type { MeterHours } from "./meter.js";
import { meterText } from "./meter-text.js";
import { parsePlacements, withPlacements } from "./placements.js";

const FROM = Date.UTC(2025, 8, 10);
const DAY = { from: FROM, to: FROM + 4 * HOUR_MS };

async function kwhOf(text: string, kind: "rack" | "site" = "rack"): Promise<Record<string, number[]>> {
  const { meters } = await meterText(text, "pdu.csv", { kind }).meterHours(DAY);
  return Object.fromEntries(meters.map(({ meter, kwh }) => [meter, [...kwh]]));
}
const rows = (column: string, ...values: (number | string)[]): string =>
  [`Time,Meter,${column}`, ...values.map((value, hour) => `2025-09-10T0${hour}:00:00Z,rack-4,${value}`)].join(
    "\n",
  );

describe("the export of a PDU", () => {
  it.each([
    ["kwh", [5, 6, 7, 8]],
    ["Wh", [5000, 6000, 7000, 8000]],
    ["joules", [18e6, 21.6e6, 25.2e6, 28.8e6]],
    ["kwh_total", [100, 105, 111, 118, 126]],
    ["wh_total", [0, 5000, 11_000, 18_000, 26_000]],
    ["joules_total", [0, 18e6, 39.6e6, 64.8e6, 93.6e6]],
  ])("says its unit by the name of the column: %s", async (column, values) => {
    expect(await kwhOf(rows(column, ...values))).toEqual({
      "rack-4": [5, 6, 7, 8].map((kwh) => expect.closeTo(kwh, 9)),
    });
  });

  it("may be in watts or kW, at any time", async () => {
    expect(await kwhOf(rows("watts", 4000, 6000, 6000, 4000, 4000))).toEqual({ "rack-4": [5, 6, 5, 4] });
    expect(await kwhOf(rows("kW", 4, 6, 6, 4, 4))).toEqual({ "rack-4": [5, 6, 5, 4] });
  });

  it("misses what is empty or not there", async () => {
    expect(await kwhOf(rows("kwh", 5, "", 7, 8))).toEqual({ "rack-4": [5, Number.NaN, 7, 8] });
    const twoRacks = `${rows("kwh", 5, 6, 7, 8)}\n2025-09-10T02:00:00Z,rack-5,1\n2025-09-10T03:00:00Z,rack-5,2`;
    expect(await kwhOf(twoRacks)).toEqual({
      "rack-4": [5, 6, 7, 8],
      "rack-5": [Number.NaN, Number.NaN, 1, 2],
    });
    // The site is known only where both racks are.
    expect(await kwhOf(twoRacks, "site")).toEqual({ site: [Number.NaN, Number.NaN, 8, 10] });
  });

  it.each([
    [
      "time,meter,energy\n2025-09-10T00:00:00Z,a,5",
      /pdu.csv: there are columns time, meter, energy; .* whose name says the unit/,
    ],
    ["time,kwh,wh\n2025-09-10T00:00:00Z,5,5000", /expected time and one of kwh, wh/],
    ["time,kwh\n2025-09-10 00:00,5", /line 2: "2025-09-10 00:00" is not an instant/],
    ["time,kwh\n2025-09-10T00:00:00Z,-5", /line 2: kwh is "-5"; it must be a number of at least 0/],
    ["time,kwh\n2025-09-10T00:00:00Z,5 kWh", /line 2: kwh is "5 kWh"/],
    [
      "time,kwh\n2025-09-10T00:00:00Z,5\n2025-09-10T00:00:00Z,6",
      /"meter" has two rows of 2025-09-10T00:00:00Z/,
    ],
    ["month,kwh\n2025-13,5", /line 2: "2025-13" is no month; write it like 2025-09/],
    ["month,kwh\n2025-09,5\n2025-09,6", /line 3: 2025-09 of "rack" is there twice/],
    ["month,kwh\n2025-09,", /line 2: kwh is ""/],
  ])("is refused by name and row: %j", (text, message) => {
    const read = (): unknown => meterText(text, "pdu.csv", { kind: "rack" });
    expect(read).toThrow(message);
    expect(read).toThrow(expect.objectContaining({ code: "bad-input" }));
  });
});

describe("a bill", () => {
  it("is spread evenly over the hours of its months, and marked", async () => {
    const bill = meterText("month,kwh\n2025-09,7200\n2025-11,100", "bill.csv", { kind: "site" });
    const { meters } = await bill.meterHours({
      from: Date.UTC(2025, 8, 30, 22),
      to: Date.UTC(2025, 9, 1, 1),
    });
    expect(meters).toEqual([
      expect.objectContaining({
        meter: "site",
        hosts: null,
        spread: "evenly",
        kwh: Float64Array.of(10, 10, Number.NaN),
      }),
    ]);
  });
});

describe("placements", () => {
  const meter = (name: string): MeterHours => ({
    ...{ meter: name, kind: "hypervisor", hosts: [], spread: null },
    hours: Array.from({ length: 4 }, (_, t) => (FROM + t * HOUR_MS) as MeterHours["hours"][number]),
    kwh: Float64Array.of(1, 2, 3, 4),
  });

  it("divide a meter into parts, without the hour in which a host moved", () => {
    const placements = parsePlacements(
      ["meter,host,from,to", "hv-1,a,,", "hv-1,b,,2025-09-10T01:30:00Z", "hv-2,b,2025-09-10T01:30:00Z,"].join(
        "\n",
      ),
      "placements.csv",
    );
    const parts = withPlacements([meter("hv-1"), meter("hv-2")], placements);
    expect(parts.map(({ meter: name, hosts, kwh }) => [name, hosts, [...kwh]])).toEqual([
      ["hv-1", ["a", "b"], [1]],
      ["hv-1", ["a"], [3, 4]],
      ["hv-2", [], [1]],
      ["hv-2", ["b"], [3, 4]],
    ]);
  });

  it("are refused without a meter or a host", () => {
    expect(() => parsePlacements("meter,host,start,end\nhv-1,a,,", "p.csv")).toThrow(
      'p.csv: "start, end": no such column; there may be meter, host, from, to',
    );
    expect(() => parsePlacements("meter,host\nhv-1,", "p.csv")).toThrow(
      /p.csv: line 2: a placement needs a meter and a host/,
    );
    expect(() => parsePlacements("meter,host,from\nhv-1,a,now", "p.csv")).toThrow(
      /p.csv: line 2: "now" is not an instant/,
    );
  });
});

it("a meter that says nothing of an interval is missing in it, and not 0", async () => {
  const csv = "time,meter,kwh\n2024-01-01T00:00Z,hall,2\n2024-01-01T01:00Z,hall,2\n";
  const interval = { from: Date.UTC(2025, 8, 10), to: Date.UTC(2025, 8, 10, 3) };
  for (const kind of ["site", "host"] as const)
    expect((await meterText(csv, "hall.csv", { kind }).meterHours(interval)).meters).toEqual([]);
});
