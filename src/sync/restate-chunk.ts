import type { TenureOptions } from "../attribution/attribution.js";
import type { Attribute } from "../attribution/given.js";
import type { GroupOf } from "../attribution/owners.js";
import type { IntensitySource } from "../intensity/port.js";
import { type Batch, batchOf } from "../rows/batch.js";
import type { MarketHours } from "../rows/host-hours.js";
import { inWritingOrder } from "../rows/kinds.js";
import { RowIndex } from "../rows/row-index.js";
import { storedHosts } from "../rows/stored-hosts.js";
import { eachScope, readKind } from "../stores/read-kind.js";
import type { UsageStore } from "../stores/usage-store.js";
import { type FinishedHour, spanOf } from "../usage/hour.js";
import { isMetered } from "../usage/provenance.js";
import { ADA, formatScope, type Scope } from "../usage/scope.js";
import { mergeAll, type UsageSeries } from "../usage/series.js";
import { isWhole, withStatuses } from "./as-stored.js";
import { Changes } from "./changes.js";
import { type HoursIntensity, type StoredRows, storedHoursIntensity } from "./grids.js";
import { changedRows, type RenamedProject, withProject } from "./host-names.js";
import { fetchPeriods } from "./look-up.js";
import { marketOfHours } from "./market.js";
import { type RestatedBy, restatedEnergy } from "./restated-energy.js";
import { givenOwners } from "./run-owners.js";
import { storedSparse } from "./stored-rows.js";
import { UnknownMachineCount } from "./unknown-machines.js";

/** Hours computed at once: a week bounds the memory. */
export const CHUNK_HOURS = 168;

/** What stored hours are computed again by, and where they are. */
export interface ChunkOptions extends RestatedBy {
  readonly store: UsageStore;
  readonly tenures?: TenureOptions | undefined;
  readonly attribution?: Attribute | undefined;
  readonly groupOf?: GroupOf | undefined;
  /** Looks the market-based intensity of every hour up again. */
  readonly marketIntensity?: IntensitySource | undefined;
  readonly renamed?: RenamedProject | undefined;
  /** Whether the store holds simulated hours. */
  readonly fake?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What a restatement has to say. */
export class RestateAccount {
  readonly changes: Changes = new Changes();
  readonly hostHours: { metered: number; all: number } = { metered: 0, all: 0 };
  readonly unknownMachines: UnknownMachineCount;
  readonly warnings: string[] = [];

  constructor({ power }: RestatedBy) {
    this.unknownMachines = new UnknownMachineCount(power ?? {});
  }

  countHours({ provenance }: UsageSeries): void {
    this.hostHours.all += provenance.length;
    this.hostHours.metered += provenance.filter(({ model }) => isMetered(model)).length;
  }
}

/** What is to be stored in place of what is, and of which hours. */
export interface RestatedChunk extends Batch {
  readonly whole: ReadonlySet<FinishedHour>;
}

/**
 * The rows of some hours, computed again from the stored rows of their hosts; those that would change. Hours of which not
 * all hosts are stored are left out.
 *
 * @param intensityOf What carbon is computed by; left out, it is as it is stored.
 */
export async function restatedChunk(
  options: ChunkOptions,
  ada: RowIndex,
  chunk: readonly FinishedHour[],
  account: RestateAccount,
  intensityOf?: (rows: StoredRows) => Promise<HoursIntensity>,
): Promise<RestatedChunk> {
  const { store, renamed, fake = false, signal } = options;
  const span = spanOf(chunk);
  const read = await readKind(store, "host", span, { signal });
  const hostRows =
    renamed === undefined
      ? read
      : read.map((series) => changedRows(series, (host) => withProject(host, renamed)).series);
  const stored = storedHosts(hostRows, chunk);
  const whole = new Set(chunk.filter((hour, t) => isWhole(ada, hour, t, stored.cpu)));
  if (whole.size === 0) return { whole, series: [], hostsBefore: [] };
  // As the caller says it now, or by corrected tenures, else as it was stored.
  const attribution = (await givenOwners(stored.cpu, options)) ?? stored.attribution;
  const projects = await eachScope(await store.scopes("project", { signal }), (scope) =>
    store.read(scope, span, { signal }),
  );
  const before = await storedSparse(store, chunk, signal);
  const rows = { ada, projects: underOneName(projects, renamed) };
  const intensity = (await intensityOf?.(rows)) ?? storedHoursIntensity(chunk, rows);
  const scrapes = Float64Array.from(chunk, (hour) => ada.provenance(hour)?.scrapes ?? Number.NaN);
  const owned = { cpu: { ...stored.cpu, scrapes }, attribution };
  const market = await marketOf(options, chunk, ada, account.warnings);
  const hosts = {
    ...restatedEnergy({ ...stored, ...owned }, hostRows, options, ada, intensity),
    market,
  };
  const dense = [ADA, ...projects.map(({ scope }) => scope)];
  const { series, hostsBefore } = batchOf(hosts, dense, before, {
    experiments:
      options.tenures !== undefined ||
      options.attribution !== undefined ||
      (await store.scopes("experiment", { signal })).length > 0,
    hosts: true,
    completeAt: 0,
    fake,
  });
  for (const rows of [ada.series, ...projects]) before.set(formatScope(rows.scope), rows);
  account.unknownMachines.add(stored.cpu, (t) => chunk[t] !== undefined && whole.has(chunk[t]));
  const after = series.map((rows) => {
    const old = before.get(formatScope(rows.scope));
    const now = withStatuses(rows, old, ada, whole);
    if (rows.scope.kind === "host") account.countHours(now);
    return account.changes.note(now, old);
  });
  return { whole, series: inWritingOrder(after), hostsBefore };
}

/** The market-based intensity looked up again where there is a source, else as it was stored. */
async function marketOf(
  { marketIntensity, signal }: ChunkOptions,
  hours: readonly FinishedHour[],
  ada: RowIndex,
  warnings: string[],
): Promise<MarketHours | undefined> {
  const onWarning = (message: string): void => void warnings.push(`market-based: ${message}`);
  const periods =
    marketIntensity === undefined ? [] : await fetchPeriods(marketIntensity, hours, { signal, onWarning });
  return marketOfHours(periods, hours, marketIntensity, ada);
}

/** The rows of projects, of which one may have another name now. */
function underOneName(projects: readonly UsageSeries[], renamed: RenamedProject | undefined): RowIndex[] {
  const earlier = projects.find(({ scope }) => scope.name === renamed?.before);
  if (renamed === undefined || earlier === undefined) return projects.map((rows) => new RowIndex(rows));
  const scope: Scope = { kind: "project", name: renamed.after };
  const later = projects.filter((rows) => rows.scope.name === renamed.after);
  const others = projects.filter((rows) => rows !== earlier && !later.includes(rows));
  const joined = mergeAll([{ ...earlier, scope }, ...later]);
  return [...others, joined].map((rows) => new RowIndex(rows));
}
