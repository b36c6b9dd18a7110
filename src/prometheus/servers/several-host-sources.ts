import {
  HOST_SOURCE,
  HOST_SOURCE_CALLS,
  type HostSample,
  type HostSource,
  type HostsSeen,
} from "../../usage/host-source.js";
import { checkedCalls, type Rules, TEXT } from "../../usage/options.js";
import { isSameBoot } from "../../usage/physical.js";
import { answersOf, askEach, assertNamed, type NamedSource, wherePlaces } from "./named-sources.js";

const NAMED_HOST_SOURCE: Rules<NamedSource<HostSource>> = { name: TEXT, source: HOST_SOURCE };

/**
 * Several sources of live hosts as one, such as a Prometheus server a site. A site that is called as a source is asked
 * for there alone; any other at every source that knows it. A host that two of them see is followed once: by its
 * instance label and project, or its boot time, as the one that saw it last has it.
 *
 * Of one that fails the sites are `unheardSites`: their absent hosts are not taken to be gone. If all fail, that is an
 * error.
 *
 * @example
 * import assert from "node:assert/strict";
 * import { prometheusHostSource, severalHostSources } from "ada-carbon/prometheus";
 *
 * const hosts = severalHostSources([
 *   { name: "isis", source: prometheusHostSource({ url: "https://prometheus.isis.example" }) },
 *   { name: "clf", source: prometheusHostSource({ url: "https://prometheus.clf.example" }) },
 * ]);
 * assert.deepEqual(hosts.sites, ["clf", "isis", "diamond"]);
 */
export function severalHostSources(sources: readonly NamedSource<HostSource>[]): HostSource {
  assertNamed("severalHostSources", sources, NAMED_HOST_SOURCE);
  const names = new Set(sources.map(({ name }) => name));
  const sitesOf = ({ name, source }: NamedSource<HostSource>, wanted: readonly string[]): string[] =>
    wanted.filter((site) => source.sites.includes(site) && (site === name || !names.has(site)));
  const all: HostSource = {
    where: wherePlaces(sources),
    sites: [...new Set(sources.flatMap(({ source }) => source.sites))],
    async activeHosts(wanted, call) {
      const asked = sources.filter((named) => sitesOf(named, wanted).length > 0);
      if (asked.length === 0) return { hosts: [], watching: false, warnings: [], findings: [] };
      const all = await askEach(asked, async (named): Promise<SeenBySource> => {
        const sites = sitesOf(named, wanted);
        return { name: named.name, sites, seen: await named.source.activeHosts(sites, call) };
      });
      const failures: string[] = [];
      const seen = answersOf(all, ({ message }) => failures.push(message));
      const failed = asked.filter(({ name }) => !seen.some((answered) => answered.name === name));
      const lost = failed.flatMap((named) => sitesOf(named, wanted));
      return joinedHosts(seen, lost, failures);
    },
  };
  return checkedCalls("a HostSource", all, HOST_SOURCE_CALLS);
}

interface SeenBySource {
  readonly name: string;
  readonly sites: readonly string[];
  readonly seen: HostsSeen;
}

function joinedHosts(
  all: readonly SeenBySource[],
  lost: readonly string[],
  failures: readonly string[],
): HostsSeen {
  const partial = all.filter(({ seen }) => !seen.watching || seen.warnings.length > 0);
  const unheardSites = [
    ...new Set([...lost, ...partial.flatMap(({ sites, seen }) => [...sites, ...(seen.unheardSites ?? [])])]),
  ];
  const said = all.flatMap(({ name, seen }) =>
    [...seen.warnings, ...seen.findings].map((text) => `${name}: ${text}`),
  );
  const { hosts, doubles } = eachOnce(all.flatMap(({ seen }) => seen.hosts));
  return {
    hosts,
    watching: true,
    warnings: [],
    unheardSites,
    findings: [
      ...failures,
      ...said,
      ...(doubles === 0 ? [] : [`${doubles} hosts were seen by several servers, and each is followed once`]),
    ],
  };
}

/** Of one machine the sample of whoever saw it last. */
function eachOnce(samples: readonly HostSample[]): { hosts: HostSample[]; doubles: number } {
  const hosts: HostSample[] = [];
  for (const seen of Map.groupBy(samples, ({ instance }) => instance).values()) {
    const kept: HostSample[] = [];
    for (const sample of [...seen].sort((a, b) => b.seenAt - a.seenAt))
      if (!kept.some((other) => isOneMachine(sample, other))) kept.push(sample);
    hosts.push(...kept);
  }
  return { hosts, doubles: samples.length - hosts.length };
}

/** Of two samples with one instance label. */
function isOneMachine(a: HostSample, b: HostSample): boolean {
  if (a.project === b.project) return true;
  return a.bootedAt !== null && b.bootedAt !== null && isSameBoot(a.bootedAt, b.bootedAt);
}
