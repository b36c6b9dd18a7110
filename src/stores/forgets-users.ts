import type { CallOptions } from "./call-options.js";

/** What stores can do so that a person's name is kept no longer. `forget` of `ada-carbon` calls it in all of them. */
export interface ForgetsUsers {
  /**
   * Erases what is left of a user's name, and remembers by a keyed hash that it was forgotten. Rows of the scope
   * `user:<name>` go, and so does everything that only rows knew which have been replaced or removed since. Sessions of
   * the user stay, without the user and with another id. Calling it again changes nothing more.
   *
   * Numbers are not moved: who wants sums to hold gives the user's hours to `unattributed` before, as `forget` does.
   */
  forgetUser(name: string, options?: CallOptions): Promise<void>;

  /** Those of the names whose users were forgotten: they are not to be stored again. */
  forgottenAmong(names: Iterable<string>, options?: CallOptions): Promise<ReadonlySet<string>>;
}
