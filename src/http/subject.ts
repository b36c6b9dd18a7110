import type { CallOptions } from "../stores/call-options.js";
import { SPARSE_KINDS } from "../timeseries/rollup/rollup.js";
import type { Interval } from "../usage/hour.js";
import { ADA, formatScope, parseScope, type Scope } from "../usage/scope.js";
import type { UsageSeries } from "../usage/series.js";
import { notFound } from "./problem.js";
import { projectsOf, type Service } from "./service.js";
import { sumSeries } from "./site-series.js";

/** What a history is about: a scope, or `site:isis`, which is all projects of a site. */
export type Subject = { readonly site: string } | { readonly scope: Scope };

export function parseSubject(text: string): Subject {
  return text.startsWith("site:") && text.length > "site:".length
    ? { site: text.slice("site:".length) }
    : { scope: parseScope(text) };
}

export function formatSubject(subject: Subject): string {
  return "site" in subject ? `site:${subject.site}` : formatScope(subject.scope);
}

export interface SubjectSeries {
  readonly series: UsageSeries;
  /** Everything, where an absent row of the series may mean that nothing ran. */
  readonly known: UsageSeries | undefined;
  readonly simulated: boolean;
}

/** The stored hours of a subject. 404 for a site or scope of which nothing was ever stored. */
export async function readSubject(
  service: Service,
  subject: Subject,
  interval: Interval,
  options: CallOptions,
): Promise<SubjectSeries> {
  const series = await seriesOf(service, subject, interval, options);
  if (series.hours.length === 0 && "scope" in subject) await assertStored(service, subject.scope, options);
  const isSparse = SPARSE_KINDS.includes(series.scope.kind);
  const known = isSparse ? await service.usage.read(ADA, interval, options) : undefined;
  return { series, known, simulated: series.status.includes("fake") };
}

async function seriesOf(
  service: Service,
  subject: Subject,
  interval: Interval,
  options: CallOptions,
): Promise<UsageSeries> {
  if ("scope" in subject) return service.usage.read(subject.scope, interval, options);
  const projects = projectsOf(service, subject.site);
  const parts = await Promise.all(
    projects.map((name) => service.usage.read({ kind: "project", name }, interval, options)),
  );
  return sumSeries(subject.site, parts);
}

const SHOWN = 20;

async function assertStored(service: Service, scope: Scope, options: CallOptions): Promise<void> {
  if (scope.kind === "ada") return;
  const stored = await service.usage.scopes(scope.kind, options);
  if (stored.some(({ name }) => name === scope.name)) return;
  // Which users and hosts there are is not for everybody.
  const open = scope.kind === "user" || scope.kind === "host" ? [] : stored.slice(0, SHOWN).map(formatScope);
  const hint =
    open.length === 0 ? "" : `; there are ${open.join(", ")}${stored.length > SHOWN ? ", ..." : ""}`;
  throw notFound("unknown-scope", `nothing is stored of ${formatScope(scope)}${hint}`, open);
}
