import type { HostScrape, HostScrapes, HostScrapesRequest } from "../../usage/cpu.js";
import type { HostServer } from "../client/host-server.js";
import { HostTable, instanceOfPlace } from "../client/hosts.js";
import { cpuSeconds } from "../scrapes/counters.js";
import { machinesOf } from "../scrapes/machines.js";
import { readRawScrapes } from "../scrapes/raw-scrapes.js";
import type { InstanceScrapes } from "../scrapes/read-scrapes.js";
import { seenIn } from "./out-of-sight.js";

/** Counters of eight CPUs with eight modes, for the size of replies. */
const SAMPLES_PER_SCRAPE = 64;

/** The first or the last scrape of some hosts in a time: where they were seen is found first, and read then. */
export async function fetchHostScrapes(
  server: HostServer,
  { interval, which, instances, modes }: HostScrapesRequest,
  now: number,
): Promise<HostScrapes> {
  const span = { from: interval.from, to: Math.min(interval.to, now) };
  const { seen, warnings } = await seenIn(server, instances, span, which);
  const ranges = [...seen].map(([place, { from, to }]) => {
    const samples = ((to - from) / 60_000) * SAMPLES_PER_SCRAPE;
    return { instance: instanceOfPlace(place), from, to: Math.min(to, span.to), samples };
  });
  const raw = await readRawScrapes(server, ranges, new HostTable(server.selection.labels));
  const names = new Set(ranges.map(({ instance }) => instance));
  const scrapes = [...names].flatMap((instance) => {
    const { targets, layout } = raw.scrapesOf([instance]);
    const uses = layout.usesOf(modes);
    return machinesOf(targets, layout).flatMap((machine): HostScrape[] => {
      const there = machine.scrapes.filter(({ time }) => time >= span.from && time <= span.to);
      const scrape = which === "first" ? there[0] : there.at(-1);
      if (scrape === undefined) return [];
      const { time, bootTime, counters } = scrape;
      const sumOf = (isWanted: (mode: number) => boolean): number =>
        counters.reduce(
          (sum, value, i) => sum + (isWanted(i % layout.modes.length) && value > 0 ? value : 0),
          0,
        );
      return [
        {
          ...{ instance, time, bootTime, cpus: cpusOf(layout, counters) },
          busyCpuSeconds: sumOf((mode) => uses[mode] === "busy"),
          idleCpuSeconds: sumOf((mode) => uses[mode] === "idle"),
          totalCpuSeconds: sumOf(() => true),
        },
      ];
    });
  });
  return { scrapes, warnings: [...warnings, ...raw.warnings] };
}

function cpusOf({ cpus, modes }: InstanceScrapes["layout"], counters: Float64Array): number {
  return cpus.filter((_, cpu) => cpuSeconds(counters, cpu, modes.length) > 0).length;
}
