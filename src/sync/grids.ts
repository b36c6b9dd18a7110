import { type HourlyIntensity, hourlyIntensity } from "../intensity/hourly.js";
import type { IntensityPeriod, IntensitySource } from "../intensity/port.js";
import { type Grids, gridsOf, type ProjectGrids } from "../intensity/project-grids.js";
import { RowIndex } from "../rows/row-index.js";
import { type FinishedHour, spanText } from "../usage/hour.js";
import { NO_PROVENANCE } from "../usage/provenance.js";
import { remembered } from "../usage/remembered.js";
import { ADA } from "../usage/scope.js";
import { emptySeries } from "../usage/series.js";
import { storedIntensity } from "./as-stored.js";
import { bestIntensity } from "./better-intensity.js";
import { isWithoutCarbon } from "./plan.js";

/** The intensity of some hours. */
export interface HoursIntensity {
  /** Of every project, where there is one grid. */
  readonly ofAll: HourlyIntensity;
  /** Of each project, where they span several grids. It then counts, and `ofAll` does not. */
  readonly ofProject?: ((project: string) => HourlyIntensity) | undefined;
}

/** Stored rows that have one intensity an hour, and the grid that it is of. */
export interface GridRows {
  readonly rows: RowIndex;
  readonly source: IntensitySource;
}

/** The rows of some hours as they are stored: of the whole cloud, and of each project. */
export interface StoredRows {
  readonly ada: RowIndex;
  readonly projects: readonly RowIndex[];
}

/** What the grids of a run have said so far, and the intensities that follow. */
export class GridAnswers {
  readonly grids: Grids;
  readonly #periods = new Map<IntensitySource, IntensityPeriod[]>();
  readonly #hours = new Map<IntensitySource, Set<FinishedHour>>();

  /** `bad-input` where the grams of the grids do not count the same. Without a grid nothing is known of any hour. */
  constructor(intensity: IntensitySource | ProjectGrids | undefined) {
    this.grids = gridsOf(intensity ?? NO_GRID);
  }

  /** Takes what a source has said of hours that it was asked for, whether it knows them or not. */
  add(source: IntensitySource, hours: readonly FinishedHour[], periods: readonly IntensityPeriod[]): void {
    const known = remembered(this.#periods, source, () => []);
    for (const period of periods) known.push(period);
    const asked = remembered(this.#hours, source, () => new Set());
    for (const hour of hours) asked.add(hour);
  }

  /** Whether a source has answered for an hour. */
  hasAnswered(source: IntensitySource, hour: FinishedHour): boolean {
    return this.#hours.get(source)?.has(hour) === true;
  }

  /** The best intensity of each hour: of what was said, of what rows rest on, and else the constant. */
  intensity(
    hours: readonly FinishedHour[],
    stored: StoredRows,
    fallbackGco2eqPerKwh?: number,
  ): HoursIntensity {
    const { grids } = this;
    const fetched = byKey((source: IntensitySource) =>
      hourlyIntensity(this.#periods.get(source) ?? [], hours, source),
    );
    const best = (source: IntensitySource, rows: RowIndex): HourlyIntensity =>
      bestIntensity(fetched(source), hours, source, rows, fallbackGco2eqPerKwh);
    const ofAll = best(grids.others, stored.ada);
    if (!spansGrids(grids, hours, stored)) return { ofAll };
    const rowsOf = rowsByProject(stored);
    return { ofAll, ofProject: byKey((project) => best(grids.of(project), rowsOf(project))) };
  }
}

const NO_ROWS = new RowIndex(emptySeries(ADA, [], NO_PROVENANCE));
/** A source that knows nothing of any hour. */
export const NO_GRID: IntensitySource = { id: "none", hasActual: false, periods: async () => [] };

function rowsByProject({ projects }: StoredRows): (project: string) => RowIndex {
  const rowsOf = new Map(projects.map((rows) => [rows.series.scope.name, rows]));
  return (project) => rowsOf.get(project) ?? NO_ROWS;
}

/** Computes a value once for each key. */
function byKey<Key, Value>(compute: (key: Key) => Value): (key: Key) => Value {
  const known = new Map<Key, Value>();
  return (key) => {
    return remembered(known, key, () => compute(key));
  };
}

/**
 * Whether carbon is to be computed project by project: there are several grids, or stored hours rest on several. Else
 * every row of an hour has the one intensity that its row of `ada` has.
 */
function spansGrids(grids: Grids, hours: readonly FinishedHour[], stored: StoredRows): boolean {
  return grids.sources.length > 1 || restsOnSeveral(hours, stored);
}

function restsOnSeveral(hours: readonly FinishedHour[], { ada, projects }: StoredRows): boolean {
  return hours.some((hour) => {
    const whole = ada.provenance(hour)?.intensity?.source;
    return projects.some((rows) => {
      const source = rows.provenance(hour)?.intensity?.source;
      return source !== undefined && source !== whole;
    });
  });
}

/** The intensity of hours as it is stored. */
export function storedHoursIntensity(hours: readonly FinishedHour[], stored: StoredRows): HoursIntensity {
  const ofAll = storedIntensity(hours, stored.ada);
  if (!restsOnSeveral(hours, stored)) return { ofAll };
  const rowsOf = rowsByProject(stored);
  return { ofAll, ofProject: byKey((project) => storedIntensity(hours, rowsOf(project))) };
}

/** The rows that say by which intensity hours are stored: those of `ada`, or of the projects where they span grids. */
export function gridRows(grids: Grids, hours: readonly FinishedHour[], stored: StoredRows): GridRows[] {
  if (!spansGrids(grids, hours, stored)) return [{ rows: stored.ada, source: grids.others }];
  return stored.projects.map((rows) => ({ rows, source: grids.of(rows.series.scope.name) }));
}

/** What is said of hours that cannot be restated: their rows add several grids, and only hosts know how much of each. */
export function notSplitText(hours: readonly FinishedHour[], count: number = hours.length): string {
  return `${spanText(hours)}: ${count} hours have no stored hosts, so it is not known how much of them is of which grid: they were left as stored`;
}

/** Whether the intensity of an hour may get better: it is not known, or not settled. */
export function isProvisional(rows: RowIndex, hour: FinishedHour): boolean {
  return isWithoutCarbon(rows, hour) || rows.provenance(hour)?.intensity?.settled === false;
}
