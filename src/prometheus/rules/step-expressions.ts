import { type Matcher, selector } from "../promql.js";
import type { StepNames } from "./names.js";
import { type RuleOptions, recordedUnder } from "./options.js";

type Series = Pick<RuleOptions, "labels" | "matchers">;

const CPU = "node_cpu_seconds_total";
const BOOT = "node_boot_time_seconds";
const IDLE: Matcher = { label: "mode", op: "=", value: "idle" };

/** The end of the hour that is recorded, and its start: the last full hour before the rule is evaluated. */
const HOUR_END = "(time() - time() % 3600)";
const HOUR_START = `(${HOUR_END} - 3600)`;

/** Boot times jitter by a second when the clock is corrected; a reboot takes longer than this. */
const SAME_BOOT_SECONDS = 5;
/** From boot to the exporter answering; what a scrape can be late beyond its own spacing. */
const STARTUP_SECONDS = 30;
/** How much the modes of a host may exceed cores x 3600 before it is a counter gone backwards. */
export const CPU_SLACK = 1.02;

/**
 * The value that an expression has at the last full hour: a subquery with a step of an hour is evaluated at
 * full hours, whenever the rule is.
 */
function atFullHour(expression: string): string {
  return `last_over_time((${expression})[1h:1h])`;
}

/** All that tells hosts apart. */
export function hostLabels({ labels }: Series): string {
  return `${ownerLabels({ labels })}, ${labels.instance}`;
}

export function ownerLabels({ labels }: Pick<Series, "labels">): string {
  return [labels.project, labels.machine, labels.user].join(", ");
}

/** CPU-seconds of some modes by host: the increase of each counter first, then the sum. */
export function usedSeconds(series: Series, modes: Matcher): string {
  const by = hostLabels(series);
  return atFullHour(`
  sum by (${by}) (
    max by (${by}, cpu, mode) (
      increase(${select(CPU, series, modes)}[1h])
    )
  )
`);
}

/** Cores by host, of the hour; of a host that was out of sight then, those seen since. */
export function cores(series: Series): string {
  const by = hostLabels(series);
  const counted = `count by (${by}) (group by (${by}, cpu) (count_over_time(${select(CPU, series, IDLE)}[1h])))`;
  return `${atFullHour(counted)}\nor\n${counted}`;
}

type PresenceName =
  | "firstScrape"
  | "lastScrape"
  | "scrapes"
  | "firstBoot"
  | "lastBoot"
  | "seenBefore"
  | "bootSince"
  | "scrapeSince";

/** What the boot time says of each instance, by the names of the rules that record it. */
export function presence(series: Series): Pick<StepNames, PresenceName> {
  const by = series.labels.instance;
  const boot = select(BOOT, series);
  // Minute by minute, from the end of the first one on: at its start a scrape of the hour before would be seen.
  const scraped = `(timestamp(${boot}) >= time() - 60)[59m30s:1m]`;
  return {
    firstScrape: atFullHour(`min by (${by}) (min_over_time(${scraped}))`),
    lastScrape: atFullHour(`max by (${by}) (max_over_time(${scraped}))`),
    scrapes: atFullHour(`max by (${by}) (count_over_time(${boot}[1h]))`),
    firstBoot: atFullHour(`min by (${by}) (min_over_time(${boot}[1h]))`),
    lastBoot: atFullHour(`max by (${by}) (max_over_time(${boot}[1h]))`),
    seenBefore: atFullHour(`group by (${by}) (present_over_time(${boot}[1d] offset 1h))`),
    bootSince: `max by (${by}) (max_over_time(${boot}[1h]))`,
    scrapeSince: `max by (${by}) (max_over_time(timestamp(${boot})[1h:1m]))`,
  };
}

/** From when in the hour each instance that was scraped twice is known to have been up, Unix seconds. */
export function upFrom(n: StepNames): string {
  return `# its first scrape if that came soon after a boot in the hour, else its boot, else the start of the hour
${n.firstScrape}
  and ${n.firstBoot} >= ${HOUR_START}
  and ${n.firstScrape} - ${n.firstBoot} <= 2 * ${spacing(n)} + ${STARTUP_SECONDS}
  and ${n.lastScrape} > ${n.firstScrape}
or clamp_min(${n.firstBoot}, ${HOUR_START})
  and ${n.lastScrape} > ${n.firstScrape}`;
}

/** Until when, Unix seconds. */
export function upTo(n: StepNames): string {
  return `# the end of the hour if it was seen since with an older boot, else its last scrape
clamp_max(${n.scrapeSince}, ${HOUR_END})
  and ${n.bootSince} < ${HOUR_END}
or ${n.lastScrape}`;
}

/** Seconds of the hour that each instance was up, scraped or not. */
export function upSeconds(n: StepNames): string {
  const scraped = `clamp_min(${n.firstScrape} - ${n.upFrom}, 0) + clamp_min(${n.upTo} - ${n.lastScrape}, 0)
    + (${n.scrapes} - 1) * ${spacing(n)}`;
  return `# down while it rebooted
(
  ${scraped}
  < ${n.upTo} - ${n.upFrom}
  and ${n.lastBoot} - ${n.firstBoot} > ${SAME_BOOT_SECONDS}
)
or ${n.upTo} - ${n.upFrom}
# not scraped twice in the hour, but seen the day before, and since then with an older boot
or ${HOUR_END} - (
  clamp_min(${n.bootSince}, ${HOUR_START})
    and ${n.bootSince} < ${HOUR_END}
    and ${n.scrapeSince} >= ${HOUR_END}
    and ${n.seenBefore}
)`;
}

/** The usual time between two scrapes, seconds: the median over instances, so that gaps do not count. */
function spacing(n: StepNames): string {
  return `scalar(quantile(0.5, (${n.lastScrape} - ${n.firstScrape}) / ((${n.scrapes} > 2) - 1)))`;
}

/** CPU-seconds of a host beyond what its cores allow: a counter went backwards. Hardly ever is there one. */
export function excessSeconds(options: RuleOptions, n: StepNames): string {
  return `(
  ${allModes(options)}
  > ${CPU_SLACK} * 3600 * ${n.cores}
)
- 3600 * ${n.cores}`;
}

/** CPU-seconds of all modes by host, without the excess. */
export function observedSeconds(options: RuleOptions, n: StepNames): string {
  const by = hostLabels(options);
  const excess = selector(n.excess, [recordedUnder(options.modes)]);
  return `${allModes(options)}
  - on (${by}) ${excess}
or
${allModes(options)}`;
}

function allModes(options: RuleOptions): string {
  const names = `${options.prefix}:cpu_(busy|idle|ignored)_seconds_increase_1h:by_host`;
  const recorded = selector("", [
    { label: "__name__", op: "=~", value: names },
    recordedUnder(options.modes),
  ]);
  return `sum by (${hostLabels(options)}) (${recorded})`;
}

function select(metric: string, { labels, matchers }: Series, ...more: Matcher[]): string {
  return selector(metric, [{ label: labels.project, op: "!=", value: "" }, ...more, ...matchers]);
}
