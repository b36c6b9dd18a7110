import { rowsOfScopes } from "../rows/batch.js";
import { RowIndex } from "../rows/row-index.js";
import { storedHosts } from "../rows/stored-hosts.js";
import type { CallOptions } from "../stores/call-options.js";
import { withCheckedAnswers } from "../stores/checked-answers.js";
import { USAGE_STORE, WORKSPACE_STORE } from "../stores/port-rules.js";
import { readKind } from "../stores/read-kind.js";
import type { UsageStore } from "../stores/usage-store.js";
import type { WorkspaceStore } from "../stores/workspace-store.js";
import { EVER, type FinishedHour, spanOf } from "../usage/hour.js";
import { assertOptions, FLAG, optional, type Rules, SIGNAL, TEXTS } from "../usage/options.js";
import { ADA, type Scope, UNATTRIBUTED } from "../usage/scope.js";
import { numberAt, pickRows, QUANTITIES, type UsageSeries } from "../usage/series.js";
import { KnownSum } from "../usage/sum.js";
import { asStored, isWhole, storedIntensity, withStatuses } from "./as-stored.js";
import { addedRows } from "./forgotten-rows.js";
import { changedRows, usersOf, withoutUsers } from "./host-names.js";
import { inParts } from "./restate.js";

export interface ForgetOptions extends CallOptions {
  readonly store: UsageStore;
  /** Their sessions lose the users as well. */
  readonly workspaces?: WorkspaceStore | undefined;
  readonly users: readonly string[];
  /** Say what would become nobody's, and change nothing. */
  readonly dryRun?: boolean | undefined;
}

const FORGET_OPTIONS: Rules<ForgetOptions> = {
  store: USAGE_STORE,
  workspaces: optional(WORKSPACE_STORE),
  users: TEXTS,
  dryRun: optional(FLAG),
  signal: optional(SIGNAL),
};

/** What was, or would be, given to `unattributed`. */
export interface ForgetReport {
  readonly dryRun: boolean;
  readonly users: readonly ForgottenUsage[];
}

/** What was found of a user who is forgotten. */
export interface ForgottenUsage {
  readonly user: string;
  /** Hours in which the user has a row. */
  readonly hours: number;
  /** Hours of hosts that name the user, as owner or by their label. */
  readonly hostHours: number;
  /** kWh of the user's rows; `null` if none is known. */
  readonly kwh: number | null;
}

const NOBODY: Scope = { kind: "user", name: UNATTRIBUTED };

/**
 * Forgets people: their hours become those of `unattributed`, so that all sums stay, and their names go from every row,
 * session and provenance. The stores remember keyed hashes of the names, by which sync, restate and the tracker see that
 * they are not to be stored again. What is cut off can be run again.
 */
export async function forget(options: ForgetOptions): Promise<ForgetReport> {
  assertOptions("forget", options, FORGET_OPTIONS);
  const checked = { ...options, store: withCheckedAnswers(options.store) };
  const { store, workspaces, users, signal, dryRun = false } = checked;
  const unlock = dryRun ? undefined : await store.lock?.({ signal });
  try {
    const found = await find(checked);
    if (!dryRun) {
      for (const part of inParts(
        found.hours,
        [...found.hours].sort((a, b) => a - b),
      ))
        await giveToNobody(checked, [...part.keys()]);
      for (const user of users) {
        await workspaces?.forgetUser(user, { signal });
        await store.forgetUser(user, { signal });
      }
    }
    return { dryRun, users: found.users };
  } finally {
    await unlock?.();
  }
}

/** All hours in which anything names one of the users. */
async function find({ store, users, signal }: ForgetOptions): Promise<{
  users: ForgottenUsage[];
  hours: ReadonlySet<FinishedHour>;
}> {
  const hours = new Set<FinishedHour>();
  const hostHours = new Map(users.map((user) => [user, 0]));
  for (const scope of await store.scopes("host", { signal })) {
    const series = await store.read(scope, EVER, { signal });
    series.provenance.forEach(({ host }, i) => {
      const hour = series.hours[i];
      if (host === undefined || hour === undefined) return;
      const named = usersOf(host);
      for (const user of users) {
        if (!named.includes(user)) continue;
        hours.add(hour);
        hostHours.set(user, (hostHours.get(user) ?? 0) + 1);
      }
    });
  }
  const found: ForgottenUsage[] = [];
  for (const user of users) {
    const rows = await store.read({ kind: "user", name: user }, EVER, { signal });
    for (const hour of rows.hours) hours.add(hour);
    found.push({ user, hours: rows.hours.length, hostHours: hostHours.get(user) ?? 0, kwh: kwhOf(rows) });
  }
  return { users: found, hours };
}

function kwhOf({ busyKwh, idleKwh }: UsageSeries): number | null {
  const sum = new KnownSum();
  for (const column of [busyKwh, idleKwh]) for (const kwh of column) sum.add(kwh);
  return sum.value;
}

/**
 * Stores some hours again, in one batch: rows of hosts without the names, those of `unattributed` with what the users
 * had, and rows of the users of which nothing is left. A store that was killed in between, and has no batches, is seen by
 * sums that are right already.
 */
async function giveToNobody(
  { store, users, signal }: ForgetOptions,
  hours: readonly FinishedHour[],
): Promise<void> {
  const span = spanOf(hours);
  const names = new Set(users);
  const hosts = (await readKind(store, "host", span, { signal })).map((series) =>
    changedRows(series, (host) => withoutUsers(host, names)),
  );
  const ofUsers = await readKind(store, "user", span, { signal });
  const forgotten = ofUsers.filter(({ scope }) => names.has(scope.name));
  const ada = new RowIndex(await store.read(ADA, span, { signal }));

  const { nobody, whole } = nobodyByHosts(
    hosts.map(({ series }) => series),
    hours,
    ada,
    ofUsers,
  );
  const others = hours.filter((hour) => !whole.has(hour));
  const batch = [
    ...hosts.map(({ series, changed }) => pickRows(series, changed)),
    ...nobody,
    ...addedRows(NOBODY, ofUsers, names, others, ada),
    ...forgotten.map(withNothing),
  ];
  await store.replace(
    batch.filter((series) => series.hours.length > 0),
    { signal },
  );
}

/** Rows of `unattributed` in the hours of which all hosts are stored, which say all of it. */
function nobodyByHosts(
  hosts: readonly UsageSeries[],
  hours: readonly FinishedHour[],
  ada: RowIndex,
  ofUsers: readonly UsageSeries[],
): { nobody: UsageSeries[]; whole: ReadonlySet<FinishedHour> } {
  const stored = storedHosts(hosts, hours);
  const whole = new Set(hours.filter((hour, t) => isWhole(ada, hour, t, stored.cpu)));
  const hostHours = asStored(stored, hosts, ada, storedIntensity(hours, ada), false);
  const choice = {
    ofHost: () => [],
    ofOwner: ({ user }: { readonly user: string }) => (user === UNATTRIBUTED ? [NOBODY] : []),
  };
  const before = ofUsers.find(({ scope }) => scope.name === UNATTRIBUTED);
  const rows = rowsOfScopes(hostHours, choice, [], { completeAt: 0, fake: false });
  return { nobody: rows.map((series) => withStatuses(series, before, ada, whole)), whole };
}

/** Rows with zeros for numbers: whoever reads them before they are removed counts nothing twice. */
function withNothing(series: UsageSeries): UsageSeries {
  const nothing = { ...pickRows(series, [...series.hours.keys()]) };
  for (const name of QUANTITIES)
    nothing[name].forEach((_, i) => {
      if (!Number.isNaN(numberAt(nothing[name], i))) nothing[name][i] = 0;
    });
  return nothing;
}
