import { PromqlError } from "./errors.js";
import type { Labels } from "./labels.js";

/** One series' value at one instant. */
export interface Element {
  readonly labels: Labels;
  readonly value: number;
}

/** What an expression other than a range vector is at one instant. */
export type Value =
  | { readonly type: "scalar"; readonly value: number }
  | { readonly type: "string"; readonly value: string }
  | { readonly type: "vector"; readonly elements: readonly Element[] };

export function vector(elements: readonly Element[]): Value {
  return { type: "vector", elements };
}

/** Elements without their metric name, which can make two of them the same. */
export function dropNames(elements: readonly Element[]): readonly Element[] {
  const name = elements[0]?.labels.name;
  const nameless = elements.map(({ labels, value }) => ({ labels: labels.withoutName(), value }));
  const oneName = elements.every((element) => element.labels.name === name);
  return oneName ? nameless : assertDistinct(nameless);
}

/** Refuses two elements with the same labels, as Prometheus does. */
export function assertDistinct(elements: readonly Element[]): readonly Element[] {
  if (new Set(elements.map((element) => element.labels.key)).size < elements.length)
    throw new PromqlError("execution", "vector cannot contain metrics with the same labelset");
  return elements;
}
