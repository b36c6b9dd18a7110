import { assertOptions, optional, type Rules, SIGNAL } from "../usage/options.js";

/** What every call to a store takes. */
export interface CallOptions {
  /** Aborted, the call rejects with the signal's own reason; what was being written is whole or not there. */
  readonly signal?: AbortSignal | undefined;
}

export const CALL_OPTIONS: Rules<CallOptions> = { signal: optional(SIGNAL) };

/** Refuses (`bad-input`) what is no option of a call. */
export function assertCall(caller: string, options: CallOptions): void {
  assertOptions(caller, options, CALL_OPTIONS);
}

/** The signal of a call to a store; refuses (`bad-input`) what is no option of it, `null` too. */
export function signalOf(options: CallOptions = {}): AbortSignal | undefined {
  assertCall("a call to a store", options);
  return options.signal;
}
