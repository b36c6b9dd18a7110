import { requirePrometheus } from "./servers/prometheus.js";
import { holdSituations } from "./situations/hold.js";

// A real Prometheus, or the simulation's own server where there is none. All of them, held to one another:
// test/campaigns/situations.test.ts.
holdSituations([requirePrometheus() ? "prometheus" : "simulated"]);
