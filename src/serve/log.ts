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
