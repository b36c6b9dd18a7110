import { instantIn } from "../codecs/records.js";
import { badInput } from "../usage/errors.js";
import { formatInstant, HOUR_MS, hoursIn, type Interval } from "../usage/hour.js";
import { assertArgument, assertOptions, checkedCalls, oneOf, type Rules, TEXT } from "../usage/options.js";
import { amountOf, type FieldsRow, fieldRows } from "./fields.js";
import { METER_CALLS, METER_KINDS, type MeterKind, type MeterReadings, type MeterSource } from "./meter.js";
import { billedMeters } from "./monthly-bill.js";
import { READING_RULES, type ReadingRules, SensorHours } from "./sensor.js";
import { sumOfSensors } from "./sensors-of-meter.js";

/** What a column holds, by its name; `joules` or watts in one of its unit. */
interface ReadingColumn {
  readonly what: "energy" | "counter" | "power";
  readonly unit: number;
}

const COLUMNS: Readonly<Record<string, ReadingColumn>> = {
  kwh: { what: "energy", unit: 3_600_000 },
  wh: { what: "energy", unit: 3600 },
  joules: { what: "energy", unit: 1 },
  kwh_total: { what: "counter", unit: 3_600_000 },
  wh_total: { what: "counter", unit: 3600 },
  joules_total: { what: "counter", unit: 1 },
  kw: { what: "power", unit: 1000 },
  watts: { what: "power", unit: 1 },
};

export interface MeterTextOptions extends ReadingRules {
  /** What each meter measures. With `site`, all of them together are one meter. */
  readonly kind: MeterKind;
}

const METER_TEXT_OPTIONS: Rules<MeterTextOptions> = { ...READING_RULES, kind: oneOf(METER_KINDS) };

/**
 * Meters from a text: CSV with a header line, or a JSON array of objects, such as a PDU exports.
 *
 * - `time` (ISO 8601 with an offset), `meter` (may be left out where there is one), and one column whose name says what
 *   it is: `kwh`, `wh` or `joules` were taken from the time of the row to that of the next one; `kwh_total`, `wh_total`
 *   or `joules_total` have been counted until then; `watts` or `kw` are taken then.
 * - or `month` (`2025-09`, UTC) and `kwh`, and `meter` if there are several: a bill, spread evenly over the hours.
 *
 * An empty field is missing. Errors (`bad-input`) say which row.
 *
 * @param where Names the text in messages, such as a path.
 *
 * @example
 * import assert from "node:assert/strict";
 * import { meterText } from "ada-carbon/meters";
 *
 * const csv = "time,meter,kwh\n2025-09-10T00:00Z,rack-4,5\n2025-09-10T01:00Z,rack-4,6\n";
 * const pdu = meterText(csv, "pdu.csv", { kind: "rack" });
 * const { meters } = await pdu.meterHours({ from: Date.UTC(2025, 8, 10), to: Date.UTC(2025, 8, 10, 2) });
 * assert.deepEqual([...(meters[0]?.kwh ?? [])], [5, 6]);
 */
export function meterText(content: string, where: string, options: MeterTextOptions): MeterSource {
  assertArgument("meterText", "content", content, TEXT);
  assertOptions("meterText", options, METER_TEXT_OPTIONS);
  const rows = fieldRows(content, where, "meter readings");
  const names = new Set(rows.flatMap(({ fields }) => Object.keys(fields)));
  if (names.has("month")) return billedMeters(rows, where, options.kind);
  const known = Object.keys(COLUMNS).filter((name) => names.has(name));
  const [column = ""] = known;
  const reading = COLUMNS[column];
  if (reading === undefined || known.length > 1 || !names.has("time")) {
    throw badInput(
      `${where}: there are columns ${[...names].join(", ")}; expected time and one of ${Object.keys(COLUMNS).join(", ")}, whose name says the unit; or month and kwh of a bill`,
    );
  }
  const readings = rows.map((row) => readingOf(row, column, reading));
  assertOnce(readings, where);
  const source: MeterSource = {
    where,
    meterHours: async (interval) => readMeters(readings, reading, interval, options),
  };
  return checkedCalls("a MeterSource", source, METER_CALLS);
}

interface Reading {
  readonly meter: string;
  readonly time: number;
  /** Joules or watts; NaN where the field is empty. */
  readonly value: number;
}

function readingOf(row: FieldsRow, column: string, { unit }: ReadingColumn): Reading {
  const { fields, where } = row;
  const time = instantIn(fields.time ?? "", where);
  const value = (fields[column] ?? "") === "" ? Number.NaN : amountOf(row, column) * unit;
  return { meter: fields.meter || "meter", time, value };
}

function assertOnce(readings: readonly Reading[], where: string): void {
  const seen = new Set<string>();
  for (const { meter, time } of readings) {
    const key = JSON.stringify([meter, time]);
    if (seen.has(key)) {
      const when = formatInstant(time);
      throw badInput(`${where}: ${JSON.stringify(meter)} has two rows of ${when}`);
    }
    seen.add(key);
  }
}

function readMeters(
  readings: readonly Reading[],
  { what }: ReadingColumn,
  interval: Interval,
  options: MeterTextOptions,
): MeterReadings {
  const hours = hoursIn(interval);
  const sensors = [...Map.groupBy(readings, ({ meter }) => meter)].map(([name, own]) => {
    const sorted = own.toSorted((a, b) => a.time - b.time);
    const usualMs = usualStep(sorted);
    const sensor = new SensorHours(hours, {
      maxGapMs: options.maxGapMs ?? MISSING_ROW * usualMs,
      leastShare: options.leastShare,
    });
    sorted.forEach(({ time, value }, i) => {
      if (Number.isNaN(value)) return;
      if (what === "power") sensor.addWatts(time, value);
      else if (what === "counter") sensor.addCounted(time, value);
      else sensor.addEnergy(time, endOfRow(time, sorted[i + 1]?.time, usualMs), value);
    });
    return { meter: options.kind === "site" ? "site" : name, sensor };
  });
  return sumOfSensors(sensors, options.kind, hours);
}

/** So many times the usual distance between two rows is a row that is missing. */
const MISSING_ROW = 1.5;

/** Rows of an export may be minutes or hours apart. */
function usualStep(readings: readonly Reading[]): number {
  const steps = readings.slice(1).map(({ time }, i) => time - (readings[i]?.time ?? Number.NaN));
  return steps.sort((a, b) => a - b)[(steps.length - 1) >> 1] ?? HOUR_MS;
}

/** Energy of a row is of the time until the next one, and where that is missing or there is none of the usual time. */
function endOfRow(time: number, next: number | undefined, usualMs: number): number {
  return next === undefined || next - time > MISSING_ROW * usualMs ? time + usualMs : next;
}
