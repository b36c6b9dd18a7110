import { holdSituations } from "./situations/hold.js";

// Other servers: test/campaigns/situations.test.ts.
holdSituations(["prometheus"]);
