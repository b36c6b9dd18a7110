import type { Interval } from "../usage/hour.js";
import type { LabelChange } from "./host-description.js";

type LabelSet = Readonly<Record<string, string>>;

/** A time, `[from, to)` in UTC ms, in which a target has the same labels. */
export interface LabelSpan extends Interval {
  readonly labels: LabelSet;
}

/** The labels of a target over time, oldest first, without a gap. `own` labels of the target win over the host's. */
export function labelSpans(
  first: LabelSet,
  changes: readonly LabelChange[],
  own: LabelSet = {},
): LabelSpan[] {
  const spans: LabelSpan[] = [];
  let labels = first;
  let from = Number.NEGATIVE_INFINITY;
  for (const change of changes) {
    spans.push({ from, to: change.at, labels: { ...labels, ...own } });
    labels = changed(labels, change.labels);
    from = change.at;
  }
  spans.push({ from, to: Number.POSITIVE_INFINITY, labels: { ...labels, ...own } });
  return spans.filter((span) => span.to > span.from);
}

function changed(labels: LabelSet, by: LabelChange["labels"]): LabelSet {
  const entries = Object.entries({ ...labels, ...by });
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => entry[1] !== null));
}

/** The same for equal sets, whatever the order of their labels. */
export function labelSetKey(labels: LabelSet): string {
  return JSON.stringify(Object.entries(labels).sort());
}
