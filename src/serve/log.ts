/** What goes with a line: names and plain values. */
export type LogFields = Readonly<Record<string, string | number | boolean | null | undefined>>;

/** Where the service says what happens. Messages hold no credentials. */
export interface Log {
  info(message: string, fields?: LogFields): void;
  /** Something is wrong, and the service goes on. */
  warn(message: string, fields?: LogFields): void;
  /** Something is wrong that somebody must see to. */
  error(message: string, fields?: LogFields): void;
}

/** More lines than anybody reads; then it begins anew. */
const MOST_KEPT = 1000;

/** Warns of everything once: what is found at one run of a job is mostly found at the next one, too. */
export function warningOnce(log: Log): (line: string) => void {
  const said = new Set<string>();
  return (line) => {
    if (said.has(line)) return;
    if (said.size >= MOST_KEPT) said.clear();
    said.add(line);
    log.warn(line);
  };
}
