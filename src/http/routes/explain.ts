import * as z from "zod";
import { basisLine } from "../../reports/basis-line.js";
import { explainInterval, modelConstants } from "../../reports/explain-interval.js";
import { knownTotals } from "../../reports/known-totals.js";
import { modelsOf } from "../../reports/models.js";
import type { Place } from "../../reports/place.js";
import { formatEnds, type Interval } from "../../usage/hour.js";
import { INTENSITY_KINDS } from "../../usage/provenance.js";
import type { Scope } from "../../usage/scope.js";
import type { UsageSeries } from "../../usage/series.js";
import type { Admitted } from "../admitted.js";
import { EXAMPLE_BASIS, EXAMPLE_DAY, EXAMPLE_STORED_BASIS } from "../examples.js";
import { explainNotes } from "../explain-notes.js";
import { EXAMPLE_MODELS } from "../models.js";
import { assertYear, intervalShape, MOST_DAYS, recentInterval, whole } from "../query.js";
import { jsonRoute, type Route } from "../route.js";
import { amount, count, fromTo, listOf, share } from "../schemas.js";
import { projectsOf } from "../service.js";
import { formatSubject, parseSubject, readSubject, type Subject } from "../subject.js";
import { boundedGrams, boundedKwh } from "../totals.js";
import { scopeOf, siteOf, subjectText } from "./history.js";

const hostPart = z.strictObject({
  instance: z.string(),
  machine: z.string().nullable(),
  user: z.string().nullable(),
  busyCpuSeconds: amount.nullable(),
  idleCpuSeconds: amount.nullable(),
  kwh: amount.nullable(),
  coverage: share,
});
const explainReply = z.strictObject({
  scope: z.string(),
  ...fromTo,
  model: z.string().nullable(),
  constants: z.array(z.strictObject({ name: z.string(), value: z.string() })),
  /** By machine type, most first; `what` is `null` for what no stored host accounts for. */
  sum: listOf(
    z.strictObject({
      what: z.string().nullable(),
      busyCpuSeconds: amount,
      idleCpuSeconds: amount,
      busyWatts: amount.nullable(),
      idleWatts: amount.nullable(),
      busyKwh: amount,
      idleKwh: amount,
      kwh: amount,
    }),
  ),
  kwh: boundedKwh,
  gco2eq: boundedGrams,
  /** What the grams count, for people; `null` where there are none. */
  basis: z.string().nullable(),
  intensity: listOf(
    z.strictObject({
      kind: z.enum(INTENSITY_KINDS),
      source: z.string(),
      basis: z.string().nullable(),
      hours: count,
      gco2eqPerKwh: amount,
    }),
  ),
  coverage: share,
  hours: z.strictObject({
    asked: count,
    over: count,
    known: count,
    provisional: count,
    withoutCarbon: count,
  }),
  /** Most first; `null` where the viewer may not see which hosts they are. */
  hosts: z.array(hostPart).nullable(),
  hostCount: count.nullable(),
  notes: z.array(z.string()),
});
export type ExplainReply = z.infer<typeof explainReply>;

export const explainRoute: Route = jsonRoute({
  name: "explain",
  path: "/explain",
  summary: `Where the sums of a scope come from, over up to ${MOST_DAYS} days: machine types with their watts, intensity, coverage, hosts.`,
  query: z.strictObject({
    scope: subjectText,
    ...intervalShape,
    limit: whole(1, 1000).optional(),
  }),
  scope: ({ scope }) => scopeOf(scope),
  site: ({ scope }) => siteOf(scope),
  reply: explainReply,
  example: {
    scope: "project:IDAaaS",
    ...EXAMPLE_DAY,
    model: EXAMPLE_MODELS.hourly,
    constants: [
      { name: "busy", value: "12W" },
      { name: "idle", value: "1W" },
    ],
    sum: [
      {
        what: "Muon",
        busyCpuSeconds: 18_000,
        idleCpuSeconds: 54_000,
        busyWatts: 12,
        idleWatts: 1,
        busyKwh: 0.06,
        idleKwh: 0.015,
        kwh: 0.075,
      },
    ],
    kwh: { kwh: 0.075, low: 0.03, high: 0.12 },
    gco2eq: { gco2eq: 12.75, low: 4.9, high: 21.4 },
    basis: EXAMPLE_BASIS,
    intensity: [
      {
        kind: "actual",
        source: "gb-carbon-intensity/region-12",
        basis: EXAMPLE_STORED_BASIS,
        hours: 24,
        gco2eqPerKwh: 170,
      },
    ],
    coverage: 1,
    hours: { asked: 24, over: 24, known: 24, provisional: 0, withoutCarbon: 0 },
    hosts: null,
    hostCount: null,
    notes: ["Electricity is estimated: processor time, by the watts of a busy and of an idle core."],
  },
  maxAgeSeconds: 60,
  answer: async ({ query, ...admitted }): Promise<ExplainReply> => {
    const { service } = admitted;
    const subject = parseSubject(query.scope);
    const interval = recentInterval(query, service);
    assertYear("an explanation", interval);
    const series = await readSubject(admitted, subject, interval);
    const place = placeOf(admitted, subject);
    const parts = place === null ? [] : await admitted.reader.partsOf(place, "machine", interval);
    const explained = explainInterval(series, parts, interval, service.clock());
    const hosts = place === null ? null : await hostsOf(admitted, subject, place, interval);
    const model = modelsOf(series);
    return {
      scope: formatSubject(subject),
      ...formatEnds(interval),
      model,
      constants: modelConstants(model),
      sum: explained.sum,
      kwh: explained.totals.kwh,
      gco2eq: explained.totals.gco2eq,
      basis: basisLine(explained.totals),
      intensity: explained.intensity,
      coverage: explained.totals.coverage,
      hours: explained.hours,
      hosts: hosts?.slice(0, query.limit ?? 20) ?? null,
      hostCount: hosts?.length ?? null,
      notes: explainNotes(explained),
    };
  },
});

/** Where the hosts of a subject are; `null` where there are none, such as at a site without projects. */
function placeOf({ service }: Admitted, subject: Subject): Place | null {
  if ("scope" in subject) return [subject.scope];
  const projects = projectsOf(service, subject.site);
  return projects.length === 0 ? null : projects.map((name): Scope => ({ kind: "project", name }));
}

/** A host is somebody's: all are shown to whoever may see all, and a user's own to them. */
async function hostsOf(
  { grant, reader }: Admitted,
  subject: Subject,
  place: Place,
  interval: Interval,
): Promise<ExplainReply["hosts"]> {
  const isOwn =
    "scope" in subject && subject.scope.kind === "user" && grant !== "all" && grant.has(subject.scope.name);
  if (grant !== "all" && !isOwn) return null;
  const hosts = await reader.partsOf(place, "host", interval);
  return hosts.map((host) => shownHost(host, interval)).sort((a, b) => (b.kwh ?? 0) - (a.kwh ?? 0));
}

function shownHost(host: UsageSeries, interval: Interval): z.infer<typeof hostPart> {
  const totals = knownTotals(host, interval);
  const known = host.provenance.findLast((provenance) => provenance.host !== undefined)?.host;
  return {
    instance: host.scope.name,
    machine: known?.machine ?? null,
    user: known?.user ?? null,
    busyCpuSeconds: totals.busyCpuSeconds,
    idleCpuSeconds: totals.idleCpuSeconds,
    kwh: totals.kwh.kwh,
    // Coverage of the hours in which the host was there.
    coverage: totals.hoursKnown === 0 ? 0 : Math.min(1, (totals.coverage * totals.hours) / totals.hoursKnown),
  };
}
