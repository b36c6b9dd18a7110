import { isOfTwoBases } from "../intensity/gram-bases.js";
import type { IntervalExplanation } from "../reports/explain-interval.js";

/** What one should know of a sum, in plain sentences. */
export function explainNotes({ totals, sum, intensity, hours }: IntervalExplanation): string[] {
  const unknown = hours.over - hours.known;
  const hasHosts = sum.some(({ what }) => what !== null);
  const rest = sum.find(({ what }) => what === null);
  const notes: (string | false)[] = [
    "Electricity is estimated: processor time, by the watts of a busy and of an idle core.",
    hours.known === 0 && "Nothing is known of this time.",
    unknown > 0 && hours.known > 0 && `${unknown} of ${hours.over} hours are missing, and in no sum.`,
    totals.hoursIncomplete > 0 &&
      `${totals.hoursIncomplete} of ${hours.over} hours are incomplete: more was used in them than was seen.`,
    hours.asked > hours.over && `${hours.asked - hours.over} of the hours asked for are not over yet.`,
    hours.known > 0 &&
      totals.coverage < 1 &&
      `${percent(totals.coverage)} of the processor time of these hours was seen.`,
    hours.withoutCarbon > 0 &&
      `${hours.withoutCarbon} hours have no known intensity: their electricity is in the kWh, and not in the grams.`,
    hours.provisional > 0 &&
      `The grams of ${hours.provisional} hours are by an intensity that may still be corrected.`,
    isOfTwoBases(totals) &&
      "The grams of these hours count different things, by the basis of each intensity, and have no sum.",
    totals.hoursOfUnknownBasis > 0 &&
      `The grams of ${totals.hoursOfUnknownBasis} hours do not say what they count.`,
    intensity.some(({ kind }) => kind === "fallback") &&
      "Where the grid was not known, the operator's constant stands for it.",
    hours.known > 0 && !hasHosts && "No hosts are stored, so the sum cannot be divided by machine type.",
    rest !== undefined &&
      hasHosts &&
      `${rest.kwh.toPrecision(3)} kWh are of hosts whose hours are not stored.`,
    totals.kwh.low !== null &&
      "The bounds are how far real servers differ from these watts, what was not seen, and how the intensity is known.",
  ];
  return notes.filter((note) => note !== false);
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)}%`;
}
