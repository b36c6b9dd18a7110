import { MODES_WITHIN_OTHERS, type ModePolicy, type ModeUse } from "../../usage/modes.js";
import { meetsRules, optional, type Rule, TEXT } from "../../usage/options.js";
import { byLabels, type Matcher, oneOf, quoteRegex, selector } from "./promql.js";

/** The label names a cloud uses; the defaults are those of the source documents. */
export interface LabelNames {
  readonly project: string;
  readonly machine: string;
  readonly user: string;
  readonly instance: string;
}

/** The labels of Ada's hosts. */
export const ADA_LABELS: LabelNames = {
  project: "cloud_project_name",
  machine: "machine_name",
  user: "user",
  instance: "instance",
};

/** What an option must be that names some of them. */
export const LABEL_NAMES: Rule = {
  allowed: `an object with some of ${Object.keys(ADA_LABELS).join(", ")}`,
  holds: (value) =>
    meetsRules<Partial<LabelNames>>(value, {
      project: optional(TEXT),
      machine: optional(TEXT),
      user: optional(TEXT),
      instance: optional(TEXT),
    }),
};

/** Which hosts are meant: those of the projects that also satisfy the extra matchers. */
export interface HostSelection {
  readonly labels: LabelNames;
  readonly projects: readonly string[];
  readonly matchers: readonly Matcher[];
}

export const CPU = "node_cpu_seconds_total";
export const BOOT = "node_boot_time_seconds";
export const IDLE: Matcher = { label: "mode", op: "=", value: "idle" };
/** One counter of each target: what it was scraped for, all were. */
const FIRST_CPU: Matcher = { label: "cpu", op: "=", value: "0" };

/** What time can be used for, and the order in which it is asked for: what has most counters first. */
const MODE_USES: readonly ModeUse[] = ["busy", "idle", "ignored"];

/** Whose scrape counts of a host that is scraped twice (two jobs, a high-availability pair): its sum is larger the later it is. */
export type CountedScrape = "only" | "earlier" | "later";

/**
 * The CPU-seconds that hosts have counted in all until the evaluation time, one series a host, for each use of time
 * that there is. Where each host is scraped once (`only`) the server has less to do.
 */
export function countedQueries(
  hosts: HostSelection,
  policy: ModePolicy,
  scrape: CountedScrape,
): { use: ModeUse; query: string }[] {
  const host = hostLabels(hosts);
  const sumOf = (counters: string): string => {
    if (scrape === "only") return `sum ${byLabels(host)} (${counters})`;
    return sumOfEach(host, counters, scrape === "later" ? "max" : "min");
  };
  return MODE_USES.flatMap((use) => {
    const modes = modesOf(policy, use);
    if (modes === undefined) return [];
    return [{ use, query: sumOf(select(CPU, hosts, modes)) }];
  });
}

/**
 * The sum of the counters of each host, each of them once, however many targets have it: the largest, which is that of
 * the later scrape, or the least. CPUs may have further labels of their own.
 */
export function sumOfEach(host: readonly string[], counters: string, which: "max" | "min" = "max"): string {
  return `sum ${byLabels(host)} (${which} ${byLabels([...host, "cpu", "mode"])} (${counters}))`;
}

/** The matcher for the modes of one use; `undefined` if there are none. Modes not named are busy. */
export function modesOf(policy: ModePolicy, use: ModeUse): Matcher | undefined {
  const counted = Object.entries(policy).filter(([mode]) => !MODES_WITHIN_OTHERS.includes(mode));
  const named = counted.flatMap(([mode, of]) => (of === use ? [mode] : []));
  if (use !== "busy") return named.length === 0 ? undefined : oneOf("mode", named);
  const others = counted.flatMap(([mode, of]) => (of === "busy" ? [] : [mode]));
  return noneOf([...others, ...MODES_WITHIN_OTHERS]);
}

function noneOf(modes: readonly string[]): Matcher {
  return { label: "mode", op: "!~", value: modes.map(quoteRegex).join("|") };
}

/** All modes that are counted, and what has no mode. */
export const COUNTED_MODES: Matcher = noneOf(MODES_WITHIN_OTHERS);

/** How often each host was scraped in the hour before the evaluation time. */
export function scrapesQuery(hosts: HostSelection): string {
  return `max ${byHost(hosts)} (count_over_time(${select(CPU, hosts, IDLE, FIRST_CPU)}[1h]))`;
}

/** How often all hosts together were scraped in the hour before the evaluation time: the sum of {@link scrapesQuery}. */
export function allScrapesQuery(hosts: HostSelection): string {
  return `sum(${scrapesQuery(hosts)})`;
}

/** When each host was scraped last, Unix seconds: of some instances, or of all. */
export function lastScrapeQuery(hosts: HostSelection, instances?: readonly string[]): string {
  const counters = select(CPU, hosts, IDLE, FIRST_CPU, ...onlyThese(hosts, instances));
  return `max ${byHost(hosts)} (timestamp(${counters}))`;
}

/** What is known of each host at one time, by the label `fact`. */
export const HOST_FACTS = ["scrapedAt", "recentScrapes", "targets", "cores", "bootMin", "bootMax"] as const;
export type HostFact = (typeof HOST_FACTS)[number];

/**
 * When each host was scraped last, how often in the ten minutes before, under how many targets, how many CPUs it shows,
 * and the first and last boot time that its targets say (Unix seconds).
 */
export function hostFactsQuery(hosts: HostSelection): string {
  const by = byHost(hosts);
  const facts: Record<HostFact, string> = {
    scrapedAt: lastScrapeQuery(hosts),
    recentScrapes: `max ${by} (count_over_time(${select(CPU, hosts, IDLE, FIRST_CPU)}[10m]))`,
    targets: `count ${by} (${select(CPU, hosts, IDLE, FIRST_CPU)})`,
    cores: cpusOf(hostLabels(hosts), select(CPU, hosts, IDLE)),
    bootMin: `min ${by} (${select(BOOT, hosts)})`,
    bootMax: `max ${by} (${select(BOOT, hosts)})`,
  };
  return tagged(facts);
}

/** How often some instances, or all, were scraped in the seconds before the evaluation time, one series a project and instance. */
export function scrapesWithinQuery(
  hosts: HostSelection,
  seconds: number,
  instances: readonly string[] | undefined,
): string {
  const counters = select(CPU, hosts, IDLE, FIRST_CPU, ...onlyThese(hosts, instances));
  return `sum ${byLabels(machineLabels(hosts))} (count_over_time(${counters}[${seconds}s]))`;
}

/** When some instances, or all, say that they booted, in the seconds before the evaluation time, Unix seconds. */
export function bootsWithinQuery(
  hosts: HostSelection,
  seconds: number,
  instances: readonly string[] | undefined,
): string {
  const boots = select(BOOT, hosts, ...onlyThese(hosts, instances));
  return `min ${byLabels(machineLabels(hosts))} (min_over_time(${boots}[${seconds}s]))`;
}

/**
 * Of how many hosts anything was heard in the seconds before the evaluation time. A host that was tried in vain (`up` is
 * 0) was not heard: it may be down, or only its exporter, or the way to it.
 */
export function heartbeatQuery(hosts: HostSelection, seconds: number): string {
  return `count(count_over_time(${select(CPU, hosts, IDLE, FIRST_CPU)}[${seconds}s]))`;
}

/** CPU counters and boot times of some instances at every scrape of the seconds before the evaluation time. */
export function rawSamplesQuery(
  hosts: Omit<HostSelection, "projects"> & { readonly projects?: readonly string[] | undefined },
  instances: readonly string[],
  seconds: number,
): string {
  const metrics: Matcher = { label: "__name__", op: "=~", value: `${CPU}|${BOOT}` };
  const { labels, projects, matchers } = hosts;
  const ofProjects = projects === undefined ? [] : [oneOf(labels.project, projects)];
  const series = selector("", [
    metrics,
    COUNTED_MODES,
    ...ofProjects,
    oneOf(labels.instance, instances),
    ...matchers,
  ]);
  return `${series}[${seconds}s]`;
}

/** The selector whose series have a project label at all. */
export function projectSelector(labels: LabelNames, matchers: readonly Matcher[]): string {
  return selector(CPU, [{ label: labels.project, op: "!=", value: "" }, ...matchers]);
}

type Labelled = Pick<HostSelection, "labels">;

/** All labels that a host has. Where one of them changes, it goes on as another one. */
export function hostLabels({ labels }: Labelled): string[] {
  return [...ownerLabels({ labels }), labels.instance];
}

/** What a machine is known by: two clouds, or two networks of one, may use one address, so its project belongs to it. */
export function machineLabels({ labels }: Labelled): string[] {
  return [labels.project, labels.instance];
}

export function ownerLabels({ labels }: Labelled): string[] {
  return [labels.project, labels.machine, labels.user];
}

function byHost(hosts: Labelled): string {
  return byLabels(hostLabels(hosts));
}

/** How many CPUs each host has by one counter of each. */
export function cpusOf(host: readonly string[], counters: string): string {
  return `count ${byLabels(host)} (group ${byLabels([...host, "cpu"])} (${counters}))`;
}

function onlyThese({ labels }: HostSelection, instances: readonly string[] | undefined): Matcher[] {
  return instances === undefined ? [] : [oneOf(labels.instance, instances)];
}

/** The series of a metric of the selected hosts. */
export function select(metric: string, hosts: HostSelection, ...more: Matcher[]): string {
  return selector(metric, [oneOf(hosts.labels.project, hosts.projects), ...more, ...hosts.matchers]);
}

/** The label that says which fact a series is about. */
export const FACT = "fact";

/** Several vectors in one reply, told apart by their `fact` label. */
export function tagged(facts: Readonly<Record<string, string>>): string {
  return Object.entries(facts)
    .map(([fact, query]) => `label_replace(${query}, "${FACT}", "${fact}", "", "")`)
    .join(" or ");
}
