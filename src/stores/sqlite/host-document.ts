import type { SQLOutputValue } from "node:sqlite";
import { z } from "zod";
import type { HostProvenance, OwnerShare } from "../../usage/provenance.js";

const share = z.number().min(0);
const schema = z.object({
  project: z.string(),
  machine: z.string().nullable(),
  user: z.string().nullable(),
  expectedCpuSeconds: share,
  up: z.object({ from: z.number(), to: z.number() }).nullable(),
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
    }),
  ),
});

/** As JSON, in which equal hosts are equal texts. */
export function formatHost(host: HostProvenance): string {
  const { project, machine, user, expectedCpuSeconds, up, by, owners } = host;
  return JSON.stringify({
    project,
    machine,
    user,
    expectedCpuSeconds,
    up: up && { from: up.from, to: up.to },
    by,
    owners: owners.map(formatOwner),
  });
}

function formatOwner({
  project,
  machine,
  user,
  group,
  experiment,
  busyShare,
  idleShare,
}: OwnerShare): OwnerShare {
  return { project, machine, user, group, experiment, busyShare, idleShare };
}

/** What {@link formatHost} wrote; `undefined` for anything else. */
export function parseHost(document: SQLOutputValue | undefined): HostProvenance | undefined {
  if (typeof document !== "string") return undefined;
  try {
    return schema.safeParse(JSON.parse(document)).data;
  } catch {
    // Not JSON: the caller says where.
    return undefined;
  }
}
