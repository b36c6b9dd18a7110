import type { ChildProcess } from "node:child_process";
import { once } from "node:events";

/** What a child says next; rejects if it ends without a word. */
export async function told<T>(child: ChildProcess): Promise<T> {
  const ended = new AbortController();
  const onEnd = (): void =>
    ended.abort(new Error(`a contestant ended with ${child.exitCode} before it said anything`));
  // Not "exit": what a child has said may arrive after it.
  child.once("disconnect", onEnd);
  const [said] = await once(child, "message", { signal: ended.signal }).catch(() => {
    throw ended.signal.reason;
  });
  child.off("disconnect", onEnd);
  return said as T;
}
