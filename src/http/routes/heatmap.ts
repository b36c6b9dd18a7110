import * as z from "zod";
import { recordTable } from "../../codecs/csv.js";
import { basisLine } from "../../reports/basis-line.js";
import { binTable } from "../../timeseries/rollup/bin-table.js";
import { yearOn } from "../../timeseries/rollup/calendar.js";
import { yearHeatmap } from "../../timeseries/rollup/heatmap.js";
import { tallyOf } from "../../timeseries/rollup/tally.js";
import { wallClock } from "../../timeseries/rollup/zone.js";
import { DAY_MS, formatInstant } from "../../usage/hour.js";
import { whole } from "../query.js";
import { formatText, jsonRoute, type Route } from "../route.js";
import { amount, share, time } from "../schemas.js";
import { formatSubject, parseSubject, readSubject } from "../subject.js";
import { metricText, scopeOf, siteOf, subjectText, zoneText } from "./history.js";

const value = amount.nullable();
const heatmapReply = z.strictObject({
  scope: z.string(),
  year: z.int(),
  metric: metricText,
  unit: z.enum(["kWh", "gCO2eq"]),
  zone: z.string(),
  /** Today in that zone: later days have not been, which is not the same as missing. */
  today: z.iso.date(),
  simulated: z.boolean(),
  /** What the grams count, for people; `null` where there are none, or kWh are shown. */
  basis: z.string().nullable(),
  /** Days of a zone have 23 or 25 hours when its clocks change. */
  days: z.array(
    z.strictObject({
      date: z.iso.date(),
      starts: time,
      ends: time,
      value,
      busy: value,
      idle: value,
      basis: z.string().nullable(),
      coverage: share,
      weekday: z.int().min(0).max(6),
      week: z.int().min(0).max(53),
    }),
  ),
});
export type HeatmapReply = z.infer<typeof heatmapReply>;

export const heatmapRoute: Route = jsonRoute({
  name: "heatmap",
  path: "/heatmap",
  summary:
    "The 365 or 366 days of a year, by default this one, each with its energy (kWh) or carbon (grams).",
  query: z.strictObject({
    scope: subjectText.optional(),
    year: whole(1000, 9998).optional(),
    metric: metricText.optional(),
    zone: zoneText.optional(),
    format: formatText,
  }),
  scope: ({ scope = "ada" }) => scopeOf(scope),
  site: ({ scope = "ada" }) => siteOf(scope),
  reply: heatmapReply,
  example: {
    scope: "site:isis",
    year: 2025,
    metric: "energy",
    unit: "kWh",
    zone: "UTC",
    today: "2025-09-10",
    simulated: false,
    basis: null,
    days: [
      {
        date: "2025-01-01",
        ...{ starts: "2025-01-01T00:00:00Z", ends: "2025-01-02T00:00:00Z" },
        value: 1.9,
        busy: 1.5,
        idle: 0.4,
        basis: null,
        coverage: 1,
        weekday: 2,
        week: 0,
      },
    ],
  },
  maxAgeSeconds: 300,
  table: ({ scope, year, metric, unit, days }) =>
    recordTable(
      `${scope}-${year}-${metric}`,
      ["starts", "ends", "date", "value", "busy", "idle", "unit", "basis", "coverage"],
      days.map((day) => ({ ...day, unit })),
    ),
  answer: async ({ query, ...admitted }): Promise<HeatmapReply> => {
    const { service } = admitted;
    const { metric = "energy", zone = service.zone } = query;
    const today = new Date(wallClock(zone)(service.clock())).toISOString().slice(0, 10);
    const year = query.year ?? Number(today.slice(0, 4));
    const subject = parseSubject(query.scope ?? "ada");
    // A day more at both ends: the year of a zone is not that of UTC.
    const around = {
      from: Math.max(0, Date.UTC(year, 0) - DAY_MS),
      to: Math.max(1, Date.UTC(year + 1, 0) + DAY_MS),
    };
    const series = await readSubject(admitted, subject, around);
    const interval = yearOn(wallClock(zone), year);
    const { bins } = binTable(interval, "day", { zone });
    return {
      scope: formatSubject(subject),
      year,
      metric,
      unit: metric === "energy" ? "kWh" : "gCO2eq",
      zone,
      today,
      simulated: series.status.includes("fake"),
      basis: metric === "energy" ? null : basisLine(tallyOf(series, interval)),
      days: yearHeatmap(series, year, { zone, metric }).map((day, i) => {
        const { from = 0, to = 0 } = bins[i] ?? {};
        return { ...day, starts: formatInstant(from), ends: formatInstant(to) };
      }),
    };
  },
});
