import { formatInstant } from "ada-carbon";
import { prometheusHostSource } from "ada-carbon/prometheus";
import type { SimulatedHost } from "ada-carbon/testing";
import { cpuMicrosIn } from "../../src/testing/truth.js";
import type { HostSample, HostsSeen } from "../../src/usage/host-source.js";
import { instanceLabelOf, letterOf, projectsOf, type Situation } from "./situation.js";

/** The idle fraction that the tracker sees may be this far from what hosts did in the last minutes. */
const LEAST = 0.01;
const LAST_MINUTES_MS = 180_000;
/** For so long after cpus came or went, either count is right. */
const CPUS_SETTLE_MS = 600_000;

/** Looks at the hosts of a situation as the live tracker does, and says what is not as it must be. */
export async function liveProblems(url: string, situation: Situation): Promise<string[]> {
  const { headers, labels, matchers } = situation.prometheus ?? {};
  const source = prometheusHostSource({
    url,
    sites: { all: projectsOf(situation) },
    ...(headers && { headers }),
    ...(labels && { labels }),
    ...(matchers && { matchers }),
  });
  const problems: string[] = [];
  for (const now of situation.live ?? []) {
    const seen = await source.activeHosts(["all"], { now }).catch((error: unknown) => String(error));
    const texts = typeof seen === "string" ? [seen] : hostProblems(situation, seen, now);
    problems.push(...texts.map((text) => `${formatInstant(now).slice(11, 16)}: ${text}`));
  }
  return problems;
}

function hostProblems(situation: Situation, seen: HostsSeen, now: number): string[] {
  const label = instanceLabelOf(situation);
  return situation.cluster.hosts.flatMap((host, i) => {
    const sample = seen.hosts.find(
      ({ instance, project }) => instance === host.labels[label] && project === host.project,
    );
    if (sample === undefined) return [`host ${letterOf(situation, i)} is not seen`];
    return sampleProblems(host, sample, seen, now).map((text) => `host ${letterOf(situation, i)}: ${text}`);
  });
}

function sampleProblems(
  host: SimulatedHost,
  { idleFraction, cores }: HostSample,
  { warnings, findings }: HostsSeen,
  now: number,
): string[] {
  const texts: string[] = [];
  const [idle = 0, ...busy] = cpuMicrosIn(host, { from: now - LAST_MINUTES_MS, to: now });
  const truth = idle / (idle + busy.reduce((sum, mode) => sum + mode, 0));
  if (idleFraction !== null && !(Math.abs(idleFraction - truth) <= LEAST))
    texts.push(`idle to ${idleFraction}, in truth to ${truth}`);
  if (idleFraction === null && warnings.length + findings.length === 0)
    texts.push("nothing is known of what it does, and nothing says why");
  const ticking = [ticked(host, now - CPUS_SETTLE_MS), ticked(host, now)];
  if (cores !== null && !ticking.includes(cores)) texts.push(`${cores} cpus, of which ${ticking[1]} tick`);
  return texts;
}

/** How many cpus ticked just before an instant. */
function ticked({ cores, offlineCpus }: SimulatedHost, instant: number): number {
  const isOffline = (cpu: number): boolean =>
    offlineCpus.some(({ cpus, from, to }) => cpus.includes(cpu) && from < instant && to >= instant);
  return Array.from({ length: cores }, (_, cpu) => cpu).filter((cpu) => !isOffline(cpu)).length;
}
