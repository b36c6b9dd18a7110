import type { CallOptions } from "../stores/call-options.js";
import type { UsageStore } from "../stores/usage-store.js";
import { DAY_MS, EVER, formatInstant, HOUR_MS, type Hour } from "../usage/hour.js";
import { ADA } from "../usage/scope.js";
import { numberAt, type UsageSeries } from "../usage/series.js";
import type { RenamedProject } from "./host-names.js";

/** How far back a project's hosts are looked for under an earlier name. */
const LOOKED_BACK_MS = 7 * DAY_MS;

/** A project that seems to be an earlier one under another name. */
export interface SeemsRenamed extends RenamedProject {
  /** The first hour of the new name. */
  readonly since: Hour;
  /** Hosts of the new name in that hour, and how many of them had been the earlier one's. */
  readonly hosts: number;
  readonly known: number;
}

/**
 * Which of these projects, of which nothing was stored until now, seem to be earlier ones under another name: most of
 * their hosts were one other project's before, and that project has used nothing since.
 */
export async function renamedProjects(
  store: UsageStore,
  fresh: readonly string[],
  options: CallOptions,
): Promise<SeemsRenamed[]> {
  const [start] = (await store.read(ADA, EVER, options)).hours;
  const renamed: SeemsRenamed[] = [];
  for (const after of fresh) {
    const since = firstUse(await store.read({ kind: "project", name: after }, EVER, options));
    // What has been there from the start has no history to be joined to.
    if (since === undefined || start === undefined || since <= start) continue;
    const { hosts, earlier } = await hostsOf(store, after, since, options);
    for (const [before, known] of earlier) {
      if (known * 2 <= hosts) continue;
      const later = await store.read({ kind: "project", name: before }, { ...EVER, from: since }, options);
      if (firstUse(later) === undefined) renamed.push({ before, after, since, hosts, known });
    }
  }
  return renamed;
}

function firstUse({ hours, busyCpuSeconds, idleCpuSeconds }: UsageSeries): Hour | undefined {
  return hours.find((_, i) => numberAt(busyCpuSeconds, i) + numberAt(idleCpuSeconds, i) > 0);
}

/** How many hosts a project had in an hour, and whose they had been last. */
async function hostsOf(
  store: UsageStore,
  project: string,
  since: Hour,
  options: CallOptions,
): Promise<{ hosts: number; earlier: ReadonlyMap<string, number> }> {
  const around = { from: since - LOOKED_BACK_MS, to: since + HOUR_MS };
  const earlier = new Map<string, number>();
  let hosts = 0;
  for (const scope of await store.scopes("host", options)) {
    const { hours, provenance } = await store.read(scope, around, options);
    if (hours.at(-1) !== since || provenance.at(-1)?.host?.project !== project) continue;
    hosts++;
    const before = provenance.findLast(({ host }) => host !== undefined && host.project !== project)?.host;
    if (before !== undefined) earlier.set(before.project, (earlier.get(before.project) ?? 0) + 1);
  }
  return { hosts, earlier };
}

/** What a run says of such a project. */
export function renamedText({ before, after, since, hosts, known }: SeemsRenamed): string {
  return `project ${after} seems to be ${before} under another name since ${formatInstant(since)}: ${known} of its ${hosts} hosts were of ${before}; ada-carbon restate --rename-project '${before}=${after}' joins their hours`;
}
