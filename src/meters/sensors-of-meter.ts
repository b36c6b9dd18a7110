import { byCodeUnit } from "../usage/code-units.js";
import { formatInstant, type Hour } from "../usage/hour.js";
import { hostsBehind, type MeterHours, type MeterKind, type MeterReadings } from "./meter.js";
import type { SensorHours } from "./sensor.js";

/** Which sensor belongs to which meter. */
export interface MeteredSensor {
  readonly meter: string;
  readonly sensor: SensorHours;
}

/**
 * Meters as the sums of their sensors, such as the two power supplies of a machine. An hour in which another number of
 * sensors was there than in most hours of the meter is missing: one that is silent would make the sum too small.
 */
export function sumOfSensors(
  sensors: readonly MeteredSensor[],
  kind: MeterKind,
  hours: readonly Hour[],
): MeterReadings {
  const findings: string[] = [];
  const meters = [...Map.groupBy(sensors, ({ meter }) => meter)].map(([meter, group]): MeterHours => {
    const own = group.map(({ sensor }) => sensor);
    const counts = hours.map((_, hour) => own.filter((sensor) => sensor.isThere(hour)).length);
    const usual = mostCommon(counts.filter((count) => count > 0));
    const kwh = Float64Array.from(hours, (_, hour) => {
      if (usual === 0 || counts[hour] !== usual) return Number.NaN;
      return own.reduce((sum, sensor) => (sensor.isThere(hour) ? sum + sensor.kwh(hour) : sum), 0);
    });
    findings.push(...findingsOf(meter, own, { hours, counts, usual }));
    return { meter, kind, hosts: hostsBehind(meter, kind), hours, kwh, spread: null };
  });
  const known = meters.filter(({ kwh }) => kwh.some((value) => !Number.isNaN(value)));
  return { meters: known.sort((a, b) => byCodeUnit(a.meter, b.meter)), findings };
}

function findingsOf(
  meter: string,
  sensors: readonly SensorHours[],
  { hours, counts, usual }: { hours: readonly Hour[]; counts: readonly number[]; usual: number },
): string[] {
  const resets = sensors.reduce((sum, sensor) => sum + sensor.resets, 0);
  const odd = hours.filter((_, hour) => counts[hour] !== usual && (counts[hour] ?? 0) > 0);
  return [
    ...(resets === 0
      ? []
      : [
          `${meter}: its counter fell ${times(resets)}, as at a reset; what it counted in that step is left out`,
        ]),
    ...(odd.length === 0
      ? []
      : [
          `${meter}: ${odd.length} hours, the first at ${formatInstant(odd[0] ?? 0)}, have another number of sensors than the usual ${usual}; they are missing`,
        ]),
  ];
}

function times(count: number): string {
  return count === 1 ? "once" : `${count} times`;
}

function mostCommon(counts: readonly number[]): number {
  const tally = [...Map.groupBy(counts, (count) => count)].map(([count, group]) => ({
    count,
    of: group.length,
  }));
  return tally.sort((a, b) => b.of - a.of || b.count - a.count)[0]?.count ?? 0;
}
