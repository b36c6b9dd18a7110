import * as z from "zod";
import type { ListOf } from "./list-reader.js";
import { type Labels, labels } from "./matrix.js";
import { wrongShape } from "./reply.js";

/** A series of an instant query. */
export interface VectorEntry {
  metric: Labels;
  value?: [number, string] | undefined;
  histogram?: unknown;
}

const entry: z.ZodType<VectorEntry> = z.object({
  metric: labels,
  value: z.tuple([z.number(), z.string()]).optional(),
  histogram: z.unknown().optional(),
});

/** What an entry takes beside its labels, if its histogram is small. */
const ENTRY_BYTES = 200;

/** The entries of the reply to an instant query. */
export const VECTOR_ENTRIES: ListOf<VectorEntry> = {
  resultType: "vector",
  read: readEntry,
  labelsOf: ({ metric }) => metric,
  valueBytes: () => ENTRY_BYTES,
};

function readEntry(element: unknown, index: number, where: string): VectorEntry {
  const parsed = entry.safeParse(element);
  if (!parsed.success) throw wrongShape(where, ["result", index], parsed.error);
  return parsed.data;
}
