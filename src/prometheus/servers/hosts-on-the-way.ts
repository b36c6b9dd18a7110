import type { CpuCallOptions, CpuHours, CpuRequest, CpuSource, HostScrape } from "../../usage/cpu.js";
import { CPU_TIME_ERROR, isSameBoot } from "../../usage/physical.js";
import { SIGHT_MS } from "../hours/out-of-sight.js";
import { SLACK_SECONDS } from "../scrapes/boots.js";
import { LOST_MS, NEAR_SCRAPES_MS, ORDINARY_REBOOT_MS } from "../scrapes/measure-machine.js";
import { type Move, type UnseenTime, unseenTimes, withMoves } from "./moves.js";
import { askEach, type NamedSource } from "./named-sources.js";

/** A scrape, and the source that has it. */
type NamedScrape = HostScrape & { readonly of: string };

/**
 * A batch of several sources, with what hosts used that were last seen by one of them and seen again by another: no
 * source alone knows both. A source that cannot tell its scrapes is not asked.
 */
export async function withHostsOnTheWay(
  batch: CpuHours,
  sources: readonly NamedSource<CpuSource>[],
  { projects, modes }: Pick<CpuRequest, "projects" | "modes">,
  call: CpuCallOptions,
): Promise<CpuHours> {
  const asked = sources.filter(({ source }) => source.hostScrapes !== undefined);
  const unseen = asked.length > 1 ? unseenTimes(batch) : [];
  const warnings = new Set(batch.warnings);
  const ask = async (which: "first" | "last", side: "before" | "after") => {
    const byTime = [...Map.groupBy(unseen, (time) => time[side].from).values()];
    const found = byTime.map(async (times): Promise<[UnseenTime, NamedScrape[]][]> => {
      const instances = [...new Set(times.map(({ instance }) => instance))];
      const interval = times[0]?.[side] ?? { from: 0, to: 0 };
      const all = await askEach(asked, async ({ source }) =>
        source.hostScrapes?.({ interval, which, instances, projects, modes }, call),
      );
      const scrapes = all.flatMap((told): NamedScrape[] => {
        const said = "error" in told ? [told.error.message] : (told.answer?.warnings ?? []);
        for (const warning of said) warnings.add(warning);
        const own = "error" in told ? [] : (told.answer?.scrapes ?? []);
        return own.map((scrape) => ({ ...scrape, of: told.name }));
      });
      return times.map((time) => [time, scrapes.filter(({ instance }) => instance === time.instance)]);
    });
    return new Map((await Promise.all(found)).flat());
  };
  const [lasts, firsts] = await Promise.all([ask("last", "before"), ask("first", "after")]);
  const moves = unseen.flatMap((time) => moveOf(time, lasts.get(time) ?? [], firsts.get(time) ?? []));
  return withMoves({ ...batch, warnings: [...warnings] }, moves);
}

/**
 * What the counters gained from the last scrape of one source to the first of another, if it is the same boot. If it booted
 * in between, nobody knows until when it had been up, as in a gap of one source.
 */
function moveOf(unseen: UnseenTime, lasts: readonly NamedScrape[], firsts: readonly NamedScrape[]): Move[] {
  const first = [...firsts].sort((a, b) => a.time - b.time)[0];
  if (first === undefined) return [];
  const { time, bootTime, cpus } = first;
  const latest = (some: readonly NamedScrape[]): NamedScrape | undefined =>
    [...some].sort((a, b) => b.time - a.time)[0];
  const last = latest(lasts.filter((scrape) => isSameBoot(scrape.bootTime, bootTime)));
  const earlier = last ?? latest(lasts.filter((scrape) => scrape.time < bootTime));
  if (earlier === undefined || earlier.of === first.of) return [];
  const from = earlier.time;
  if (last === undefined) {
    const isLost = bootTime - from > ORDINARY_REBOOT_MS && bootTime - from <= LOST_MS;
    return isLost ? [{ ...unseen, from, to: bootTime, cpus, ...UNKNOWN }] : [];
  }
  if (!(time - from > NEAR_SCRAPES_MS && time - from <= SIGHT_MS)) return [];
  const gained = {
    busyCpuSeconds: first.busyCpuSeconds - last.busyCpuSeconds,
    idleCpuSeconds: first.idleCpuSeconds - last.idleCpuSeconds,
    totalCpuSeconds: first.totalCpuSeconds - last.totalCpuSeconds,
  };
  const seconds = (cpus * (time - from)) / 1000;
  const isWhole = Math.abs(gained.totalCpuSeconds - seconds) <= CPU_TIME_ERROR * seconds + SLACK_SECONDS;
  const isKnown = isWhole && gained.busyCpuSeconds >= 0 && gained.idleCpuSeconds >= 0;
  return [{ ...unseen, from, to: time, cpus, ...(isKnown ? gained : UNKNOWN) }];
}

const UNKNOWN = { busyCpuSeconds: Number.NaN, idleCpuSeconds: Number.NaN, totalCpuSeconds: Number.NaN };
