import * as z from "zod";
import type { HostHabits } from "../../reports/host-habits.js";
import { idleHabit, idleSpell, machineState, type UsedTime, usedTimes } from "../../reports/idle-spell.js";
import type { Place } from "../../reports/place.js";
import type { Outlook, StopSaving } from "../../reports/stop-saving.js";
import type { WorkspaceSession } from "../../stores/workspace-store.js";
import type { Bin } from "../../timeseries/rollup/bin.js";
import { firstHourAt, plusUnits, START } from "../../timeseries/rollup/calendar.js";
import { rollup } from "../../timeseries/rollup/rollup.js";
import { wallClock } from "../../timeseries/rollup/zone.js";
import { DAY_MS, formatEnds, formatInstant, formatInstantOrNull, HOUR_MS, hourOf } from "../../usage/hour.js";
import { UNATTRIBUTED } from "../../usage/scope.js";
import type { UsageSeries } from "../../usage/series.js";
import type { Admitted } from "../admitted.js";
import { coresOfSession } from "../recent-use.js";
import { amount, fromTo, share, time } from "../schemas.js";
import type { Service } from "../service.js";
import type { WorkspaceView } from "../workspaces/view.js";
import { EXAMPLE_SAVING, savingSchema, savingsOf, shownSaving } from "./stop-reply.js";

const known = amount.nullable();
const dayOfMachine = z.strictObject({ starts: time, ends: time, busyKwh: known, idleKwh: known });
const quartilesSchema = z.strictObject({
  p25: share,
  median: share,
  p75: share,
  machines: z.int().min(1),
});

export const myMachineSchema = z.strictObject({
  id: z.string(),
  instance: z.string(),
  machine: z.string().nullable(),
  project: z.string().nullable(),
  cores: z.int().min(1).nullable(),
  startedAt: time,
  countedUntil: time,
  /** Now: the mean over `wattsOver`, mostly the time between the last two measurements. */
  busyWatts: known,
  idleWatts: known,
  wattsOver: z.strictObject(fromTo).nullable(),
  /** Whether under 5% of its hours is busy; `false` if it is at work, `null` where that is not known. */
  isIdle: z.boolean().nullable(),
  /** `null` unless it idles. */
  idleSince: time.nullable(),
  lastBusyAt: time.nullable(),
  idleShare30d: share.nullable(),
  /** Hours of the last 30 days of which it is known how much was idle. */
  hoursKnown30d: z.int().min(0),
  /** The share of machines of its type; `null` where these are fewer than five, or it is not known yet. */
  usualIdleShare: quartilesSchema.nullable(),
  /** In 24 hours of being up, by the last 30 days. */
  idleKwhADay: known,
  idleGco2eqADay: known,
  usualIdleKwhADay: known,
  days: z.array(dayOfMachine),
  stop: z.array(savingSchema),
  consoleUrl: z.string().nullable(),
});
/** One of the viewer's machines as the reply shows it. */
export type MyMachine = z.infer<typeof myMachineSchema>;

export const EXAMPLE_MY_MACHINE: MyMachine = {
  id: "isis/host-1:9100/amara/1757491200000",
  instance: "host-1:9100",
  machine: "Muon",
  project: "IDAaaS",
  cores: 4,
  startedAt: "2025-09-08T08:00:00Z",
  countedUntil: "2025-09-10T12:09:30Z",
  busyWatts: 0.1,
  idleWatts: 9.2,
  wattsOver: { from: "2025-09-10T12:08:30Z", to: "2025-09-10T12:09:30Z" },
  isIdle: true,
  idleSince: "2025-09-08T18:00:00Z",
  lastBusyAt: "2025-09-08T18:00:00Z",
  idleShare30d: 0.82,
  hoursKnown30d: 42,
  usualIdleShare: { p25: 0.31, median: 0.44, p75: 0.6, machines: 12 },
  idleKwhADay: 0.096,
  idleGco2eqADay: 12.4,
  usualIdleKwhADay: 0.05,
  days: [{ starts: "2025-09-09T23:00:00Z", ends: "2025-09-10T12:00:00Z", busyKwh: 0, idleKwh: 0.052 }],
  stop: [EXAMPLE_SAVING],
  consoleUrl: null,
};

/** Nobody waits longer than this for what is usual. It is asked for again with the machines, a minute later. */
const PATIENCE_MS = 250;

/** A session of the viewer's as it is shown, and what stopping its machine would save. */
export async function myMachine(
  admitted: Admitted,
  session: WorkspaceSession,
  outlook: Outlook,
  habits: HostHabits | undefined,
): Promise<{ readonly shown: MyMachine; readonly stop: readonly StopSaving[] }> {
  const { service, reader, grant, request } = admitted;
  const now = service.clock();
  const to = hourOf(now);
  const interval = { from: Math.max(0, to - 30 * DAY_MS), to };
  const part = await reader.hostPart(ownPlace(session), interval);
  const habit = part === undefined ? undefined : idleHabit(part.had);
  const power = service.recent.of(session, now);
  const stored = part === undefined ? [] : usedTimes(part.had);
  const spell = idleSpell(timesOf(session, stored, to), now);
  const state = machineState(spell, service.recent.workedAt(session), now);
  const cores = habit?.cores ?? coresOfSession(session);
  const stop = savingsOf(service, { machine: session.machine, cores }, outlook);
  const usual = session.machine === null ? undefined : habits?.machines.get(session.machine);
  const days = { from: fourteenDaysBefore(now, service.zone), to };
  const view = service.views.one(session, grant);
  return {
    stop,
    shown: {
      id: session.id,
      instance: session.instance,
      machine: session.machine,
      project: session.project,
      cores,
      startedAt: formatInstant(session.startedAt),
      countedUntil: formatInstant(session.countedUntil),
      busyWatts: power?.busyWatts ?? null,
      idleWatts: power?.idleWatts ?? null,
      wattsOver: power && formatEnds(power.over),
      isIdle: state.isIdle,
      idleSince: formatInstantOrNull(state.idleSince),
      lastBusyAt: formatInstantOrNull(state.lastBusyAt),
      idleShare30d: habit?.idleShare ?? null,
      hoursKnown30d: part === undefined ? 0 : knownHours(part.had),
      usualIdleShare: usual?.idleShare ?? null,
      idleKwhADay: habit?.idleKwhADay ?? null,
      idleGco2eqADay: habit?.idleGco2eqADay ?? null,
      usualIdleKwhADay: usual?.idleKwhADay ?? null,
      days: part === undefined ? [] : rollup(part.all, days, "day", { zone: service.zone }).map(shownDay),
      stop: stop.map(shownSaving),
      consoleUrl: consoleOf(service, view, request),
    },
  };
}

function knownHours({ busyCpuSeconds, idleCpuSeconds }: UsageSeries): number {
  return busyCpuSeconds.reduce(
    (n, busy, i) => n + (Number.isNaN(busy + (idleCpuSeconds[i] ?? 0)) ? 0 : 1),
    0,
  );
}

/** The stored host of a session, as far as it was its owner's. Where two projects use an address, the name has both. */
function ownPlace({ instance, project, user }: WorkspaceSession): Place {
  const inProject = project ?? UNATTRIBUTED;
  return [
    { kind: "host", name: instance },
    { kind: "host", name: `${instance} (${inProject})` },
    { kind: "project", name: inProject },
    { kind: "user", name: user ?? UNATTRIBUTED },
  ];
}

/** The hours of this session that are over: stored ones, then its own that are not stored yet. */
function timesOf(
  { startedAt, hours = [] }: WorkspaceSession,
  stored: readonly UsedTime[],
  overBefore: number,
): UsedTime[] {
  const until = stored.at(-1)?.to ?? 0;
  const later = hours
    .filter(({ hour }) => hour >= until && hour < overBefore)
    .map(({ hour, upTo, busyCpuSeconds, idleCpuSeconds }) => {
      return { from: hour, to: Math.min(upTo, hour + HOUR_MS), busyCpuSeconds, idleCpuSeconds };
    });
  return [...stored, ...later]
    .filter(({ to }) => to > startedAt)
    .map((time) => ({ ...time, from: Math.max(time.from, startedAt) }));
}

/** How the machines of each type are used; `undefined` where that is not known yet. */
export async function usualHabits({ service, request }: Admitted): Promise<HostHabits | undefined> {
  try {
    return await service.habits.within(PATIENCE_MS);
  } catch (error) {
    // What is usual is left out; what is the viewer's own has been read.
    service.onError(error, request);
    return undefined;
  }
}

/** Thirteen midnights before the last one: with today, fourteen days. */
function fourteenDaysBefore(now: number, zone: string): number {
  const clock = wallClock(zone);
  return Math.max(0, firstHourAt(plusUnits(START.day(clock(now)), -13, "day"), clock));
}

function shownDay({ from, to, busyKwh, idleKwh }: Bin): z.infer<typeof dayOfMachine> {
  return { starts: formatInstant(from), ends: formatInstant(to), busyKwh, idleKwh };
}

/** Where the host application lets a workspace be stopped. An address that a browser would run is none. */
function consoleOf(service: Service, view: WorkspaceView, request: Request): string | null {
  const address = service.options.consoleUrl?.(view);
  if (address === undefined) return null;
  const { protocol } = new URL(address, "https://relative.invalid/");
  if (protocol === "https:" || protocol === "http:") return address;
  service.onError(new TypeError(`the console of ${view.id} is no web address: ${address}`), request);
  return null;
}
