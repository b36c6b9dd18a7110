import { expectCode, expectReason } from "./expect.js";
import type { Suite } from "./suite.js";

/** Every call of a port, with some valid arguments. */
export type Calls<Store> = Readonly<
  Record<string, (store: Store, options?: { readonly signal: AbortSignal }) => Promise<unknown>>
>;

/** Tests that are the same for every port: closing, and calls that were aborted before they began. */
export function lifetimeTests<Store extends { close(): Promise<void> }>(
  suite: Suite<Store>,
  calls: Calls<Store>,
  concurrentHandles: boolean,
): void {
  suite.add("closing twice is closing once", async (store) => {
    for (const call of Object.values(calls)) await call(store);
    await store.close();
    await store.close();
    await Promise.all([store.close(), store.close()]);
  });

  suite.add("a store can be closed before it was used", async (store) => {
    await store.close();
  });

  suite.add("use after close is store-closed", async (store) => {
    await store.close();
    for (const [name, call] of Object.entries(calls)) {
      await expectCode(() => call(store), "store-closed", name);
    }
  });

  suite.add("an aborted call rejects with the signal's own reason", async (store) => {
    for (const reason of [new Error("enough"), "a text", new DOMException("mine", "AbortError")]) {
      const signal = AbortSignal.abort(reason);
      for (const [name, call] of Object.entries(calls)) {
        await expectReason(() => call(store, { signal }), reason, name);
      }
    }
    for (const call of Object.values(calls)) await call(store, { signal: new AbortController().signal });
  });

  if (!concurrentHandles) return;
  suite.add("closing one handle leaves the other open", async (store, another) => {
    const other = await another();
    await store.close();
    for (const call of Object.values(calls)) await call(other);
  });
}
