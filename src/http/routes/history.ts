import * as z from "zod";
import { compared, gapsOf, historyOf } from "../../reports/history.js";
import { modelsOf } from "../../reports/models.js";
import type { Metric } from "../../timeseries/rollup/bin.js";
import { BIN_SIZES, type BinSize, binTable } from "../../timeseries/rollup/bin-table.js";
import { periodBefore, yearBefore } from "../../timeseries/rollup/period-before.js";
import { wallClock } from "../../timeseries/rollup/zone.js";
import { DAY_MS, hourOf, type Interval } from "../../usage/hour.js";
import type { Scope } from "../../usage/scope.js";
import { EXAMPLE_BASIS, EXAMPLE_STORED_BASIS, EXAMPLE_TOTALS } from "../examples.js";
import { type HistoryReply, historyReply, historyTable, shownGaps, shownHistory } from "../history-reply.js";
import { EXAMPLE_MODELS } from "../models.js";
import { badInput } from "../problem.js";
import { intervalOf, intervalShape, readable } from "../query.js";
import { asksForCsv, formatText, jsonRoute, type Route } from "../route.js";
import { formatSubject, parseSubject, readSubject } from "../subject.js";

export const subjectText: z.ZodType<string> = readable("site:isis", parseSubject);
export const zoneText: z.ZodType<string> = readable("Europe/London", wallClock);
export const metricText: z.ZodType<Metric> = z.enum(["energy", "carbon"]);
/** What is held against an interval: the period before, the year before, or `FROM/TO`. */
export const besideText: z.ZodType<string> = readable("before", (text) =>
  besideOf(text, { from: 0, to: DAY_MS }, "UTC"),
);

/** Bins shown where no interval is asked for, and the most there can be of them. */
const USUAL: Record<BinSize, number> = { hour: 48, day: 30, week: 26, month: 12, year: 5 };
const MOST: Record<BinSize, number> = { hour: 24 * 62, day: 366, week: 530, month: 240, year: 100 };
/** A table is sent as it is made, and may be longer. */
const MOST_IN_TABLE = 200_000;
/** No bin is longer than this. */
const LONGEST: Record<BinSize, number> = {
  hour: DAY_MS / 24,
  day: 1.1 * DAY_MS,
  week: 7.1 * DAY_MS,
  month: 31.1 * DAY_MS,
  year: 366.1 * DAY_MS,
};

export const historyRoute: Route = jsonRoute({
  name: "history",
  path: "/history",
  summary:
    "Energy (kWh) and carbon (grams) of a scope by hour, day, week, month or year, busy and idle, as columns for a graph, and in all. null is a bin of which nothing is known.",
  query: z.strictObject({
    scope: subjectText.optional(),
    by: z.enum(BIN_SIZES).optional(),
    zone: zoneText.optional(),
    ...intervalShape,
    beside: besideText.optional(),
    format: formatText,
  }),
  scope: ({ scope = "ada" }) => scopeOf(scope),
  site: ({ scope = "ada" }) => siteOf(scope),
  reply: historyReply,
  example: {
    scope: "site:isis",
    by: "day",
    zone: "UTC",
    from: "2025-09-10T00:00:00Z",
    to: "2025-09-12T00:00:00Z",
    simulated: false,
    model: EXAMPLE_MODELS.hourly,
    bins: {
      starts: ["2025-09-10T00:00:00Z", "2025-09-11T00:00:00Z"],
      ends: ["2025-09-11T00:00:00Z", "2025-09-12T00:00:00Z"],
      labels: ["2025-09-10", "2025-09-11"],
      busyKwh: [0.06, null],
      idleKwh: [0.015, null],
      busyGco2eq: [10.2, null],
      idleGco2eq: [2.55, null],
      basis: [EXAMPLE_STORED_BASIS, null],
      coverage: [1, 0],
      hoursKnown: [24, 0],
      hours: [24, 24],
    },
    totals: { ...EXAMPLE_TOTALS, hours: 48, hoursMissing: 24, coverage: 0.5 },
    basis: EXAMPLE_BASIS,
    beside: null,
    comparison: null,
    gaps: [{ from: "2025-09-11T00:00:00Z", to: "2025-09-12T00:00:00Z", reason: "not-stored" }],
  },
  maxAgeSeconds: 60,
  table: historyTable,
  answer: async ({ query, ...admitted }): Promise<HistoryReply> => {
    const { service, request } = admitted;
    const { by = "day", zone = service.zone } = query;
    const subject = parseSubject(query.scope ?? "ada");
    const interval = intervalOf(query, usualInterval(by, zone, service.clock()), zone);
    assertLength(interval, by, asksForCsv({ request, query }) ? MOST_IN_TABLE : MOST[by]);
    const other = query.beside === undefined ? undefined : besideOf(query.beside, interval, zone);
    if (other !== undefined) assertLength(other, by, MOST[by]);

    const series = await readSubject(admitted, subject, interval);
    const before = other === undefined ? undefined : await readSubject(admitted, subject, other);
    return {
      scope: formatSubject(subject),
      by,
      zone,
      simulated: series.status.includes("fake"),
      model: modelsOf(series),
      ...shownHistory(historyOf(series, interval, by, zone)),
      beside: other && before ? shownHistory(historyOf(before, other, by, zone)) : null,
      comparison:
        other && before ? compared({ series, interval }, { series: before, interval: other }) : null,
      gaps: shownGaps(gapsOf(series, interval, service.clock())),
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

/** The time that is meant to be beside an interval. */
export function besideOf(text: string, interval: Interval, zone: string): Interval {
  if (text === "before") return periodBefore(interval, zone);
  if (text === "year-before") return yearBefore(interval, zone);
  const [from, to, ...more] = text.split("/");
  if (from === undefined || to === undefined || more.length > 0)
    throw badInput(`${JSON.stringify(text)} is no time beside another; write before, year-before or FROM/TO`);
  return intervalOf({ from, to }, interval, zone);
}

/** The last so many bins up to now, the first of them whole. */
function usualInterval(by: BinSize, zone: string, now: number): Interval {
  const to = hourOf(now);
  const { bins } = binTable({ from: to - (USUAL[by] + 1) * LONGEST[by], to }, by, { zone });
  return { from: bins.at(-USUAL[by])?.from ?? to - DAY_MS, to };
}

function assertLength({ from, to }: Interval, by: BinSize, most: number): void {
  if (to - from <= most * LONGEST[by]) return;
  const days = Math.ceil((to - from) / DAY_MS).toLocaleString("en-GB");
  throw badInput(
    `${days} days are more than a history by ${by} shows at once, which is ${most} ${by}s; ask for less, or by a longer unit`,
  );
}
