import { namesTogether } from "../usage/names-together.js";
import type { UsageSeries } from "../usage/series.js";

/** The power models by which the hours were made, joined by ` + `; `null` where none is known. */
export function modelsOf({ provenance }: UsageSeries): string | null {
  const models = new Set(provenance.flatMap(({ model }) => model ?? []));
  return models.size === 0 ? null : [...models].reduce(namesTogether);
}
