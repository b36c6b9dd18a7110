import type { UsageReader } from "../reports/usage-reader.js";
import type { Grant } from "./access.js";
import type { RequestContext } from "./context.js";
import type { Service } from "./service.js";

/** A request that has been let in. */
export interface Admitted {
  readonly request: Request;
  /** The client whose limits the request counts for; `null` where nobody knows. */
  readonly client: string | null;
  readonly service: Service;
  readonly grant: Grant;
  readonly context: RequestContext;
  /** Whether the reply may depend on who asks. */
  readonly isPrivate: boolean;
  /** What is stored, as it is at the time of this request. */
  readonly reader: UsageReader;
}
