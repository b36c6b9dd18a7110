import { DAY_MS } from "../usage/hour.js";
import { monthOf } from "../usage/month.js";
import { remembered } from "../usage/remembered.js";
import { numberAt } from "../usage/series.js";
import type { SparseRow } from "./least-squares.js";
import type { MeteredLoad } from "./loads.js";

/** Whether each meter has a floor of its own, or all have the same. */
export type FloorRule = "each" | "shared";

/** A number of watts that is looked for: of a busy or an idle core of a type of machine, or of a meter's floor. */
export type Wanted =
  | { readonly of: "busy" | "idle"; readonly machine: string }
  /** `null` where all meters have the same. */
  | { readonly of: "floor"; readonly meter: string | null };

/** What a meter measured in one hour or one month, as an equation: watts times core-hours and hours are its kWh. */
export interface Observation extends SparseRow {
  readonly meter: string;
  /** UTC days since 1970. */
  readonly day: number;
  readonly kwh: number;
  /** What its meter has in an hour on average, by which the equation is divided. */
  readonly meanKwh: number;
}

export interface Observations {
  readonly wanted: readonly Wanted[];
  readonly rows: readonly Observation[];
}

/**
 * Equations of meters, each divided by what its meter has in an hour on average: meters are wrong by a share of what
 * they show. A month that was spread over its hours is one equation.
 */
export function observationsOf(loads: readonly MeteredLoad[], floors: FloorRule): Observations {
  const wanted = new Map<string, { readonly column: number; readonly what: Wanted }>();
  const columnOf = (what: Wanted): number => {
    return remembered(wanted, JSON.stringify(what), () => ({ column: wanted.size, what })).column;
  };
  const meanOf = meanKwhByMeter(loads);
  const rows = loads.flatMap((load): Observation[] => {
    const mean = meanOf.get(load.meter) ?? 0;
    if (mean === 0) return [];
    const machines = load.machines.map(({ machine, busyCoreHours, idleCoreHours }) => ({
      busy: { column: columnOf({ of: "busy", machine }), coreHours: busyCoreHours },
      idle: { column: columnOf({ of: "idle", machine }), coreHours: idleCoreHours },
    }));
    const floor = columnOf({ of: "floor", meter: floors === "each" ? load.meter : null });
    return periodsOf(load).map((hours) => {
      const [columns, values] = [[floor], [hours.length / 1000 / mean]];
      for (const { busy, idle } of machines) {
        for (const { column, coreHours } of [busy, idle]) {
          const sum = hours.reduce((total, i) => total + numberAt(coreHours, i), 0);
          if (sum === 0) continue;
          columns.push(column);
          values.push(sum / 1000 / mean);
        }
      }
      const kwh = hours.reduce((total, i) => total + numberAt(load.kwh, i), 0);
      const day = Math.floor((load.hours[hours[0] ?? 0] ?? Number.NaN) / DAY_MS);
      const of = { meter: load.meter, day, kwh, meanKwh: mean };
      return { ...of, columns, values, target: kwh / mean };
    });
  });
  return { wanted: [...wanted.values()].map(({ what }) => what), rows };
}

/** Row numbers of each equation: an hour, or of what was spread a UTC month. */
function periodsOf({ spread, hours }: MeteredLoad): (readonly number[])[] {
  if (spread === null) return hours.map((_, i) => [i]);
  return [...Map.groupBy(hours.keys(), (i) => monthOf(hours[i] ?? 0)).values()];
}

function meanKwhByMeter(loads: readonly MeteredLoad[]): Map<string, number> {
  return new Map(
    [...Map.groupBy(loads, ({ meter }) => meter)].map(([meter, parts]) => {
      const hours = parts.reduce((sum, { kwh }) => sum + kwh.length, 0);
      const total = parts.reduce((sum, { kwh }) => kwh.reduce((all, value) => all + value, sum), 0);
      return [meter, hours === 0 ? 0 : total / hours];
    }),
  );
}
