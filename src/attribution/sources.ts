import * as z from "zod";
import { badInput } from "../usage/errors.js";
import {
  assertArgument,
  assertOptions,
  checkedCalls,
  LIST,
  optional,
  port,
  type Rules,
  TEXT,
} from "../usage/options.js";
import { TENURE_CALLS, type Tenure, type TenureSource, withoutPort } from "./tenure.js";

/** A source over a list that is already there. */
export function tenureList(id: string, tenures: readonly Tenure[]): TenureSource {
  assertArgument("tenureList", "id", id, TEXT);
  assertArgument("tenureList", "tenures", tenures, LIST);
  const list: TenureSource = {
    id,
    tenures: async (interval) =>
      tenures.filter(({ from, to }) => from < interval.to && (to ?? Infinity) > interval.from),
  };
  return checkedCalls("a TenureSource", list, TENURE_CALLS);
}

/** The part of a MongoDB collection that {@link workspaceTenures} uses; the official driver's fits. */
export interface WorkspaceCollection {
  /** Documents that match, as the driver finds them. */
  find(
    filter: object,
    options: object,
  ): {
    /** All of them. */
    toArray(): Promise<unknown[]>;
  };
}

/** Where the workspaces are that say who held which host. */
export interface WorkspaceTenureOptions {
  /** The collection `workspaces`. */
  readonly collection: WorkspaceCollection;
  /** Identifies it in provenance. Default `mongodb workspaces`. */
  readonly id?: string;
}

const WORKSPACE_TENURE_OPTIONS: Rules<WorkspaceTenureOptions> = {
  collection: port("collection of MongoDB", ["find"]),
  id: optional(TEXT),
};

const when = z
  .union([z.date(), z.iso.datetime({ offset: true }).transform((text) => new Date(text))])
  .nullish();
const name = z.union([z.string(), z.object({ username: z.string() }).transform(({ username }) => username)]);
const experiments = z
  .array(z.object({ name: z.string(), members: z.array(name).nullish() }))
  .nullish()
  .transform((list) => list ?? []);

const workspace = z.object({
  hostname: z.string().min(1),
  owner: name.nullish(),
  created_time: when,
  acquired_time: when,
  deleted_time: when,
  group: z.string().nullish(),
  users: z.array(name).nullish(),
  experiments,
});

/**
 * Tenures from a MongoDB collection of workspaces, as a cloud's own portal keeps it: `hostname`, `owner`,
 * `created_time`, `acquired_time`, `deleted_time`, `users`, and `experiments` with `name` and `members`.
 *
 * A workspace is held by its owner from when it was acquired (created, where it was never in a pool) until it
 * was deleted; time before it was acquired is nobody's. Without an owner, a single user is the holder. The
 * experiment is the first one of which the holder is a member, or the only one if it names no members.
 *
 * Hosts are asked for by their exact names, with and without port. A document of another shape is `bad-input`.
 */
export function workspaceTenures(options: WorkspaceTenureOptions): TenureSource {
  assertOptions("workspaceTenures", options, WORKSPACE_TENURE_OPTIONS);
  const { collection, id = "mongodb workspaces" } = options;
  const source: TenureSource = {
    id,
    async tenures(interval, hosts, { signal } = {}) {
      signal?.throwIfAborted();
      const names = [...new Set(hosts.flatMap((host) => [host, withoutPort(host)]))];
      const fields = Object.fromEntries(Object.keys(workspace.shape).map((field) => [field, 1]));
      const found = await collection
        .find({ hostname: { $in: names } }, { projection: { ...fields, _id: 0 } })
        .toArray();
      signal?.throwIfAborted();
      return found
        .map((document) => tenureOf(document, id))
        .filter(({ from, to }) => from < interval.to && (to ?? Infinity) > interval.from);
    },
  };
  return checkedCalls("a TenureSource", source, TENURE_CALLS);
}

function tenureOf(document: unknown, id: string): Tenure {
  const parsed = workspace.safeParse(document);
  const issue = parsed.error?.issues[0];
  if (!parsed.success) {
    throw badInput(
      `${id}: a workspace is malformed at ${issue?.path.join(".")}: ${issue?.message}`,
      parsed.error,
    );
  }
  const { hostname, owner, users, group, experiments: known, ...times } = parsed.data;
  const from = times.acquired_time ?? times.created_time;
  if (from == null) throw badInput(`${id}: the workspace on ${hostname} has no created_time`);
  const user = owner ?? (users?.length === 1 ? users[0] : undefined);
  const experiment = known.find(({ members }) => user !== undefined && members?.includes(user));
  const unnamed = known.length === 1 && (known[0]?.members?.length ?? 0) === 0 ? known[0] : undefined;
  return {
    host: hostname,
    from: from.getTime(),
    to: times.deleted_time?.getTime() ?? null,
    user: user || undefined,
    group: group || undefined,
    experiment: (experiment ?? unnamed)?.name || undefined,
  };
}
