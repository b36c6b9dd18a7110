import { AdaCarbonError } from "../usage/errors.js";
import type { SyncOptions } from "./options.js";

/** Whether there are hosts to store; `bad-input` if something is asked for that needs them and there are none. */
export function storesHosts({ cpu, hosts, tenures, averages }: SyncOptions): boolean {
  if (cpu.rows !== "owners") return hosts ?? true;
  const asked = [
    [tenures !== undefined, "tenures say who held which host; leave them out"],
    [hosts === true, "there are no hosts to store; leave that out"],
    [averages !== undefined, "averages are learnt from hosts; leave them out"],
  ] as const;
  const refused = asked.find(([wanted]) => wanted);
  if (refused === undefined) return false;
  throw new AdaCarbonError(
    "bad-input",
    `${cpu.where}: recorded sums have no hosts, and ${refused[1]}, or do without recording rules`,
  );
}
