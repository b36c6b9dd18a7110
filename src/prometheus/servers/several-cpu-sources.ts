import {
  assertCpuRequest,
  CPU_SOURCE,
  CPU_SOURCE_CALLS,
  type CpuCallOptions,
  type CpuGap,
  type CpuHours,
  type CpuRequest,
  type CpuSource,
  isGap,
} from "../../usage/cpu.js";
import { badInput } from "../../usage/errors.js";
import { type Hour, spanOf } from "../../usage/hour.js";
import { checkedCalls, optional, type Rules, TEXT, TEXTS } from "../../usage/options.js";
import { alignedHours } from "./aligned-hours.js";
import { withHostsOnTheWay } from "./hosts-on-the-way.js";
import { joinedHours } from "./joined-hours.js";
import { joinedSlices } from "./joined-slices.js";
import { answersOf, askEach, assertNamed, type NamedSource, wherePlaces } from "./named-sources.js";
import { isAnswered } from "./seen-twice.js";

/** One of several sources of CPU-seconds. */
export interface NamedCpuSource extends NamedSource<CpuSource> {
  /**
   * Projects whose hosts it has, where that is known: while it is away, hours of other projects that the others know are
   * then complete all the same. Without it, any project may have hosts there.
   */
  readonly projects?: readonly string[] | undefined;
}

const NAMED_CPU_SOURCE: Rules<NamedCpuSource> = { name: TEXT, source: CPU_SOURCE, projects: optional(TEXTS) };

/**
 * Several sources as one, such as a Prometheus server a site. All are asked at the same time, and their hosts are
 * joined: a host that two of them see, by its instance label, is counted once.
 *
 * One that fails does not stop the others. Hours that it is missing from say so: `ada` and all else that may have hosts
 * there is incomplete, and the next run asks again. A source that does not say which projects it has is asked for no
 * hours until it does, since a part of the projects would be taken for all. If all fail, that is an error.
 *
 * Throws `bad-input` for no sources, two of one name, or hosts in one and recorded sums in another.
 *
 * @example
 * import assert from "node:assert/strict";
 * import { prometheusCpuSource, severalCpuSources } from "ada-carbon/prometheus";
 *
 * const cpu = severalCpuSources([
 *   { name: "isis", source: prometheusCpuSource({ url: "https://prometheus.isis.example" }) },
 *   { name: "clf", source: prometheusCpuSource({ url: "https://prometheus.clf.example" }), projects: ["CDAaaS"] },
 * ]);
 * assert.equal(cpu.where, "isis https://prometheus.isis.example, clf https://prometheus.clf.example");
 */
export function severalCpuSources(sources: readonly NamedCpuSource[]): CpuSource {
  assertNamed("severalCpuSources", sources, NAMED_CPU_SOURCE);
  const rows = rowsOf(sources);
  /** Those that last did not say their projects, and why. */
  const silent = new Map<string, Error>();
  const all: CpuSource = {
    where: wherePlaces(sources),
    ...(rows === undefined ? {} : { rows }),
    async projects(interval, { signal, onMissing } = {}) {
      const all = await askEach(sources, async ({ name, source }) => {
        silent.delete(name);
        return source.projects(interval, { signal }).catch((error: Error) => {
          silent.set(name, error);
          throw error;
        });
      });
      return [...new Set(answersOf(all, onMissing).flat())].sort();
    },
    cpuHours: (request, call = {}) => {
      assertCpuRequest(request, call);
      return hoursOfAll(sources, request, silent, call);
    },
    ...scrapesOfAll(sources),
    ...slicesOfAll(sources),
  };
  return checkedCalls("a CpuSource", all, CPU_SOURCE_CALLS);
}

/** What rows are; all must have the same. */
function rowsOf(sources: readonly NamedCpuSource[]): CpuSource["rows"] {
  const [first] = sources;
  const other = sources.find(({ source }) => (source.rows ?? "hosts") !== (first?.source.rows ?? "hosts"));
  if (first === undefined || other === undefined) return first?.source.rows;
  throw badInput(
    `severalCpuSources: ${first.name} has ${first.source.rows ?? "hosts"} and ${other.name} has ${other.source.rows ?? "hosts"}; they cannot be joined`,
  );
}

async function* hoursOfAll(
  sources: readonly NamedCpuSource[],
  request: CpuRequest,
  silent: ReadonlyMap<string, Error>,
  call: CpuCallOptions,
): AsyncGenerator<CpuHours | CpuGap, void, undefined> {
  const own = new AbortController();
  const signal = call.signal === undefined ? own.signal : AbortSignal.any([call.signal, own.signal]);
  const told = new Map<string, readonly string[]>();
  const declared = new Map(sources.map(({ name, projects }) => [name, projects]));
  const projects = { told, declared, wanted: request.projects };
  async function* hoursOf({ name, source }: NamedCpuSource): AsyncGenerator<CpuHours | CpuGap> {
    const error = silent.get(name);
    if (error !== undefined) {
      yield { hours: request.hours, error };
      return;
    }
    const batches = source.cpuHours(request, { signal })[Symbol.asyncIterator]();
    try {
      // At the same time; which projects it has is known also if the hours fail at once.
      const [telling, first] = await Promise.allSettled([
        source.projects(spanOf(request.hours), { signal }),
        batches.next(),
      ]);
      if (telling.status === "rejected") throw telling.reason;
      told.set(name, telling.value);
      if (first.status === "rejected") throw first.reason;
      for (let next = first.value; next.done !== true; next = await batches.next()) yield next.value;
    } finally {
      await batches.return?.();
    }
  }
  const streams = sources.map((named) => ({ name: named.name, batches: hoursOf(named) }));
  const said = new Set<string>();
  for await (const aligned of alignedHours(request.hours, streams, () => own.abort())) {
    const there = new Set(aligned.parts.filter(isAnswered).map(({ name }) => name));
    const asked = sources.filter(({ name }) => there.has(name));
    for (const batch of joinedHours(aligned, projects, said))
      yield isGap(batch) ? batch : await withHostsOnTheWay(batch, asked, request, { signal });
  }
}

/** The sum of all sources, if each can count. */
function scrapesOfAll(sources: readonly NamedCpuSource[]): Pick<CpuSource, "scrapes" | "tellsMissingParts"> {
  if (sources.some(({ source }) => source.scrapes === undefined)) return {};
  return {
    tellsMissingParts: true,
    async scrapes(request, { signal, onMissing } = {}) {
      const none: ReadonlyMap<Hour, number> = new Map();
      const all = await askEach(
        sources,
        async ({ source }) => (await source.scrapes?.(request, { signal })) ?? none,
      );
      const sums = new Map<Hour, number>();
      for (const counts of answersOf(all, onMissing))
        for (const [hour, count] of counts) sums.set(hour, (sums.get(hour) ?? 0) + count);
      return sums;
    },
  };
}

/** Of each host the steps of the source that has most of them, if each has steps. */
function slicesOfAll(sources: readonly NamedCpuSource[]): Pick<CpuSource, "cpuSlices"> {
  const asking = sources.flatMap(({ name, source }) =>
    source.cpuSlices === undefined ? [] : [{ name, source: source.cpuSlices.bind(source) }],
  );
  if (asking.length < sources.length) return {};
  return {
    async cpuSlices(request, { signal, onMissing } = {}) {
      const all = await askEach(asking, ({ source }) => source(request, { signal }));
      return joinedSlices(answersOf(all, onMissing));
    },
  };
}
