import type { Viewer } from "../../http/context.js";

/** A request with the address that sent it: `undefined` where the connection is a Unix socket. */
interface Incoming {
  readonly request: Request;
  readonly peer: string | undefined;
}

/** Who asks. */
interface Identified {
  /** `undefined`: nobody we know, who sees sums over many people. Without the member, nobody ever is. */
  readonly viewer?: Viewer | undefined;
  /** The request without whatever only a trusted proxy may say. */
  readonly request: Request;
}

/** Says who asks; rejects with a `ProblemError` of 401 for somebody who claims what is not so. */
export type Identify = (incoming: Incoming) => Promise<Identified>;

/** Knows nobody: every request is anonymous. */
export const ANONYMOUS: Identify = async ({ request }) => ({ request });
