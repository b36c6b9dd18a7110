/**
 * How far an hour has come.
 *
 * - `not downloaded`: nothing could be got; every number is missing. Tried again by the next run.
 * - `download incomplete`: computed from what was got, which is known to be too little.
 * - `unprocessed`: energy is known, carbon is not, because no intensity was to be had.
 * - `processed`: complete.
 * - `fake`: complete, but from a simulated cluster.
 */
export const STATUSES = [
  "not downloaded",
  "download incomplete",
  "unprocessed",
  "processed",
  "fake",
] as const;
/** What is known of an hour: one of the {@link STATUSES}. */
export type Status = (typeof STATUSES)[number];

/** Narrows any string to a {@link Status}. */
export function isStatus(text: string): text is Status {
  return statusOf(text) !== undefined;
}

/**
 * The status that a text says; `undefined` if it is none. A driver makes a new string for every row: of those, each takes
 * memory, and whatever is looked up by one takes ten times as long as by the string of the list.
 */
export function statusOf(text: string): Status | undefined {
  return STATUSES.find((status) => status === text);
}
