import { holdSituations } from "../situations/hold.js";
import { SERVER_KINDS } from "../situations/servers.js";

// Servers that answer as Prometheus does; that itself is in test/situations.test.ts.
holdSituations(SERVER_KINDS.map(({ name }) => name).filter((name) => name !== "prometheus"));
