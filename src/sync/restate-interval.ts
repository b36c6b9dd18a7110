import { TENURES, type TenureOptions } from "../attribution/attribution.js";
import type { Attribute } from "../attribution/given.js";
import type { GroupOf } from "../attribution/owners.js";
import { repairAverages, replaceRows } from "../averages/keep.js";
import { assertLedgers } from "../intensity/ledgers.js";
import { INTENSITY_SOURCE, type IntensitySource } from "../intensity/port.js";
import { GRIDS, sourcesOf } from "../intensity/project-grids.js";
import { POWER_MODEL } from "../power/model.js";
import { RowIndex } from "../rows/row-index.js";
import type { AverageStore } from "../stores/average-store.js";
import { withCheckedAnswers } from "../stores/checked-answers.js";
import { AVERAGE_STORE, USAGE_STORE } from "../stores/port-rules.js";
import type { UsageStore } from "../stores/usage-store.js";
import { type GivenPeriod, periodOf } from "../timeseries/rollup/given-period.js";
import { AdaCarbonError, badInput } from "../usage/errors.js";
import {
  type FinishedHour,
  formatInterval,
  HOUR_MS,
  hourlyInterval,
  type Interval,
  spanOf,
} from "../usage/hour.js";
import {
  ANYTHING,
  assertOptions,
  CALLBACK,
  FLAG,
  optional,
  port,
  type Rules,
  SIGNAL,
} from "../usage/options.js";
import { inPieces } from "../usage/pieces.js";
import { ADA, type Scope } from "../usage/scope.js";
import { numberAt, type UsageSeries } from "../usage/series.js";
import type { RestatedScope } from "./changes.js";
import { GridAnswers, type HoursIntensity, notSplitText, type StoredRows } from "./grids.js";
import { RENAMED_PROJECT, type RenamedProject } from "./host-names.js";
import { fetchPeriods } from "./look-up.js";
import { type BasisChange, plannedBasis } from "./one-basis.js";
import { assertOneAttribution } from "./options.js";
import { assertNamed } from "./projects.js";
import { restateSeries } from "./restate.js";
import { CHUNK_HOURS, RestateAccount, restatedChunk } from "./restate-chunk.js";
import type { RestatedBy } from "./restated-energy.js";
import { rowsAgain } from "./rows-again.js";
import type { UnknownMachines } from "./unknown-machines.js";

/** What to compute again. What is not given stays as it was stored. */
export interface RestateOptions extends RestatedBy {
  readonly store: UsageStore;
  readonly interval: GivenPeriod;
  /** Looks the market-based intensity of every hour up again; hours without one get it. */
  readonly marketIntensity?: IntensitySource | undefined;
  /** Corrected tenures. Hours that changed hands are split by how long each held the host. */
  readonly tenures?: TenureOptions | undefined;
  /** Says anew whose the hours of hosts were. */
  readonly attribution?: Attribute | undefined;
  readonly groupOf?: GroupOf | undefined;
  /** A project that has another name now: its hours become those of the new name, and the old name goes. */
  readonly renamed?: RenamedProject | undefined;
  /** Kept up to date with what changes. */
  readonly averages?: AverageStore | undefined;
  /** Say what would change, and store nothing. */
  readonly dryRun?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

const RESTATE_OPTIONS: Rules<RestateOptions> = {
  store: USAGE_STORE,
  interval: ANYTHING,
  power: optional(POWER_MODEL),
  meters: optional(port("EnergyMeters", ["idOf", "kwh"])),
  estimateMetered: optional(FLAG),
  intensity: optional(GRIDS),
  marketIntensity: optional(INTENSITY_SOURCE),
  tenures: optional(TENURES),
  attribution: optional(CALLBACK),
  groupOf: optional(CALLBACK),
  renamed: optional(RENAMED_PROJECT),
  averages: optional(AVERAGE_STORE),
  dryRun: optional(FLAG),
  signal: optional(SIGNAL),
};

interface CheckedRestateOptions extends RestateOptions {
  readonly interval: Interval;
}

/** What {@link restate} changed, or would change. */
export interface RestateReport {
  readonly interval: Interval;
  readonly hours: number;
  /** Hours of the interval without stored host-hours, which were left as they are: all but their carbon needs hosts. */
  readonly skipped: number;
  readonly dryRun: boolean;
  /** Where the intensity was looked up again by a source of another basis; `null` where the basis stays. */
  readonly basis: BasisChange | null;
  /** Of the hours of hosts that were computed again, those that are by their own meters now. */
  readonly hostHours: { readonly metered: number; readonly all: number };
  /** Machines that the power model does not know, where it knows some. */
  readonly unknownMachines: UnknownMachines | null;
  /** What the intensity source does not know, and what was doubtful about its answers. */
  readonly warnings: readonly string[];
  /** Scopes with at least one changed hour; the greatest change in energy first. */
  readonly changed: readonly RestatedScope[];
}

/**
 * Computes stored hours again from their hosts' CPU-seconds, without asking Prometheus: after the intensity
 * was revised, tenures were corrected, with another power model, or by meters. Says what changed by how much.
 *
 * Rejects with `no-data` if no hour of the interval has stored host-hours, and with `bad-input` where `intensity` is of
 * another basis than hours outside the interval: a store has one basis before and after.
 */
export async function restate(options: RestateOptions): Promise<RestateReport> {
  assertOptions("restate", options, RESTATE_OPTIONS);
  assertLedgers(sourcesOf(options.intensity), options.marketIntensity);
  assertOneAttribution("restate", options);
  const store = withCheckedAnswers(options.store);
  const checked = { ...options, store, interval: hourlyInterval(periodOf(options.interval)) };
  const unlock = options.dryRun === true ? undefined : await store.lock?.({ signal: options.signal });
  try {
    return await restateLocked(checked);
  } finally {
    await unlock?.();
  }
}

async function restateLocked(options: CheckedRestateOptions): Promise<RestateReport> {
  const { store, interval, averages, signal } = options;
  // A restatement that was cut off may have left them behind; the same one again then has nothing to change.
  if (averages !== undefined && options.dryRun !== true) await repairAverages(store, averages, { signal });
  const { change, refusal } = await plannedBasis(sourcesOf(options.intensity), store, interval, { signal });
  if (refusal !== undefined && options.dryRun !== true) throw badInput(refusal);
  const ada = await store.read(ADA, interval, { signal });
  const known = ada.hours.filter((_, i) => !Number.isNaN(numberAt(ada.busyCpuSeconds, i)));
  const account = new RestateAccount(options);
  if (refusal !== undefined) account.warnings.push(`without --dry-run this is refused: ${refusal}`);
  const answers = await gridAnswers(options);
  let hoursWithoutHosts = 0;
  let restated = 0;
  for (const chunk of inPieces(known, CHUNK_HOURS)) {
    const { whole, series, hostsBefore } = await restatedChunk(
      options,
      new RowIndex(ada),
      chunk,
      account,
      answers && ((rows) => lookedUp(answers, chunk, rows, account, signal)),
    );
    restated += whole.size;
    if (options.dryRun !== true && whole.size > 0) {
      await replaceRows(store, averages, series, hostsBefore, { signal });
      if (options.renamed !== undefined) await removeName(store, options.renamed.before, [...whole], signal);
    }
    const rest = chunk.filter((hour) => !whole.has(hour));
    if (answers !== undefined)
      hoursWithoutHosts += await restateCarbon(options, rest, new RowIndex(ada), answers, account);
  }
  restated += hoursWithoutHosts;
  if (restated === 0) {
    throw new AdaCarbonError(
      "no-data",
      `no host-hours are stored from ${formatInterval(interval)}; run sync for it first`,
    );
  }
  if (hoursWithoutHosts > 0 && wantsHosts(options))
    account.warnings.push(
      `${hoursWithoutHosts} hours have no stored hosts: only their carbon was computed again`,
    );
  const skipped = ada.hours.length - restated;
  return {
    interval,
    hours: restated,
    skipped,
    dryRun: options.dryRun === true,
    basis: change,
    hostHours: account.hostHours,
    unknownMachines: account.unknownMachines.summary,
    warnings: account.warnings,
    changed: account.changes.list(),
  };
}

/** Whether more is to be computed again than carbon, which only stored hosts can give. */
function wantsHosts({ power, meters, tenures, attribution, renamed }: RestateOptions): boolean {
  return [power, meters, tenures, attribution, renamed].some((option) => option !== undefined);
}

/**
 * Hours whose hosts are not stored, or not all: the rows of every scope get their carbon by the grid, so that no hour stays
 * of another basis. Says how many hours these are: none where there are several grids, since only hosts know how much of a
 * row is of which.
 */
async function restateCarbon(
  { store, averages, dryRun, signal }: RestateOptions,
  hours: readonly FinishedHour[],
  ada: RowIndex,
  answers: GridAnswers,
  account: RestateAccount,
): Promise<number> {
  if (hours.length === 0) return 0;
  const { ofAll, ofProject } = await lookedUp(answers, hours, { ada, projects: [] }, account, signal);
  if (ofProject !== undefined) {
    account.warnings.push(notSplitText(hours));
    return 0;
  }
  const isFake = ada.series.status.includes("fake");
  const indexed = new Map(hours.map((hour, i) => [hour, i]));
  const again = (stored: UsageSeries): UsageSeries =>
    account.changes.note(restateSeries(stored, indexed, ofAll, isFake), stored);
  const [batch, hostsBefore] = await rowsAgain(store, hours, again, signal);
  if (dryRun !== true) await replaceRows(store, averages, batch, hostsBefore, { signal });
  return hours.length;
}

/** The grids to be asked, where the intensity is to be looked up; a project that is named and not stored is a slip. */
async function gridAnswers({
  intensity,
  store,
  renamed,
  signal,
}: CheckedRestateOptions): Promise<GridAnswers | undefined> {
  if (intensity === undefined) return undefined;
  const answers = new GridAnswers(intensity);
  const stored = (await store.scopes("project", { signal })).map(({ name }) => name);
  assertNamed("the store", answers.grids.named, renamed === undefined ? stored : [...stored, renamed.after]);
  return answers;
}

/** Asks every grid for the hours of a chunk. What a grid does not know stays as it is stored. */
async function lookedUp(
  answers: GridAnswers,
  hours: readonly FinishedHour[],
  rows: StoredRows,
  { warnings }: RestateAccount,
  signal: AbortSignal | undefined,
): Promise<HoursIntensity> {
  for (const source of answers.grids.sources) {
    const projects = answers.grids.projectsOf(source);
    const onWarning = (message: string): void =>
      void warnings.push(projects === "" ? message : `${projects}: ${message}`);
    const asked = hours.filter((hour) => !answers.hasAnswered(source, hour));
    answers.add(source, asked, await fetchPeriods(source, asked, { signal, onWarning }));
  }
  return answers.intensity(hours, rows);
}

/** Removes the rows of a project's old name, in which nothing is left; hours that were left alone keep theirs. */
async function removeName(
  store: UsageStore,
  name: string,
  hours: readonly FinishedHour[],
  signal: AbortSignal | undefined,
): Promise<void> {
  const scopes: Scope[] = [
    { kind: "project", name },
    { kind: "group", name },
  ];
  for (let first = 0, next = 0; first < hours.length; first = next) {
    next = first + 1;
    while (next < hours.length && hours[next] === (hours[next - 1] ?? 0) + HOUR_MS) next++;
    await store.remove(scopes, spanOf(hours.slice(first, next)), { signal });
  }
}
