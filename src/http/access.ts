import { type Scope, UNATTRIBUTED } from "../usage/scope.js";
import type { RequestContext, Viewer } from "./context.js";
import { forbidden, unauthenticated } from "./problem.js";
import type { RouteName } from "./route-name.js";

/** What a request is about. */
export interface Wanted {
  readonly route: RouteName;
  /** `null` for a route that is about no single scope. */
  readonly scope: Scope | null;
  readonly site: string | null;
}

/** Who may see what: yes, with the users whose own data may be shown; or no. */
export type Verdict =
  | { readonly allow: true; readonly users: "all" | readonly string[] }
  /** 401: not known who asks. 403: known, and not allowed. */
  | { readonly allow: false; readonly status: 401 | 403 };

/**
 * The host application's say in who sees what, asked once for every request. It knows its sessions, cookies
 * or tokens; we do not. What it rejects with is a 500, never a yes.
 *
 * The context is what was handed to the handler beside the request: the user, say, that a framework knows.
 *
 * `users` names the users whose own data may be shown to this viewer: usually the viewer alone, `"all"` for
 * an operator. Data of a user are: the user's totals and history, those of a single host (somebody works on
 * it), and which workspace is whose. Other users' workspaces are in lists without user, group, host name and id.
 */
export type Authorise = (
  request: Request,
  wanted: Wanted,
  context: RequestContext,
) => Verdict | Promise<Verdict>;

/** Which users' own data may be shown. */
export type Grant = "all" | ReadonlySet<string>;

/** Without a hook a viewer sees their own data, or all of them; one whom nobody knows sees sums over many people. */
export const BY_VIEWER: Authorise = (_request, _wanted, { viewer }) => {
  if (viewer?.seesEveryone === true) return { allow: true, users: "all" };
  return { allow: true, users: viewer === undefined ? [] : [viewer.user] };
};

/** Asks the hook; rejects with 401 or 403. */
export async function grantOf(
  authorise: Authorise,
  request: Request,
  wanted: Wanted,
  context: RequestContext,
): Promise<Grant> {
  const verdict = await authorise(request, wanted, context);
  if (!verdict.allow) throw verdict.status === 401 ? unauthenticated() : forbidden("this request");
  const grant: Grant = verdict.users === "all" ? "all" : new Set(verdict.users);
  if (wanted.scope !== null && !maySee(grant, wanted.scope))
    throw forbidden(`data of a ${wanted.scope.kind}`);
  return grant;
}

/** Whether usage of a scope may be shown. What nobody could be found for is nobody's. */
export function maySee(grant: Grant, scope: Scope): boolean {
  if (grant === "all") return true;
  if (scope.kind === "host") return false;
  return scope.kind !== "user" || scope.name === UNATTRIBUTED || grant.has(scope.name);
}

/** Whether it may be shown that a workspace is this user's. */
export function maySeeOwner(grant: Grant, user: string | null): boolean {
  return grant === "all" || (user !== null && grant.has(user));
}

/** The users whose machines are "mine": the viewer, if their data may be shown; else those whom the hook names. */
export function mineOf(grant: Grant, viewer: Viewer | undefined): ReadonlySet<string> {
  if (viewer === undefined) return grant === "all" ? new Set() : grant;
  return new Set(maySeeOwner(grant, viewer.user) ? [viewer.user] : []);
}
