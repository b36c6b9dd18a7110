import { type Attribution, byTenures, TENURES, type TenureOptions } from "../attribution/attribution.js";
import { tenuresWithoutForgotten } from "../attribution/forgotten-users.js";
import { type Attribute, byGiven } from "../attribution/given.js";
import { type GroupOf, groupByProject } from "../attribution/owners.js";
import { repairAverages, replaceRows } from "../averages/keep.js";
import type { HourlyIntensity } from "../intensity/hourly.js";
import { INTENSITY_SOURCE } from "../intensity/port.js";
import { POWER_MODEL } from "../power/model.js";
import { batchOf } from "../rows/batch.js";
import { inWritingOrder } from "../rows/kinds.js";
import { RowIndex } from "../rows/row-index.js";
import { type StoredHosts, storedHosts } from "../rows/stored-hosts.js";
import type { AverageStore } from "../stores/average-store.js";
import { AVERAGE_STORE, USAGE_STORE } from "../stores/port-rules.js";
import { readKind } from "../stores/read-kind.js";
import type { UsageStore } from "../stores/usage-store.js";
import { type GivenPeriod, periodOf } from "../timeseries/rollup/given-period.js";
import { AdaCarbonError } from "../usage/errors.js";
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
import { isMetered } from "../usage/provenance.js";
import { ADA, formatScope, SCOPE_KINDS, type Scope } from "../usage/scope.js";
import { at, type UsageSeries } from "../usage/series.js";
import { isWhole, storedIntensity, withStatuses } from "./as-stored.js";
import { bestIntensity } from "./better-intensity.js";
import { Changes, type RestatedScope } from "./changes.js";
import { changedRows, RENAMED_PROJECT, type RenamedProject, withProject } from "./host-names.js";
import { fetchPeriods } from "./look-up.js";
import { type BasisChange, plannedBasis } from "./one-basis.js";
import { assertOneAttribution } from "./options.js";
import { restateSeries } from "./restate.js";
import { type RestatedBy, restatedEnergy } from "./restated-energy.js";
import { storedSparse } from "./stored-rows.js";
import { UnknownMachineCount, type UnknownMachines } from "./unknown-machines.js";

/** What to compute again. What is not given stays as it was stored. */
export interface RestateOptions extends RestatedBy {
  readonly store: UsageStore;
  readonly interval: GivenPeriod;
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
  intensity: optional(INTENSITY_SOURCE),
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
  assertOneAttribution("restate", options);
  const checked = { ...options, interval: hourlyInterval(periodOf(options.interval)) };
  const unlock = options.dryRun === true ? undefined : await options.store.lock?.({ signal: options.signal });
  try {
    return await restateLocked(checked);
  } finally {
    await unlock?.();
  }
}

/** Hours computed at once: a week bounds the memory. */
const CHUNK_HOURS = 168;

async function restateLocked(options: CheckedRestateOptions): Promise<RestateReport> {
  const { store, interval, averages, signal } = options;
  // A restatement that was cut off may have left them behind; the same one again then has nothing to change.
  if (averages !== undefined && options.dryRun !== true) await repairAverages(store, averages, { signal });
  const { change, refusal } = await plannedBasis(options.intensity, store, interval, { signal });
  if (refusal !== undefined && options.dryRun !== true) throw new AdaCarbonError("bad-input", refusal);
  const ada = await store.read(ADA, interval, { signal });
  const known = ada.hours.filter((_, i) => !Number.isNaN(at(ada.busyCpuSeconds, i)));
  const account: Account = {
    changes: new Changes(),
    hostHours: { metered: 0, all: 0 },
    unknownMachines: new UnknownMachineCount(options.power ?? {}),
    warnings: refusal === undefined ? [] : [`without --dry-run this is refused: ${refusal}`],
    hoursWithoutHosts: 0,
  };
  let restated = 0;
  for (let start = 0; start < known.length; start += CHUNK_HOURS) {
    restated += await restateChunk(
      options,
      new RowIndex(ada),
      known.slice(start, start + CHUNK_HOURS),
      account,
    );
  }
  if (restated === 0) {
    throw new AdaCarbonError(
      "no-data",
      `no host-hours are stored from ${formatInterval(interval)}; run sync for it first`,
    );
  }
  const { hoursWithoutHosts } = account;
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

/** What a restatement has to say. */
interface Account {
  readonly changes: Changes;
  readonly hostHours: { metered: number; all: number };
  readonly unknownMachines: UnknownMachineCount;
  readonly warnings: string[];
  /** Hours whose hosts are not stored, and whose carbon was computed again. */
  hoursWithoutHosts: number;
}

/** As the caller says it now, or by corrected tenures, else as it was stored. */
function attributionOf(
  { store, tenures, attribution, groupOf = groupByProject, signal }: RestateOptions,
  stored: StoredHosts,
): Attribution | Promise<Attribution> {
  if (attribution !== undefined) return byGiven(attribution, stored.cpu, store, signal);
  if (tenures === undefined) return stored.attribution;
  const kept = { ...tenures, source: tenuresWithoutForgotten(tenures.source, store) };
  return byTenures(stored.cpu, kept, groupOf, undefined, signal);
}

async function restateChunk(
  options: RestateOptions,
  ada: RowIndex,
  chunk: readonly FinishedHour[],
  account: Account,
): Promise<number> {
  const { store, renamed, averages, signal } = options;
  const read = await readKind(store, "host", spanOf(chunk), { signal });
  const hostRows =
    renamed === undefined
      ? read
      : read.map((series) => changedRows(series, (host) => withProject(host, renamed)).series);
  const stored = storedHosts(hostRows, chunk);
  const whole = new Set(chunk.filter((hour, t) => isWhole(ada, hour, t, stored.cpu)));
  const intensity = await intensityOf(options, chunk, ada, account.warnings);
  const carbonOnly = await restateCarbon(options, chunk, whole, ada, intensity, account);
  if (whole.size === 0) return carbonOnly;
  const attribution = await attributionOf(options, stored);
  const dense = [ADA, ...(await store.scopes("project", { signal }))];
  const before = await storedSparse(store, chunk, signal);
  const scrapes = Float64Array.from(chunk, (hour) => ada.provenance(hour)?.scrapes ?? Number.NaN);
  const owned = { cpu: { ...stored.cpu, scrapes }, attribution };
  const hosts = restatedEnergy({ ...stored, ...owned }, hostRows, options, ada, intensity);
  const { series, hostsBefore } = batchOf(hosts, dense, before, {
    experiments:
      options.tenures !== undefined ||
      options.attribution !== undefined ||
      (await store.scopes("experiment", { signal })).length > 0,
    hosts: true,
    completeAt: 0,
    fake: false,
  });
  for (const scope of dense)
    before.set(formatScope(scope), await store.read(scope, spanOf(chunk), { signal }));
  account.unknownMachines.add(stored.cpu, (t) => chunk[t] !== undefined && whole.has(chunk[t]));
  const after = series.map((one) => {
    const old = before.get(formatScope(one.scope));
    const now = withStatuses(one, old, ada, whole);
    if (one.scope.kind === "host") countHours(account.hostHours, now);
    return account.changes.note(now, old);
  });
  if (options.dryRun !== true) {
    await replaceRows(store, averages, inWritingOrder(after), hostsBefore, { signal });
    if (renamed !== undefined) await removeName(store, renamed.before, [...whole], signal);
  }
  return whole.size + carbonOnly;
}

/** Whether more is to be computed again than carbon, which only stored hosts can give. */
function wantsHosts({ power, meters, tenures, attribution, renamed }: RestateOptions): boolean {
  return [power, meters, tenures, attribution, renamed].some((option) => option !== undefined);
}

/**
 * Hours whose hosts are not stored, or not all: where the intensity is looked up again, the rows of every scope get their
 * carbon by it, so that no hour stays of another basis. Says how many hours these are.
 */
async function restateCarbon(
  options: RestateOptions,
  chunk: readonly FinishedHour[],
  whole: ReadonlySet<FinishedHour>,
  ada: RowIndex,
  intensity: HourlyIntensity,
  account: Account,
): Promise<number> {
  const { store, averages, signal } = options;
  const rest = new Map(
    chunk.map((hour, t): [FinishedHour, number] => [hour, t]).filter(([hour]) => !whole.has(hour)),
  );
  if (options.intensity === undefined || rest.size === 0) return 0;
  const isFake = ada.series.status.includes("fake");
  const after: UsageSeries[] = [];
  const hostsBefore: UsageSeries[] = [];
  for (const kind of SCOPE_KINDS) {
    const stored = await readKind(store, kind, spanOf([...rest.keys()]), { signal });
    if (kind === "host") hostsBefore.push(...stored);
    for (const series of stored)
      after.push(account.changes.note(restateSeries(series, rest, intensity, isFake), series));
  }
  account.hoursWithoutHosts += rest.size;
  if (options.dryRun !== true)
    await replaceRows(store, averages, inWritingOrder(after), hostsBefore, { signal });
  return rest.size;
}

function countHours(hostHours: Account["hostHours"], { provenance }: UsageSeries): void {
  hostHours.all += provenance.length;
  hostHours.metered += provenance.filter(({ model }) => isMetered(model)).length;
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

/** The intensity looked up again where there is a source, else as it was stored. */
async function intensityOf(
  options: RestateOptions,
  hours: readonly FinishedHour[],
  ada: RowIndex,
  warnings: string[],
): Promise<HourlyIntensity> {
  const { intensity, signal } = options;
  if (intensity !== undefined) {
    const onWarning = (message: string): void => void warnings.push(message);
    const periods = await fetchPeriods(intensity, hours, { signal, onWarning });
    return bestIntensity(periods, hours, intensity, ada, undefined);
  }
  return storedIntensity(hours, ada);
}
