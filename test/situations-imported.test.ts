import { situationsOn } from "./situations/suite.js";

// The situations on servers that samples are imported into.

situationsOn(["victoria-metrics", "victoria-metrics-1.151"]);
