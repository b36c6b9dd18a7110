/** The call that closes a store, and the same at the end of an `await using` block. */
export function closing(close: () => Promise<void>): { close(): Promise<void> } & AsyncDisposable {
  return {
    close,
    [Symbol.asyncDispose]() {
      return this.close();
    },
  };
}
