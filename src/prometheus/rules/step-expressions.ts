import { CPU_TIME_ERROR, SAME_BOOT_MS } from "../../usage/physical.js";
import { byLabels, type Matcher, onLabels, selector } from "../client/promql.js";
import { BOOT, CPU, hostLabels, machineLabels } from "../client/queries.js";
import type { StepNames } from "./names.js";
import { type RuleOptions, recordedUnder } from "./options.js";
import { atFullHour, type RuleSeries, select } from "./series.js";

/** The end of the hour that is recorded, and its start: the last full hour before the rule is evaluated. */
const HOUR_END = "(time() - time() % 3600)";
const HOUR_START = `(${HOUR_END} - 3600)`;

const SAME_BOOT_SECONDS = SAME_BOOT_MS / 1000;
/** From boot to the exporter answering; what a scrape can be late beyond its own spacing. */
const STARTUP_SECONDS = 30;
/** How much the modes of a machine may exceed its CPUs x the time it was up, as a part of it. */
const CPU_SLACK = 1 + CPU_TIME_ERROR;
/** A counter may be rounded, and a step back of a second costs no more than that. */
const LEAST_SECONDS = -1;

type PresenceName =
  | "firstScrape"
  | "lastScrape"
  | "scrapes"
  | "firstBoot"
  | "lastBoot"
  | "seenBefore"
  | "bootSince"
  | "scrapeSince";

/** What the boot time says of each machine, by the names of the rules that record it. */
export function presence(series: RuleSeries): Pick<StepNames, PresenceName> {
  const by = byLabels(machineLabels(series));
  const boot = select(BOOT, series);
  // Minute by minute, from the end of the first one on: at its start a scrape of the hour before would be seen.
  const scraped = `(timestamp(${boot}) >= time() - 60)[59m30s:1m]`;
  return {
    firstScrape: atFullHour(`min ${by} (min_over_time(${scraped}))`),
    lastScrape: atFullHour(`max ${by} (max_over_time(${scraped}))`),
    // Minutes with a scrape, under whatever labels, so that two jobs do not count twice.
    scrapes: atFullHour(`count_over_time((max ${by} (timestamp(${boot})) >= time() - 60)[59m30s:1m])`),
    firstBoot: atFullHour(`min ${by} (min_over_time(${boot}[1h]))`),
    lastBoot: atFullHour(`max ${by} (max_over_time(${boot}[1h]))`),
    seenBefore: atFullHour(`group ${by} (present_over_time(${boot}[1d] offset 1h))`),
    bootSince: `max ${by} (max_over_time(${boot}[1h]))`,
    scrapeSince: `max ${by} (max_over_time(timestamp(${boot})[1h:1m]))`,
  };
}

/** When any host was last scraped, Unix seconds: an hour is not over before somebody was heard well after it. */
export function lastHeard(series: RuleSeries): string {
  return `max(timestamp(${select(BOOT, series)}))`;
}

/** From when in the hour each machine that was scraped twice is known to have been up, Unix seconds. */
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

/** Seconds of the hour that each machine was up, scraped or not. */
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

/** The usual time between two scrapes, seconds: the median over machines, so that gaps do not count. */
function spacing(n: StepNames): string {
  return `scalar(quantile(0.5, (${n.lastScrape} - ${n.firstScrape}) / ((${n.scrapes} > 2) - 1)))`;
}

/** CPU-seconds of all modes by host. */
export function observedSeconds(options: RuleOptions): string {
  return `sum ${byLabels(hostLabels(options))} (${allUses(options)})`;
}

/**
 * Machines whose counters say what cannot be, under all their labels together: more CPU-seconds than their CPUs have
 * in the time they were up, or less than none. A counter fell or jumped, and what was used is not known.
 */
export function doubted(options: RuleOptions, n: StepNames): string {
  const machine = machineLabels(options);
  const observed = selector(n.observed, [recordedUnder(options.modes)]);
  const cores = `max ${byLabels(machine)} (${n.cores})`;
  return `sum ${byLabels(machine)} (${observed})
  > ${onLabels(machine)} ${cores} * ${onLabels(machine)} (${CPU_SLACK} * ${n.up} + 2 * ${spacing(n)})
or
sum ${byLabels(machine)} (${observed})
  > ${onLabels(machine)} ${CPU_SLACK} * 3600 * ${cores}
or
min ${byLabels(machine)} (${allUses(options)}) < ${LEAST_SECONDS}`;
}

/**
 * Machines that were up all the hour, whose counters fell, and by how many CPU-seconds more than is known to be nothing
 * these are less than the time that passed. They are in the sums, which are too low by that.
 */
export function fallen(options: RuleOptions, n: StepNames): string {
  const machine = machineLabels(options);
  const on = onLabels(machine);
  const observed = selector(n.observed, [recordedUnder(options.modes)]);
  const fell = atFullHour(`sum ${byLabels(machine)} (resets(${select(CPU, options, FALLING)}[1h])) > 0`);
  return `3600 * max ${byLabels(machine)} (${n.cores}) - ${on} sum ${byLabels(machine)} (${observed})
  > ${on} ${LARGEST_FALL} * 3600 * max ${byLabels(machine)} (${n.cores})
  and ${on} ${n.up} >= 3600
  and ${on} ${n.lastBoot} - ${n.firstBoot} <= ${SAME_BOOT_SECONDS}
  and ${on} ${fell}`;
}

/** What the counters of a machine may fall in an hour, as a part of what it has. */
const LARGEST_FALL = 0.003;
/** Counters of real kernels that are known to fall. If all of them fall, more is missing than coverage allows. */
const FALLING: Matcher = { label: "mode", op: "=~", value: "idle|iowait|steal" };

function allUses(options: RuleOptions): string {
  const names = `${options.prefix}:cpu_(busy|idle|ignored)_seconds_increase_1h:by_host`;
  return selector("", [{ label: "__name__", op: "=~", value: names }, recordedUnder(options.modes)]);
}
