import { badInput } from "../usage/errors.js";
import { HOUR_MS, hoursIn, type Interval } from "../usage/hour.js";
import { intervalOfMonth } from "../usage/month.js";
import { amountOf, type FieldsRow } from "./fields.js";
import { hostsBehind, type MeterHours, type MeterKind, type MeterSource } from "./meter.js";

interface BilledMonth extends Interval {
  readonly kwh: number;
}

/** A bill: `month` and `kwh`, by meter. Each month is spread evenly over its hours, and marked as spread. */
export function billedMeters(rows: readonly FieldsRow[], where: string, kind: MeterKind): MeterSource {
  const bills = new Map<string, BilledMonth[]>();
  for (const row of rows) {
    const meter = row.fields.meter || kind;
    const month = monthOf(row);
    const known = bills.get(meter) ?? [];
    if (known.some(({ from }) => from === month.from)) {
      const what = `${row.fields.month} of ${JSON.stringify(meter)} is there twice`;
      throw badInput(`${row.where}: ${what}`);
    }
    bills.set(meter, [...known, month]);
  }
  return {
    where,
    meterHours: async (interval) => ({
      meters: [...bills].map(([meter, months]) => spreadEvenly(meter, kind, months, interval)),
      findings: [],
    }),
  };
}

function spreadEvenly(
  meter: string,
  kind: MeterKind,
  months: readonly BilledMonth[],
  interval: Interval,
): MeterHours {
  const hours = hoursIn(interval);
  const kwh = Float64Array.from(hours, (hour) => {
    const month = months.find(({ from, to }) => from <= hour && hour < to);
    return month === undefined ? Number.NaN : (month.kwh * HOUR_MS) / (month.to - month.from);
  });
  return { meter, kind, hosts: hostsBehind(meter, kind), hours, kwh, spread: "evenly" };
}

function monthOf(row: FieldsRow): BilledMonth {
  const text = row.fields.month ?? "";
  if (!/^\d{4}-(0[1-9]|1[0-2])$/.test(text)) {
    const what = `${JSON.stringify(text)} is no month; write it like 2025-09`;
    throw badInput(`${row.where}: ${what}`);
  }
  return { ...intervalOfMonth(text), kwh: amountOf(row, "kwh") };
}
