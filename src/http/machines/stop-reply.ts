import * as z from "zod";
import {
  idleWattsPerCore,
  type Outlook,
  type StopSaving,
  stopSaving,
  stopWindows,
} from "../../reports/stop-saving.js";
import { DAY_MS, formatEnds, formatInstantOrNull, hourOf } from "../../usage/hour.js";
import type { Admitted } from "../admitted.js";
import { periodsFrom } from "../grid.js";
import { time } from "../schemas.js";
import type { Service } from "../service.js";
import { boundedGrams, boundedKwh } from "../totals.js";

export const savingSchema = z.strictObject({
  name: z.enum(["tonight", "until-monday"]),
  from: time,
  to: time,
  kwh: boundedKwh,
  gco2eq: boundedGrams,
  /** Up to when the forecast of the grid reaches; `null` if it says nothing of the time. */
  forecastUntil: time.nullable(),
  /** By which intensity the time after the forecast is reckoned. */
  beyond: z.literal("usual-of-4-weeks").nullable(),
});
/** What stopping would save, as a reply shows it. */
export type ShownSaving = z.infer<typeof savingSchema>;

export function shownSaving({
  name,
  kwh,
  gco2eq,
  forecastUntil,
  beyond,
  ...interval
}: StopSaving): ShownSaving {
  const until = formatInstantOrNull(forecastUntil);
  return { name, ...formatEnds(interval), kwh, gco2eq, forecastUntil: until, beyond };
}

/** What replies with savings say of them. */
export const SAVING_NOTE =
  "What the power model gives for idle cores of the machine, and not what a meter would show: the server that it runs on stays on. Grams are by the forecast of the grid, and after its end by the mean of the last four weeks.";

export const EXAMPLE_SAVING: ShownSaving = {
  name: "tonight",
  from: "2025-09-10T17:00:00Z",
  to: "2025-09-11T07:00:00Z",
  kwh: { kwh: 0.056, low: 0.0168, high: 0.2408 },
  gco2eq: { gco2eq: 5.6, low: 1.34, high: 28.9 },
  forecastUntil: "2025-09-11T07:00:00Z",
  beyond: null,
};

/** Four weeks to come are never asked for: no window is longer than a week. */
const FORECAST_HOURS = 48;

/** The grid of a project as it is expected to be. */
export type OutlookOf = (project: string | null) => Outlook;

/** The grids of a site as they are expected to be. Without a forecast, which is said inside, one is as usual. */
export async function outlooksOf({ service, reader, request }: Admitted, site: string): Promise<OutlookOf> {
  const to = hourOf(service.clock());
  const fourWeeks = { from: Math.max(0, to - 28 * DAY_MS), to };
  const spansGrids = (service.grids?.all.length ?? 0) > 1;
  const outlooks = new Map<string | null, Outlook>();
  for (const { grid, projects } of service.grids?.ofSite(site) ?? []) {
    const current = await grid.soon(FORECAST_HOURS);
    if (current.failure !== null) service.onError(current.failure, request);
    const usualGco2eqPerKwh = await reader.usualIntensity(fourWeeks, spansGrids ? projects : []);
    const outlook = { forecast: periodsFrom(service.clock(), current), usualGco2eqPerKwh };
    for (const project of projects) outlooks.set(project, outlook);
  }
  const [first] = outlooks.values();
  const ofOthers = first ?? { forecast: [], usualGco2eqPerKwh: await reader.usualIntensity(fourWeeks) };
  return (project) => outlooks.get(project) ?? ofOthers;
}

/** What stopping a machine would save: tonight, and until Monday. */
export function savingsOf(
  { clock, power, zone }: Service,
  { machine, cores }: { readonly machine: string | null; readonly cores: number | null },
  outlook: Outlook,
): StopSaving[] {
  const now = clock();
  const perCore = idleWattsPerCore(power, machine, hourOf(now));
  return stopWindows(now, zone).map((window) => stopSaving(window, cores, perCore, outlook));
}
