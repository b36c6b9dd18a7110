import * as z from "zod";
import type { Metric } from "../../timeseries/rollup/bin.js";
import { BIN_SIZES, type BinSize, binTable } from "../../timeseries/rollup/bin-table.js";
import { type Graph, toGraph } from "../../timeseries/rollup/graph.js";
import { rollup } from "../../timeseries/rollup/rollup.js";
import { wallClock } from "../../timeseries/rollup/zone.js";
import { DAY_MS, formatInstant, hourOf, type Interval } from "../../usage/hour.js";
import type { Scope } from "../../usage/scope.js";
import { badInput } from "../problem.js";
import { type IntervalQuery, instant, intervalOf, readable } from "../query.js";
import { jsonRoute, type Route } from "../route.js";
import { formatSubject, parseSubject, readSubject } from "../subject.js";

interface HistoryQuery extends IntervalQuery {
  readonly scope?: string | undefined;
  readonly by?: BinSize | undefined;
  readonly metric?: Metric | undefined;
  readonly zone?: string | undefined;
}

export const subjectText: z.ZodType<string> = readable("site:isis", parseSubject);
export const zoneText: z.ZodType<string> = readable("Europe/London", wallClock);
export const metricText: z.ZodType<Metric> = z.enum(["energy", "carbon"]);

const query: z.ZodType<HistoryQuery> = z.strictObject({
  scope: subjectText.optional(),
  by: z.enum(BIN_SIZES).optional(),
  metric: metricText.optional(),
  zone: zoneText.optional(),
  from: instant.optional(),
  to: instant.optional(),
});

interface HistoryReply extends Graph {
  readonly scope: string;
  readonly by: BinSize;
  readonly metric: Metric;
  readonly unit: "kWh" | "gCO2eq";
  readonly zone: string;
  readonly from: string;
  readonly to: string;
  readonly simulated: boolean;
  /** For each bin, 0 to 1. */
  readonly coverage: readonly number[];
}

const values = z.array(z.number().min(0).nullable());
const historyReply: z.ZodType<HistoryReply> = z.strictObject({
  scope: z.string(),
  by: z.enum(BIN_SIZES),
  metric: metricText,
  unit: z.enum(["kWh", "gCO2eq"]),
  zone: z.string(),
  from: z.iso.datetime(),
  to: z.iso.datetime(),
  simulated: z.boolean(),
  labels: z.array(z.string()),
  busy: values,
  idle: values,
  coverage: z.array(z.number().min(0).max(1)),
});

/** Bins shown where no interval is asked for, and the most there can be of them. */
const USUAL: Record<BinSize, number> = { hour: 48, day: 30, month: 12, year: 5 };
const MOST: Record<BinSize, number> = { hour: 24 * 62, day: 366, month: 240, year: 100 };
/** No bin is longer than this. */
const LONGEST: Record<BinSize, number> = {
  hour: DAY_MS / 24,
  day: 1.1 * DAY_MS,
  month: 31.1 * DAY_MS,
  year: 366.1 * DAY_MS,
};

export const historyRoute: Route = jsonRoute({
  name: "history",
  path: "/history",
  summary:
    "Energy (kWh) or carbon (grams) of a scope by hour, day, month or year, busy and idle, as columns for a graph. null is a bin of which nothing is known.",
  query,
  scope: ({ scope = "ada" }) => scopeOf(scope),
  site: ({ scope = "ada" }) => siteOf(scope),
  reply: historyReply,
  example: {
    scope: "site:isis",
    by: "day",
    metric: "energy",
    unit: "kWh",
    zone: "UTC",
    from: "2025-09-10T00:00:00Z",
    to: "2025-09-12T00:00:00Z",
    simulated: false,
    labels: ["2025-09-10", "2025-09-11"],
    busy: [1.5, null],
    idle: [0.4, null],
    coverage: [1, 0],
  },
  maxAgeSeconds: 60,
  answer: async ({ query, ...admitted }): Promise<HistoryReply> => {
    const { service } = admitted;
    const { by = "day", metric = "energy", zone = service.zone } = query;
    const subject = parseSubject(query.scope ?? "ada");
    const interval = intervalOf(query, usualInterval(by, zone, service.clock()));
    assertLength(interval, by);
    const series = await readSubject(admitted, subject, interval);
    const bins = rollup(series, interval, by, { zone });
    return {
      scope: formatSubject(subject),
      by,
      metric,
      unit: metric === "energy" ? "kWh" : "gCO2eq",
      zone,
      from: formatInstant(interval.from),
      to: formatInstant(interval.to),
      simulated: series.status.includes("fake"),
      ...toGraph(bins, metric),
      coverage: bins.map(({ coverage }) => coverage),
    };
  },
});

export function scopeOf(text: string): Scope | null {
  const subject = parseSubject(text);
  return "scope" in subject ? subject.scope : null;
}

export function siteOf(text: string): string | null {
  const subject = parseSubject(text);
  return "site" in subject ? subject.site : null;
}

/** The last so many days, months or years up to now, the first of them whole. */
function usualInterval(by: BinSize, zone: string, now: number): Interval {
  const to = hourOf(now);
  const { bins } = binTable({ from: to - (USUAL[by] + 1) * LONGEST[by], to }, by, { zone });
  return { from: bins.at(-USUAL[by])?.from ?? to - DAY_MS, to };
}

function assertLength({ from, to }: Interval, by: BinSize): void {
  const days = (to - from) / DAY_MS;
  if (to - from <= MOST[by] * LONGEST[by]) return;
  throw badInput(
    `${new Intl.NumberFormat("en-GB", { maximumFractionDigits: 1 }).format(days)} days are more than a history by ${by} shows at once, which is ${MOST[by]} ${by}s; ask for less, or by a longer unit`,
  );
}
