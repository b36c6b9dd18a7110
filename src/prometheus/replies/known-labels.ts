import { startsWith, textOf } from "./bytes.js";
import type { Labels } from "./matrix.js";

/** What a cloud of ten thousand hosts has in all replies about a chunk of hours, and as much again. */
const MOST = 200_000;

/** Labels as they are written in a reply. */
export interface WrittenLabels {
  readonly json: string;
  readonly labels: Labels;
  /** The labels that came after them in the last reply. */
  next: WrittenLabels | undefined;
}

/**
 * Labels by how they are written in a reply. Every reply about a chunk of hours has the labels of all hosts, and the next
 * chunk has them again: they are parsed once, and are one object.
 */
export class KnownLabels {
  readonly #known = new Map<string, WrittenLabels>();

  /**
   * The labels of the JSON object in the bytes [from, to); `undefined` for one that has other things.
   *
   * @param before Those before them in the reply.
   */
  read(
    bytes: Uint8Array,
    from: number,
    to: number,
    before: WrittenLabels | undefined,
  ): WrittenLabels | undefined {
    const found = this.#find(textOf(bytes, from, to));
    if (before !== undefined) before.next = found;
    return found;
  }

  #find(json: string): WrittenLabels | undefined {
    const known = this.#known.get(json);
    if (known !== undefined) return known;
    const labels: Record<string, unknown> = JSON.parse(json);
    if (!isLabels(labels)) return undefined;
    if (this.#known.size >= MOST) this.#known.clear();
    const written = { json, labels, next: undefined };
    this.#known.set(json, written);
    return written;
  }
}

/**
 * The labels that came after these in the last reply, if they are what the bytes [from, end) begin with: servers list
 * series in the same order each time. Those that are not ASCII have more bytes than characters, and are looked up.
 */
export function nextLabels(
  before: WrittenLabels | undefined,
  bytes: Uint8Array,
  from: number,
  end: number,
): WrittenLabels | undefined {
  const next = before?.next;
  if (next === undefined || from + next.json.length > end) return undefined;
  return startsWith(bytes, from, next.json) ? next : undefined;
}

/** Whether all labels are texts. One that is called `__proto__` is left to zod, which drops it. */
function isLabels(value: Record<string, unknown>): value is Record<string, string> {
  for (const name in value) if (typeof value[name] !== "string" || name === "__proto__") return false;
  return true;
}
