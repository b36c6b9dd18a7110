import { assertColumns, instantIn } from "../codecs/records.js";
import { badInput } from "../usage/errors.js";
import { HOUR_MS } from "../usage/hour.js";
import { assertArgument, LIST, TEXT } from "../usage/options.js";
import { fieldRows } from "./fields.js";
import type { MeterHours } from "./meter.js";

/** Which host was behind which meter, from when to when: virtual machines move from hypervisor to hypervisor. */
export interface Placement {
  readonly meter: string;
  /** As in the label `instance`, or without port. */
  readonly host: string;
  /** UTC milliseconds; infinite where nothing is said. */
  readonly from: number;
  readonly to: number;
}

/**
 * Placements from a text: CSV with a header line, or a JSON array of objects. Columns are `meter` and `host`, and where
 * hosts move `from` and `to` (ISO 8601 with an offset). Errors (`bad-input`) say which row.
 *
 * @example
 * import assert from "node:assert/strict";
 * import { parsePlacements } from "ada-carbon/meters";
 *
 * const [placement] = parsePlacements("meter,host\nhv-12,host-172-16-100-2\n", "placements.csv");
 * assert.equal(placement?.meter, "hv-12");
 */
export function parsePlacements(content: string, where: string): Placement[] {
  assertArgument("parsePlacements", "content", content, TEXT);
  const rows = fieldRows(content, where, "placements");
  const placements = rows.map(({ fields, where: place }) => {
    const { meter = "", host = "", from = "", to = "" } = fields;
    if (meter === "" || host === "") throw badInput(`${place}: a placement needs a meter and a host`);
    return {
      meter,
      host,
      from: from === "" ? Number.NEGATIVE_INFINITY : instantIn(from, place),
      to: to === "" ? Number.POSITIVE_INFINITY : instantIn(to, place),
    };
  });
  // Without a beginning and an end a host was behind its meter always.
  const names = new Set(rows.flatMap(({ fields }) => Object.keys(fields)));
  assertColumns(names, ["meter", "host", "from", "to"], names.has("from") && names.has("to"), where);
  return placements;
}

/**
 * Meters with the hosts that were behind them: one part for each set of hosts. An hour in which a host came or went is
 * in none, since the meter has it and nobody knows how it was divided.
 */
export function withPlacements(
  meters: readonly MeterHours[],
  placements: readonly Placement[],
): MeterHours[] {
  assertArgument("withPlacements", "meters", meters, LIST);
  assertArgument("withPlacements", "placements", placements, LIST);
  const ofMeter = Map.groupBy(placements, ({ meter }) => meter);
  return meters.flatMap((meter) => {
    const own = ofMeter.get(meter.meter) ?? [];
    const indices = Map.groupBy(meter.hours.keys(), (i) => hostsDuring(own, meter.hours[i] ?? Number.NaN));
    return [...indices].flatMap(([hosts, rows]): MeterHours[] => {
      if (hosts === null) return [];
      return [
        {
          ...meter,
          hosts: JSON.parse(hosts),
          hours: rows.flatMap((i) => meter.hours[i] ?? []),
          kwh: Float64Array.from(rows, (i) => meter.kwh[i] ?? Number.NaN),
        },
      ];
    });
  });
}

/** The hosts of a whole hour as one text; `null` where one of them was there for a part of it. */
function hostsDuring(placements: readonly Placement[], hour: number): string | null {
  const end = hour + HOUR_MS;
  const some = placements.filter(({ from, to }) => from < end && to > hour);
  if (some.some(({ from, to }) => from > hour || to < end)) return null;
  return JSON.stringify([...new Set(some.map(({ host }) => host))].sort());
}
