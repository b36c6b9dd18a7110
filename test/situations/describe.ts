import { formatInstant, type Interval } from "ada-carbon";
import type { SimulatedHost } from "ada-carbon/testing";
import { letterOf, type Situation } from "./situation.js";

const time = (ms: number): string =>
  Number.isFinite(ms) ? formatInstant(ms).slice(8, 19) : ms > 0 ? "ever" : "always";
const times = (list: readonly Interval[]): string =>
  list.map(({ from, to }) => `${time(from)} to ${time(to)}`).join(", ");

/** What happens to the hosts of a situation, a line each, for whoever looks for a fault. */
export function describeHosts(situation: Situation): string[] {
  const lines = situation.cluster.hosts.map((host, i) => `${letterOf(situation, i)}: ${describeHost(host)}`);
  const { outages } = situation.cluster;
  return outages.length === 0 ? lines : [...lines, `nobody scraped ${times(outages)}`];
}

function describeHost(host: SimulatedHost): string {
  const spans = host.targets[0]?.labelSpans.slice(1) ?? [];
  return [
    `${host.cores} cpus, scraped every ${host.scrapeMs / 1000} s at ${host.phaseMs} ms, up to ${host.scrapeJitterMs} ms late`,
    `${host.missedScrapesPerMille} of 1000 missed, up ${times(host.incarnations)}`,
    ...(host.outages.length === 0 ? [] : [`not scraped ${times(host.outages)}`]),
    ...(host.exporterDelayMs === 0 ? [] : [`exporter after ${host.exporterDelayMs / 1000} s`]),
    ...host.counterFaults.map(({ from, to, cpu, mode, addSeconds, saysSeconds }) => {
      const counter = `${mode ?? "all"} of cpu ${cpu ?? "all"}`;
      return `${time(from)} to ${time(to)} ${counter} ${addSeconds === undefined ? `says ${saysSeconds}` : `is ${addSeconds} s more`}`;
    }),
    ...spans.map(({ from, labels }) => `${labels.user} from ${time(from)}`),
  ].join("; ");
}
