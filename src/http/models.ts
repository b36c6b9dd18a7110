import * as z from "zod";
import { modelText } from "./model-text.js";

/** By which power models figures are: hours, savings and explanations by one, live machines perhaps by another. */
export interface ShownModels {
  readonly hourly: string;
  /** `null` where the service was not told. */
  readonly live: string | null;
  /** Why live figures and hours do not add up to each other; `null` where both are by one model. */
  readonly note: string | null;
}

export const modelsSchema: z.ZodType<ShownModels> = z.strictObject({
  hourly: z.string(),
  live: z.string().nullable(),
  note: z.string().nullable(),
});

export function shownModels(hourly: string, live: string | undefined): ShownModels {
  if (live === undefined)
    return { hourly, live: null, note: noteOf("", "a model that this service was not told") };
  return { hourly, live, note: live === hourly ? null : noteOf(live, `another model (${modelText(live)})`) };
}

function noteOf(live: string, named: string): string {
  const reason = live.includes("workspace/")
    ? "counts memory and what always runs in a machine, too, where hours count processor time alone"
    : "may count other parts of a machine, or other watts, than hours do";
  return `Watts of now and sums of live machines are by ${named}, which ${reason}: they do not add up to the hours.`;
}

const EXAMPLE_MODEL = "per-core/1 busy=12W idle=1W pue=1 modes:idle=idle";

export const EXAMPLE_MODELS: ShownModels = {
  hourly: EXAMPLE_MODEL,
  live: EXAMPLE_MODEL,
  note: null,
};
