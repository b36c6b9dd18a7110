import { byLabels, type Matcher } from "../client/promql.js";
import { BOOT, CPU, hostLabels, IDLE, sumOfEach } from "../client/queries.js";
import { atFullHour, type RuleSeries, select } from "./series.js";

/** An instant selector finds nothing that is older. */
const LOOKBACK_SECONDS = 300;
const HOUR_SECONDS = 3600;

/**
 * CPU-seconds of some modes by host. What a host used in an hour is what its counters gained from one end of it to
 * the other, so that hours add up to the day, and a gap or a small step back in between costs nothing. At an end they
 * are interpolated between the scrape before and the scrape after. A host that booted, came, went or changed its
 * labels in the hour has no such ends, and of it the increase is taken: of each counter first, then the sum.
 */
export function usedSeconds(series: RuleSeries, modes: Matcher): string {
  const host = hostLabels(series);
  const stayed = `max ${byLabels(host)} (${select(BOOT, series)}) < time() - ${HOUR_SECONDS}`;
  return `# what the counters gained from one end of the hour to the other
${atFullHour(`
  (
${indented(edge(series, modes, 0))}
  )
  -
  (
${indented(edge(series, modes, HOUR_SECONDS))}
  )
  and ${stayed}
`)}
or
# it booted, came, went or changed its labels
${atFullHour(`
  sum ${byLabels(host)} (
    max ${byLabels([...host, "cpu", "mode"])} (
      increase(${select(CPU, series, modes)}[1h])
    )
  )
`)}`;
}

/**
 * The counters of each host together, so long before the time of evaluation. The scrape after it is the next one, or
 * where that is missing, whatever the next five minutes have.
 */
function edge(series: RuleSeries, modes: Matcher, secondsAgo: number): string {
  const after = [series.scrapeSeconds, LOOKBACK_SECONDS].filter(
    (seconds, i, all) => all.indexOf(seconds) === i,
  );
  return after.map((seconds) => interpolated(series, modes, secondsAgo, seconds)).join("\nor\n");
}

function interpolated(series: RuleSeries, modes: Matcher, secondsAgo: number, nextSeconds: number): string {
  const host = hostLabels(series);
  const counters = (ago: number): string => sumOfEach(host, `${select(CPU, series, modes)}${offset(ago)}`);
  const scraped = (ago: number): string =>
    `max ${byLabels(host)} (timestamp(${select(CPU, series, IDLE)}${offset(ago)}))`;
  const [before, after] = [secondsAgo, secondsAgo - nextSeconds];
  return `${counters(before)}
+ (${counters(after)} - ${counters(before)})
* (time() - ${secondsAgo} - ${scraped(before)})
/ (${scraped(after)} - ${scraped(before)} > 0)`;
}

function offset(seconds: number): string {
  return seconds === 0 ? "" : ` offset ${seconds}s`;
}

function indented(expression: string): string {
  return expression.replace(/^/gm, "    ");
}

/**
 * CPUs that tick, by host: the mean over the scrapes of the hour, since CPUs may come and go. One that is offline has
 * counters that stand still. Of a host that was out of sight in the hour, those seen since.
 */
export function cores(series: RuleSeries): string {
  const host = hostLabels(series);
  const cpu = byLabels([...host, "cpu"]);
  const scrapes = `max ${cpu} (count_over_time(${select(CPU, series, IDLE)}[1h]))`;
  const moves = `max ${cpu} (changes(${select(CPU, series, TELLING)}[1h])) > 0`;
  const ticking = `sum ${byLabels(host)} (${scrapes} and ${moves}) / max ${byLabels(host)} (${scrapes})`;
  return `${atFullHour(ticking)}\nor\n${ticking}`;
}

/** A CPU that ticks gains in one of these in the course of an hour, whatever it does. */
const TELLING: Matcher = { label: "mode", op: "=~", value: "idle|user|system" };
