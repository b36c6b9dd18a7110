import type { Grant } from "./access.js";
import type { Service } from "./service.js";

/** A request that has been let in. */
export interface Admitted {
  readonly request: Request;
  readonly service: Service;
  readonly grant: Grant;
}
