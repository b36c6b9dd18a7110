// Who may see what. A real host asks its session store; here the cookie `viewer` is the name of a user.
import type { Authorise } from "ada-carbon/http";

/**
 * Everything in the demonstration is made up, so a visitor sees it all, as an operator would. With the cookie
 * `viewer=amara` one sees what that user would: their own workspaces with host and name, others without.
 */
export const authorise: Authorise = (request) => {
  const viewer = /(?:^|;\s*)viewer=([^;]+)/.exec(request.headers.get("cookie") ?? "")?.[1];
  return { allow: true, users: viewer === undefined ? "all" : [decodeURIComponent(viewer)] };
};
