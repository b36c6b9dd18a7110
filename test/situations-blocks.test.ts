import { situationsOn } from "./situations/suite.js";

// The situations on servers that read blocks, which are made once for all of them.

situationsOn(["prometheus", "prometheus3", "thanos"]);
