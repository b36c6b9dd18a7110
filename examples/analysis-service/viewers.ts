// Who asks. A real host asks its session store; here the cookie `viewer` is the name of a user.
import type { Viewer } from "ada-carbon/http";

/**
 * Everything in the demonstration is made up, so a visitor sees it all, as an operator would. With the cookie
 * `viewer=amara` one sees what that user would: their own machines with host and name, others without.
 */
export function viewerOf(request: Request): Viewer {
  const user = /(?:^|;\s*)viewer=([^;]+)/.exec(request.headers.get("cookie") ?? "")?.[1];
  return user === undefined ? { user: "visitor", seesEveryone: true } : { user: decodeURIComponent(user) };
}
