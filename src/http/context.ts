import type { Rule } from "../usage/options.js";

/** Somebody whom the host application knows. */
export interface Viewer {
  /** Their name as it is stored with usage, such as `aa123456`. */
  readonly user: string;
  /** Names of the groups they belong to, as they are stored with usage. Default none. */
  readonly groups?: readonly string[] | undefined;
  /** Whether they may see everybody's own data, as operators do. Default no. */
  readonly seesEveryone?: boolean | undefined;
}

/**
 * What the host application knows of a request beside what is in it. Nothing here is read from a header, which
 * anybody can write: behind a proxy it is the host application that knows which header of which proxy to trust.
 */
export interface RequestContext {
  /** Where the request came from. Behind a proxy: where the proxy says it came from. */
  readonly clientAddress?: string | undefined;
  /** As `Deno.serve` hands it over. */
  readonly remoteAddr?: { readonly hostname?: string | undefined } | undefined;
  /** As the server of `Bun.serve` has it. */
  requestIP?(request: Request): { readonly address: string } | null;
  /**
   * Who asks; `undefined` for somebody who has not signed in. An application that knows its users always gives the
   * member, since then no shared cache may keep a reply.
   */
  readonly viewer?: Viewer | undefined;
}

/** What a runtime hands over with a request may be an object of a class of its own. */
export const CONTEXT: Rule = {
  allowed: "an object such as { viewer }",
  holds: (value) => typeof value === "object" && value !== null && !Array.isArray(value),
};

/** Refuses a viewer without a name: nobody may pass for somebody. It is a fault inside, and no bad request. */
export function assertContext({ viewer }: RequestContext): void {
  if (viewer === undefined || (typeof viewer.user === "string" && viewer.user !== "")) return;
  throw new TypeError("the viewer given with the request has no name; leave the viewer out");
}
