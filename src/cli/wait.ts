import { bestPlaces } from "../intensity/best-place.js";
import type { BestWindow, PowerStep } from "../intensity/best-window.js";
import type { ForecastSource, MarginalSource } from "../intensity/port.js";
import { AdaCarbonError, isAdaCarbonError } from "../usage/errors.js";
import { given } from "../usage/given.js";
import { formatInstant, HOUR_MS, type Interval } from "../usage/hour.js";
import { gridCall } from "./grid-facts.js";
import type { Io } from "./io.js";

const MINUTE_MS = 60_000;
const HALF_HOUR_MS = 30 * MINUTE_MS;
/** A forecast is waited for so long at least, and at most where the job need not start before. */
const [LEAST_PATIENCE_MS, PATIENCE_MS] = [1000, 30_000];
/** No forecast reaches further. */
export const FORECAST_HOURS = 48;

/** The job that is run, and when it must be over. */
export interface Job {
  readonly hours: number;
  readonly before: number;
  /** What the job draws, where that changes over its time. */
  readonly power?: readonly PowerStep[] | undefined;
}

/** Where it may run, by name, with the grid of each. */
export type Places = Readonly<Record<string, ForecastSource | MarginalSource>>;

/** A best window and when the forecast was asked for that it is in. */
export interface Plan {
  readonly place: string;
  readonly window: BestWindow;
  readonly askedAt: number;
  /** Places of which nothing is known now. */
  readonly unheard: readonly string[];
}

/** How a wait ended. */
export interface Waited extends Interval {
  /** By the last forecast; `null` where none could be had. */
  readonly plan: Plan | null;
  /** Grams a kWh of starting when the wait began, by the forecast of then; `null` where it is not known. */
  readonly atOnceGco2eqPerKwh: number | null;
}

/** The best place and window by the forecasts of now. `no-data` where they cover none. */
export async function planOf(job: Job, places: Places, io: Io): Promise<Plan> {
  const askedAt = io.clock();
  const timeLeft = job.before - job.hours * HOUR_MS - askedAt;
  const patienceMs = Math.max(LEAST_PATIENCE_MS, Math.min(PATIENCE_MS, timeLeft));
  const notAfter = Math.min(job.before, askedAt + FORECAST_HOURS * HOUR_MS);
  const options = { notBefore: askedAt, notAfter, patienceMs, ...given({ power: job.power }) };
  const windows = await bestPlaces(places, job.hours, options, gridCall(io, io.signal));
  const [best] = windows;
  const unheard = windows.filter(({ window }) => window === null).map(({ place }) => place);
  if (best !== undefined && best.window !== null)
    return { place: best.place, window: best.window, askedAt, unheard };
  const ids = Object.values(places).map(({ id }) => id);
  throw new AdaCarbonError(
    "no-data",
    `${ids.join(", ")}: the forecast covers no ${job.hours} hours in one piece`,
  );
}

/**
 * Returns when it is time to start: in the best window by what is forecast, which is asked for again every half hour. A
 * forecast that cannot be had leaves the plan as it is, unless another place has a better one; without a plan it is time
 * at once, and so it is where the window is over because a clock was set, or the machine slept, and none can be had then.
 * `timeout` where a clock that was set, or a machine that slept, has left too little time before the deadline.
 */
export async function waitForStart(
  job: Job,
  places: Places,
  io: Io,
  onPlan: (start: number, plan: Plan) => void,
): Promise<Waited> {
  const lastStart = job.before - job.hours * HOUR_MS;
  const first = await planOrNull(job, places, io, "it starts at once");
  const atOnceGco2eqPerKwh = first?.window.nowGco2eqPerKwh ?? null;
  let plan = first;
  while (plan !== null) {
    const start: number = plan.window.from;
    onPlan(start, plan);
    const nextAsk = Math.min(start, io.clock() + HALF_HOUR_MS);
    for (let now = io.clock(); now < nextAsk; now = io.clock()) {
      await io.sleep(Math.min(nextAsk - now, MINUTE_MS), io.signal);
      io.signal.throwIfAborted();
      onPlan(start, plan);
    }
    const now = io.clock();
    // A clock that was set, or a machine that slept: what was forecast of the window is not of now.
    const isOver = now >= start + MINUTE_MS;
    if ((now >= start && !isOver) || now > lastStart) break;
    const consequence = isOver ? "it starts at once" : `it starts at ${formatInstant(start)} as planned`;
    const next = await planOrNull(job, places, io, consequence);
    if (isOver || (next !== null && !stands(plan, next))) plan = next;
  }
  const from = io.clock();
  if (from > lastStart + MINUTE_MS)
    throw new AdaCarbonError(
      "timeout",
      `it is ${formatInstant(from)}, and ${job.hours} hours before ${formatInstant(job.before)} had to start by ${formatInstant(lastStart)}; the machine may have slept: start it yourself if late will do`,
    );
  return { from, to: from + job.hours * HOUR_MS, plan, atOnceGco2eqPerKwh };
}

/** Whether a plan is kept: nothing new is known of its place, and the others are no better. */
function stands(plan: Plan, next: Plan): boolean {
  return next.unheard.includes(plan.place) && next.window.gco2eqPerKwh >= plan.window.gco2eqPerKwh;
}

/** A plan, or a warning that says why there is none and what comes of it. An interruption is none of that. */
async function planOrNull(job: Job, places: Places, io: Io, consequence: string): Promise<Plan | null> {
  try {
    return await planOf(job, places, io);
  } catch (error) {
    io.signal.throwIfAborted();
    if (!isAdaCarbonError(error)) throw error;
    io.stderr.warning(`there is no forecast: ${error.message}; ${consequence}`);
    return null;
  }
}
