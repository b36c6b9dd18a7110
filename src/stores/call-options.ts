/** What every call to a store takes. */
export interface CallOptions {
  /** Aborted, the call rejects with the signal's own reason; what was being written is whole or not there. */
  readonly signal?: AbortSignal | undefined;
}
