import * as z from "zod";
import { whole } from "../query.js";

/** In which order workspaces are listed, the first being the one that is shown first. */
const WORKSPACE_ORDERS = ["energy", "idle", "carbon", "newest", "oldest", "machine"] as const;
export type WorkspaceOrder = (typeof WORKSPACE_ORDERS)[number];

/** Which workspaces of a site somebody wants to see. */
export interface WorkspacesQuery {
  readonly limit?: number | undefined;
  readonly offset?: number | undefined;
  readonly sort?: WorkspaceOrder | undefined;
  readonly search?: string | undefined;
}

/** The most workspaces that are listed at once. */
export const MOST_LISTED = 1000;
const LONGEST_SEARCH = 100;

const FOUND_BY =
  "Only workspaces that have this in machine or project, or, where they are shown, in user, group or host. Capitals do not matter.";

export function workspacesQueryShape(usualLimit: number): {
  readonly [Name in keyof WorkspacesQuery]-?: z.ZodType<WorkspacesQuery[Name]>;
} {
  const limit = `How many workspaces are listed, from the first of the order or after the offset. Default ${usualLimit}.`;
  const sort = "energy, idle and carbon: most first. Default energy.";
  return {
    limit: whole(1, MOST_LISTED).describe(limit).optional(),
    offset: whole(0, 1_000_000).describe("How many of the first are passed over. Default 0.").optional(),
    sort: z.enum(WORKSPACE_ORDERS).describe(sort).optional(),
    search: z.string().max(LONGEST_SEARCH).describe(FOUND_BY).optional(),
  };
}

/** A query in its one spelling. */
export interface ListedWorkspaces {
  readonly limit: number;
  readonly offset: number;
  readonly sort: WorkspaceOrder;
  /** Empty for all. */
  readonly search: string;
}

export function listedWorkspaces(query: WorkspacesQuery, usualLimit: number): ListedWorkspaces {
  const { limit = usualLimit, offset = 0, sort = "energy", search = "" } = query;
  return { limit, offset, sort, search: searchable(search.trim()) };
}

/** Text as it is searched, and searched for. */
export function searchable(text: string): string {
  return text.normalize("NFC").toLowerCase();
}
