import type { HourlyIntensity } from "../intensity/hourly.js";
import { joinedIntensity } from "../intensity/joined-intensity.js";
import type { Grids } from "../intensity/project-grids.js";
import { type HostHours, withProjectGrids } from "../rows/host-hours.js";
import type { FinishedHour } from "../usage/hour.js";
import { namesTogether } from "../usage/names-together.js";
import { sumOf } from "../usage/sum.js";
import type { CountedHour } from "./counted-hour.js";

/**
 * What was counted in an hour, as what rows are made of. Carbon is the sum over polls, and in all rows or in none: where
 * a part of it is not known, a sum would be too low. The hour's intensity is then the mean over the polls by energy. Of
 * projects with grids of their own, each grid's is.
 */
export function hourOfHosts(hour: FinishedHour, counted: readonly CountedHour[], grids: Grids): HostHours {
  const hosts = hourOfOneGrid(hour, counted);
  if (grids.sources.length === 1) return hosts;
  const byGrid = Map.groupBy(counted, ({ host }) => grids.of(host.project));
  const intensities = new Map([...byGrid].map(([source, ofGrid]) => [source, gridOf(ofGrid)]));
  return withProjectGrids(hosts, (project) => intensities.get(grids.of(project)) ?? gridOf([]));
}

/** The intensity of a grid as the mean over its hosts' polls by energy. */
function gridOf(counted: readonly CountedHour[]): HourlyIntensity {
  return {
    gco2eqPerKwh: Float64Array.of(gramsPerKwh(counted)),
    provenance: [joinedIntensity(counted.flatMap(({ intensity }) => intensity ?? []))],
  };
}

function hourOfOneGrid(hour: FinishedHour, counted: readonly CountedHour[]): HostHours {
  const column = (of: (host: CountedHour) => number): Float64Array => Float64Array.from(counted, of);
  return {
    cpu: {
      hours: [hour],
      hosts: counted.map(({ host }) => host),
      busyCpuSeconds: column(({ busyCpuSeconds }) => busyCpuSeconds),
      idleCpuSeconds: column(({ idleCpuSeconds }) => idleCpuSeconds),
      observedCpuSeconds: column(({ observedCpuSeconds }) => observedCpuSeconds),
      expectedCpuSeconds: column(({ expectedCpuSeconds }) => expectedCpuSeconds),
      upFrom: column(({ up }) => up?.from ?? Number.NaN),
      upTo: column(({ up }) => up?.to ?? Number.NaN),
      notes: new Map(counted.map(({ notes }, row) => [row, notes])),
      answered: [true],
      warnings: [],
      findings: [],
    },
    attribution: {
      by: (row) => counted[row]?.by ?? "",
      ownersOf: (row) => counted[row]?.owners ?? [],
    },
    useOf: (row) => counted[row] ?? NOTHING,
    gco2eqPerKwh: Float64Array.of(gramsPerKwh(counted)),
    basisOf: (_, instance) =>
      basisOf(counted.filter(({ host }) => host.instance === (instance ?? host.instance))),
  };
}

function gramsPerKwh(counted: readonly CountedHour[]): number {
  const total = (of: (host: CountedHour) => number): number => sumOf(counted.map(of));
  const grams = total(({ busyGco2eq, idleGco2eq }) => busyGco2eq + idleGco2eq);
  return grams / total(({ busyKwh, idleKwh }) => busyKwh + idleKwh);
}

const NOTHING = { busyKwh: 0, idleKwh: 0 };

/** All models that were used, and an intensity as good as the worst. */
function basisOf(counted: readonly CountedHour[]): ReturnType<HostHours["basisOf"]> {
  const models = counted.flatMap(({ model, busyKwh, idleKwh }) =>
    model !== null && busyKwh + idleKwh > 0 ? [model] : [],
  );
  return {
    model: models.length === 0 ? null : models.reduce(namesTogether),
    intensity: joinedIntensity(counted.flatMap(({ intensity }) => intensity ?? [])),
  };
}
