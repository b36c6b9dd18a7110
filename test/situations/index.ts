import { ADDRESS_SITUATIONS } from "./address-situations.js";
import { ADVERSARY_SITUATIONS } from "./adversary-situations.js";
import { COMBINED_SITUATIONS } from "./combined-situations.js";
import { COUNTER_SITUATIONS } from "./counter-situations.js";
import { GAP_SITUATIONS } from "./gap-situations.js";
import { LIFE_SITUATIONS } from "./life-situations.js";
import { OWNER_SITUATIONS } from "./owner-situations.js";
import { randomSituation } from "./random-situations.js";
import { SCRAPE_SITUATIONS } from "./scrape-situations.js";
import { SINGLE_HOUR_SITUATIONS } from "./single-hour-situations.js";
import type { Situation } from "./situation.js";

/** Everything the measurement of hours is held against, in the order of the printed table. */
export const SITUATIONS: readonly Situation[] = [
  ...SCRAPE_SITUATIONS,
  ...COUNTER_SITUATIONS,
  ...GAP_SITUATIONS,
  ...LIFE_SITUATIONS,
  ...OWNER_SITUATIONS,
  ...ADVERSARY_SITUATIONS,
  ...COMBINED_SITUATIONS,
  ...ADDRESS_SITUATIONS,
  ...SINGLE_HOUR_SITUATIONS,
  ...[4, 6].map(randomSituation),
];
