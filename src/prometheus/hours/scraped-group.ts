import type { Machine } from "../scrapes/machines.js";
import type { InstanceScrapes } from "../scrapes/read-scrapes.js";
import type { GroupHours } from "./clean-hours.js";

/** The raw samples of a group to which something happened, and the machines that they are of. */
export interface ScrapedGroup {
  readonly of: GroupHours;
  readonly own: InstanceScrapes;
  readonly machines: readonly Machine[];
}
