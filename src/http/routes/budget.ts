import * as z from "zod";
import { knownTotals } from "../../reports/known-totals.js";
import type { WorkspaceSession } from "../../stores/workspace-store.js";
import { firstHourAt, plusUnits, START } from "../../timeseries/rollup/calendar.js";
import { wallClock } from "../../timeseries/rollup/zone.js";
import { formatEnds, HOUR_MS, hourOf, type Interval } from "../../usage/hour.js";
import { formatScope, parseScope, type Scope } from "../../usage/scope.js";
import type { Admitted } from "../admitted.js";
import { notFound, notOffered } from "../problem.js";
import { readable } from "../query.js";
import type { RecentPower } from "../recent-use.js";
import { jsonRoute, type Route } from "../route.js";
import { amount, fromTo } from "../schemas.js";
import { readSubject } from "../subject.js";

const MONTH = /^\d{4}-(0[1-9]|1[0-2])$/;

const budgetReply = z.strictObject({
  scope: z.string(),
  month: z.string(),
  ...fromTo,
  budgetKwh: amount,
  setBy: z.string(),
  /** So far; `null` where nothing of the month is known. */
  usedKwh: amount.nullable(),
  /** Of the scope's workspaces; `null` where that is not known, and for a month that is over. */
  wattsNow: amount.nullable(),
  /** By the end of the month, if it goes on as now; of a month that is over, what was used. */
  projectedKwh: amount.nullable(),
  /** The same if what is idle now were stopped now. */
  projectedIfIdleStoppedKwh: amount.nullable(),
  assumption: z.string(),
});
export type BudgetReply = z.infer<typeof budgetReply>;

const AS_NOW = "The rest of the month takes the watts of now, hour by hour.";
const OVER = "The month is over: nothing is projected.";
const NOT_KNOWN = "It is not known what the scope takes now, so nothing is projected.";

export const budgetRoute: Route = jsonRoute({
  name: "budget",
  path: "/budget",
  summary: "What a scope has used of its budget of a month, and what it will have used at the end.",
  query: z.strictObject({
    scope: readable("user:amara", parseScope),
    month: z
      .string()
      .regex(MONTH, "write a month like 2026-11")
      .meta({ examples: ["2025-09"] })
      .optional(),
  }),
  scope: ({ scope }) => parseScope(scope),
  reply: budgetReply,
  example: {
    scope: "user:amara",
    month: "2025-09",
    from: "2025-08-31T23:00:00Z",
    to: "2025-09-30T23:00:00Z",
    budgetKwh: 30,
    setBy: "ISIS Computing",
    usedKwh: 9.4,
    wattsNow: 38,
    projectedKwh: 28,
    projectedIfIdleStoppedKwh: 13,
    assumption: AS_NOW,
  },
  maxAgeSeconds: 60,
  answer: async ({ query, ...admitted }): Promise<BudgetReply> => {
    const { service, request } = admitted;
    const scope = parseScope(query.scope);
    const { budgets } = service.options;
    if (budgets === undefined) throw notOffered("budgets");
    const now = service.clock();
    const month = query.month ?? new Date(wallClock(service.zone)(now)).toISOString().slice(0, 7);
    const budget = await budgets.budget(scope, month, { signal: request.signal });
    if (budget === undefined)
      throw notFound("no-budget", `there is no budget of ${formatScope(scope)} in ${month}`);
    const interval = monthOf(month, service.zone);
    const used = await usedKwh(admitted, scope, interval, now);
    const isOver = interval.to <= now;
    const power = isOver || interval.from > now ? null : await powerOf(admitted, scope);
    const hoursLeft = (interval.to - now) / HOUR_MS;
    const projected = (watts: number): number | null =>
      used === null ? null : used + (watts * hoursLeft) / 1000;
    return {
      scope: formatScope(scope),
      month,
      ...formatEnds(interval),
      budgetKwh: budget.kwh,
      setBy: budget.setBy,
      usedKwh: used,
      wattsNow: power && power.busyWatts + power.idleWatts,
      projectedKwh: isOver ? used : power && projected(power.busyWatts + power.idleWatts),
      projectedIfIdleStoppedKwh: isOver ? used : power && projected(power.busyWatts),
      assumption: isOver ? OVER : power === null ? NOT_KNOWN : AS_NOW,
    };
  },
});

function monthOf(month: string, zone: string): Interval {
  const clock = wallClock(zone);
  const first = START.month(Date.parse(`${month}-01T00:00:00Z`));
  return { from: firstHourAt(first, clock), to: firstHourAt(plusUnits(first, 1, "month"), clock) };
}

async function usedKwh(
  admitted: Admitted,
  scope: Scope,
  { from, to }: Interval,
  now: number,
): Promise<number | null> {
  const past = { from, to: Math.min(to, hourOf(now)) };
  if (past.from >= past.to) return null;
  return knownTotals(await readSubject(admitted, { scope }, past), past).kwh.kwh;
}

type Watts = Pick<RecentPower, "busyWatts" | "idleWatts">;

/** What the scope's workspaces take together; `null` if that is not known of each. */
async function powerOf({ service, request }: Admitted, scope: Scope): Promise<Watts | null> {
  const { workspaces } = service.options;
  // No workspace says of which experiment it is.
  if (workspaces === undefined || scope.kind === "experiment") return null;
  let [busyWatts, idleWatts] = [0, 0];
  for (const site of Object.keys(service.sites)) {
    service.recent.keepLooking(site, workspaces);
    const users = scope.kind === "user" ? [scope.name] : undefined;
    for (const session of await workspaces.active(site, { signal: request.signal, users })) {
      if (!isOf(session, scope)) continue;
      const power = service.recent.of(session, service.clock());
      if (power === null) return null;
      busyWatts += power.busyWatts;
      idleWatts += power.idleWatts;
    }
  }
  return { busyWatts, idleWatts };
}

function isOf(session: WorkspaceSession, { kind, name }: Scope): boolean {
  if (kind === "ada") return true;
  if (kind === "experiment") return false;
  return session[kind === "host" ? "instance" : kind] === name;
}
