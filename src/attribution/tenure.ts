import { byCodeUnit } from "../usage/code-units.js";
import { badInput } from "../usage/errors.js";
import { formatInstant, INTERVAL, type Interval } from "../usage/hour.js";
import { type ArgumentRules, optional, optionsBy, port, type Rule, SIGNAL, TEXTS } from "../usage/options.js";

/** Who held a host from when to when, half-open, UTC milliseconds. */
export interface Tenure {
  /** Host name, or `host:port` as in the label `instance`. Matched exactly, never as a prefix or a pattern. */
  readonly host: string;
  readonly from: number;
  /** `null` while it goes on. */
  readonly to: number | null;
  readonly user?: string | undefined;
  readonly group?: string | undefined;
  readonly experiment?: string | undefined;
}

/** How a {@link TenureSource} is asked. */
export interface TenureCallOptions {
  readonly signal?: AbortSignal | undefined;
}

/** Anything that knows who held which host: a booking system, a database of workspaces, a file. */
export interface TenureSource {
  /** Identifies the source in provenance, such as `tenures.csv`. No credentials. */
  readonly id: string;
  /**
   * The tenures of these hosts that overlap the interval, in any order. More than was asked for does no harm.
   * Hosts are named as in the label `instance`.
   */
  tenures(interval: Interval, hosts: readonly string[], options?: TenureCallOptions): Promise<Tenure[]>;
}

/** Refuses (`bad-input`) a tenure without a host or one that ends before it begins. `where` names its place. */
export function assertTenure(tenure: Tenure, where: string): void {
  const refuse = (what: string): never => {
    throw badInput(`${where}: ${what}`);
  };
  if (tenure.host.trim() === "") refuse("the tenure names no host");
  if (!Number.isFinite(tenure.from)) refuse(`the tenure of ${tenure.host} has no start`);
  if (tenure.to === null) return;
  if (!Number.isFinite(tenure.to)) refuse(`the tenure of ${tenure.host} has an end that is no instant`);
  if (tenure.to < tenure.from) {
    const [from, to] = [formatInstant(tenure.from), formatInstant(tenure.to)];
    refuse(`the tenure of ${tenure.host} ends at ${to}, before it begins at ${from}`);
  }
}

/** `host-172-16-100-116.nubes.stfc.ac.uk:9100` without its port. */
export function withoutPort(instance: string): string {
  return /^(.+?):\d+$/.exec(instance)?.[1] ?? instance;
}

/** Tenures looked up by instance, sorted by start. */
export class TenureIndex {
  readonly #byHost: ReadonlyMap<string, readonly Tenure[]>;

  constructor(tenures: readonly Tenure[]) {
    const sorted = [...tenures].sort((a, b) => a.from - b.from || byCodeUnit(holderKey(a), holderKey(b)));
    this.#byHost = Map.groupBy(sorted, ({ host }) => host);
  }

  /** Those whose host is exactly the instance, or exactly the instance without its port. */
  of(instance: string): readonly Tenure[] {
    const exact = this.#byHost.get(instance) ?? [];
    const host = withoutPort(instance);
    const byName = host === instance ? [] : (this.#byHost.get(host) ?? []);
    return byName.length === 0 ? exact : [...exact, ...byName];
  }
}

/** Equal for tenures of the same user, group and experiment. */
export function holderKey({ user, group, experiment }: Omit<Tenure, "host" | "from" | "to">): string {
  return JSON.stringify([user ?? null, group ?? null, experiment ?? null]);
}

/** What the call of a {@link TenureSource} takes. */
export const TENURE_CALLS: Readonly<Record<"tenures", ArgumentRules>> = {
  tenures: {
    interval: INTERVAL,
    hosts: TEXTS,
    options: optional(optionsBy<TenureCallOptions>({ signal: optional(SIGNAL) })),
  },
};

/** What an option must be that is such a source. */
export const TENURE_SOURCE: Rule = port("TenureSource", ["tenures"]);
