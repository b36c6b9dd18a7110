import * as z from "zod";
import { eachSharedColumn, SHARED_COLUMNS } from "../../rows/shares.js";
import type { HostProvenance } from "../../usage/provenance.js";
import { recordOf } from "../../usage/record-of.js";

const share = z.number().min(0);
const columnSharesSchema = z.object(recordOf(SHARED_COLUMNS, () => share));

/** What a row of kind `host` knows, as a document that a store may keep. */
export const hostSchema: z.ZodType<HostProvenance> = z.object({
  project: z.string(),
  machine: z.string().nullable(),
  user: z.string().nullable(),
  expectedCpuSeconds: share,
  up: z.object({ from: z.number(), to: z.number() }).nullable(),
  notes: z.array(z.string()).optional(),
  by: z.string(),
  owners: z.array(
    z.object({
      project: z.string(),
      machine: z.string(),
      user: z.string(),
      group: z.string(),
      experiment: z.string(),
      busyShare: share,
      idleShare: share,
      columnShares: columnSharesSchema.optional(),
    }),
  ),
});

/** Exactly the members that are kept, in one order: equal hosts are equal texts as JSON. */
export function hostDocument(host: HostProvenance): HostProvenance {
  const { project, machine, user, expectedCpuSeconds, up, notes, by, owners } = host;
  return {
    project,
    machine,
    user,
    expectedCpuSeconds,
    up: up && { from: up.from, to: up.to },
    ...(notes === undefined ? {} : { notes: [...notes] }),
    by,
    owners: owners.map(
      ({ project, machine, user, group, experiment, busyShare, idleShare, columnShares }) => ({
        ...{ project, machine, user, group, experiment, busyShare, idleShare },
        ...(columnShares === undefined
          ? {}
          : { columnShares: eachSharedColumn((name) => columnShares[name]) }),
      }),
    ),
  };
}

/** {@link hostDocument} as JSON. */
export function formatHost(host: HostProvenance): string {
  return JSON.stringify(hostDocument(host));
}

/** What {@link formatHost} wrote; `undefined` for anything else. */
export function parseHost(document: unknown): HostProvenance | undefined {
  if (typeof document !== "string") return undefined;
  try {
    return hostSchema.safeParse(JSON.parse(document)).data;
  } catch {
    // Not JSON: the caller says where.
    return undefined;
  }
}
