import type { Labels } from "./matrix.js";

/** What a cloud of ten thousand hosts has in all replies about a chunk of hours, and as much again. */
const MOST = 200_000;

/**
 * Labels by how they are written in a reply. Every reply about a chunk of hours has the labels of all hosts, and the next
 * chunk has them again: they are parsed once, and are one object.
 */
export class KnownLabels {
  readonly #known = new Map<string, Labels>();

  /** The labels of a JSON object; `undefined` for one that has other things. */
  get(json: string): Labels | undefined {
    const known = this.#known.get(json);
    if (known !== undefined) return known;
    const labels: Record<string, unknown> = JSON.parse(json);
    if (!isLabels(labels)) return undefined;
    if (this.#known.size >= MOST) this.#known.clear();
    this.#known.set(json, labels);
    return labels;
  }
}

/** Whether all labels are texts. One that is called `__proto__` is left to zod, which drops it. */
function isLabels(value: Record<string, unknown>): value is Record<string, string> {
  for (const name in value) if (typeof value[name] !== "string" || name === "__proto__") return false;
  return true;
}
