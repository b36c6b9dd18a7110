import * as z from "zod";
import type { MachineHabit, Quartiles } from "../../reports/host-habits.js";
import { IDLE_BELOW, idleHabit, idleSpell, type UsedTime, usedTimes } from "../../reports/idle-spell.js";
import type { Place } from "../../reports/place.js";
import {
  idleWattsPerCore,
  type Outlook,
  type StopSaving,
  stopSaving,
  stopWindows,
  sumOfSavings,
} from "../../reports/stop-saving.js";
import type { WorkspaceSession } from "../../stores/workspace-store.js";
import { firstHourAt, plusUnits, START } from "../../timeseries/rollup/calendar.js";
import { rollup } from "../../timeseries/rollup/rollup.js";
import { wallClock } from "../../timeseries/rollup/zone.js";
import { DAY_MS, formatInstant, HOUR_MS, hourOf } from "../../usage/hour.js";
import { UNATTRIBUTED } from "../../usage/scope.js";
import { mineOf } from "../access.js";
import type { Admitted } from "../admitted.js";
import { consoleOf } from "../console.js";
import { EXAMPLE_MODELS, modelsSchema, type ShownModels } from "../models.js";
import { notOffered } from "../problem.js";
import { NONE } from "../query.js";
import { coresOfSession, type RecentPower } from "../recent-use.js";
import { jsonRoute, type Route } from "../route.js";
import { projectsOf } from "../service.js";
import {
  EXAMPLE_SAVING,
  outlookOf,
  SAVING_NOTE,
  type ShownSaving,
  savingSchema,
  shownSaving,
} from "../stop-reply.js";

interface ShownDay {
  readonly starts: string;
  readonly ends: string;
  readonly busyKwh: number | null;
  readonly idleKwh: number | null;
}

interface MyMachine {
  readonly id: string;
  readonly instance: string;
  readonly machine: string | null;
  readonly project: string | null;
  readonly cores: number | null;
  readonly startedAt: string;
  readonly countedUntil: string;
  /** Now: the mean over `wattsOver`, mostly the time between the last two measurements. */
  readonly busyWatts: number | null;
  readonly idleWatts: number | null;
  readonly wattsOver: { readonly from: string; readonly to: string } | null;
  /** Since when under 5% of it is busy; `null` if it is at work, or that is not known. */
  readonly idleSince: string | null;
  readonly lastBusyAt: string | null;
  readonly idleShare30d: number | null;
  /** Of machines of its type; `null` where there are fewer than five of them, or that is not known yet. */
  readonly usualIdleShare: Quartiles | null;
  /** In 24 hours of being up, by the last 30 days. */
  readonly idleKwhADay: number | null;
  readonly idleGco2eqADay: number | null;
  readonly usualIdleKwhADay: number | null;
  readonly days: readonly ShownDay[];
  readonly stop: readonly ShownSaving[];
  readonly consoleUrl: string | null;
}

export interface MyMachinesReply {
  readonly site: string;
  readonly at: string;
  readonly zone: string;
  /** By which the savings are. */
  readonly model: string;
  readonly models: ShownModels;
  readonly simulated: boolean;
  readonly note: string;
  readonly machines: readonly MyMachine[];
  readonly totals: {
    readonly busyWatts: number | null;
    readonly idleWatts: number | null;
    readonly stop: readonly ShownSaving[];
  };
}

const amount = z.number().min(0).nullable();
const time = z.iso.datetime();
const share = z.number().min(0).max(1);
const quartilesSchema: z.ZodType<Quartiles> = z.strictObject({
  p25: share,
  median: share,
  p75: share,
  machines: z.int().min(1),
});

const myMachinesReply: z.ZodType<MyMachinesReply> = z.strictObject({
  site: z.string(),
  at: time,
  zone: z.string(),
  model: z.string(),
  models: modelsSchema,
  simulated: z.boolean(),
  note: z.string(),
  machines: z.array(
    z.strictObject({
      id: z.string(),
      instance: z.string(),
      machine: z.string().nullable(),
      project: z.string().nullable(),
      cores: z.int().min(1).nullable(),
      startedAt: time,
      countedUntil: time,
      busyWatts: amount,
      idleWatts: amount,
      wattsOver: z.strictObject({ from: time, to: time }).nullable(),
      idleSince: time.nullable(),
      lastBusyAt: time.nullable(),
      idleShare30d: share.nullable(),
      usualIdleShare: quartilesSchema.nullable(),
      idleKwhADay: amount,
      idleGco2eqADay: amount,
      usualIdleKwhADay: amount,
      days: z.array(z.strictObject({ starts: time, ends: time, busyKwh: amount, idleKwh: amount })),
      stop: z.array(savingSchema),
      consoleUrl: z.string().nullable(),
    }),
  ),
  totals: z.strictObject({ busyWatts: amount, idleWatts: amount, stop: z.array(savingSchema) }),
});

/** Nobody waits longer than this for what is usual. */
const PATIENCE_MS = 800;

export const myMachinesRoute: Route = jsonRoute({
  name: "myMachines",
  path: "/sites/{site}/my-machines",
  summary:
    "The viewer's own machines at a site: what they take now, since when they idle, and what stopping saves.",
  query: NONE,
  reply: myMachinesReply,
  example: {
    site: "isis",
    at: "2025-09-10T12:10:00Z",
    zone: "Europe/London",
    model: EXAMPLE_MODELS.hourly,
    models: EXAMPLE_MODELS,
    simulated: false,
    note: SAVING_NOTE,
    machines: [
      {
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
        idleSince: "2025-09-08T18:00:00Z",
        lastBusyAt: "2025-09-08T18:00:00Z",
        idleShare30d: 0.82,
        usualIdleShare: { p25: 0.31, median: 0.44, p75: 0.6, machines: 12 },
        idleKwhADay: 0.096,
        idleGco2eqADay: 12.4,
        usualIdleKwhADay: 0.05,
        days: [{ starts: "2025-09-09T23:00:00Z", ends: "2025-09-10T12:00:00Z", busyKwh: 0, idleKwh: 0.052 }],
        stop: [EXAMPLE_SAVING],
        consoleUrl: null,
      },
    ],
    totals: { busyWatts: 0.1, idleWatts: 9.2, stop: [EXAMPLE_SAVING] },
  },
  maxAgeSeconds: 0,
  answer: async ({ params, ...admitted }): Promise<MyMachinesReply> => {
    const { service, grant, context, request } = admitted;
    const { site = "" } = params;
    projectsOf(service, site);
    const { workspaces } = service.options;
    if (workspaces === undefined) throw notOffered("workspaces");
    service.recent.keepLooking(site, workspaces);
    const mine = mineOf(grant, context.viewer);
    const sessions = await workspaces.active(site, { signal: request.signal });
    const own = sessions.filter(({ user }) => user !== null && mine.has(user));
    const outlook =
      own.length === 0 ? { forecast: [], usualGco2eqPerKwh: null } : await outlookOf(admitted, site);
    const machines: { readonly shown: MyMachine; readonly stop: readonly StopSaving[] }[] = [];
    for (const session of own) machines.push(await myMachine(admitted, session, outlook));
    return {
      site,
      at: formatInstant(service.clock()),
      zone: service.zone,
      model: service.power.id,
      models: service.models,
      simulated: service.simulated,
      note: SAVING_NOTE,
      machines: machines.map(({ shown }) => shown),
      totals: {
        busyWatts: sumOrNull(machines.map(({ shown }) => shown.busyWatts)),
        idleWatts: sumOrNull(machines.map(({ shown }) => shown.idleWatts)),
        stop: [0, 1].flatMap((i) => {
          const sum = sumOfSavings(machines.flatMap(({ stop }) => stop[i] ?? []));
          return sum === null ? [] : [shownSaving(sum)];
        }),
      },
    };
  },
});

async function myMachine(
  admitted: Admitted,
  session: WorkspaceSession,
  outlook: Outlook,
): Promise<{ readonly shown: MyMachine; readonly stop: readonly StopSaving[] }> {
  const { service, reader, grant, request } = admitted;
  const now = service.clock();
  const to = hourOf(now);
  const interval = { from: Math.max(0, to - 30 * DAY_MS), to };
  const part = await reader.hostPart(ownPlace(session), interval);
  const habit = part === undefined ? undefined : idleHabit(part.had);
  const power = service.recent.of(session, now);
  const stored = part === undefined ? [] : usedTimes(part.had);
  const spell = withNow(idleSpell(timesOf(session, stored), now), power, session);
  const cores = habit?.cores ?? coresOfSession(session);
  const watts = idleWattsPerCore(service.power, session.machine, to);
  const stop = stopWindows(now, service.zone).map((window) => stopSaving(window, cores, watts, outlook));
  const usual = await usualOf(admitted, session.machine);
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
      wattsOver: power && { from: formatInstant(power.over.from), to: formatInstant(power.over.to) },
      idleSince: instantOrNull(spell.idleSince),
      lastBusyAt: instantOrNull(spell.lastBusyAt),
      idleShare30d: habit?.idleShare ?? null,
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

/** The hours of this session: stored ones, then its own that are not stored yet. */
function timesOf({ startedAt, hours = [] }: WorkspaceSession, stored: readonly UsedTime[]): UsedTime[] {
  const until = stored.at(-1)?.to ?? 0;
  const later = hours
    .filter(({ hour }) => hour >= until)
    .map(({ hour, upTo, busyCpuSeconds, idleCpuSeconds }) => {
      return { from: hour, to: Math.min(upTo, hour + HOUR_MS), busyCpuSeconds, idleCpuSeconds };
    });
  return [...stored, ...later]
    .filter(({ to }) => to > startedAt)
    .map((time) => ({ ...time, from: Math.max(time.from, startedAt) }));
}

/** What is going on now has the last word. */
function withNow(
  spell: ReturnType<typeof idleSpell>,
  power: RecentPower | null,
  { startedAt }: WorkspaceSession,
): ReturnType<typeof idleSpell> {
  if (power === null) return spell;
  if (1 - power.idleFraction >= IDLE_BELOW) return { idleSince: null, lastBusyAt: power.over.to };
  return { ...spell, idleSince: spell.idleSince ?? Math.max(startedAt, power.over.from) };
}

async function usualOf(
  { service, request }: Admitted,
  machine: string | null,
): Promise<MachineHabit | undefined> {
  if (machine === null) return undefined;
  try {
    return (await service.habits.within(PATIENCE_MS))?.machines.get(machine);
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

function shownDay({
  from,
  to,
  busyKwh,
  idleKwh,
}: {
  readonly from: number;
  readonly to: number;
  readonly busyKwh: number | null;
  readonly idleKwh: number | null;
}): ShownDay {
  return { starts: formatInstant(from), ends: formatInstant(to), busyKwh, idleKwh };
}

function instantOrNull(instant: number | null): string | null {
  return instant === null ? null : formatInstant(instant);
}

/** A sum with one of them missing would pass for all. */
function sumOrNull(values: readonly (number | null)[]): number | null {
  return values.includes(null) ? null : values.reduce<number>((sum, value) => sum + (value ?? 0), 0);
}
