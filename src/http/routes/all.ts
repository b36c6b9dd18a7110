import { liveRoute } from "../live/route.js";
import { metricsRoute } from "../metrics/route.js";
import type { Route } from "../route.js";
import { indexRoute, openapiRoute } from "./about.js";
import { averagesRoute } from "./averages.js";
import { bestTimeRoute } from "./best-time.js";
import { budgetRoute } from "./budget.js";
import { docsRoute } from "./docs.js";
import { equivalenciesRoute, estimateRoute } from "./estimate.js";
import { explainRoute } from "./explain.js";
import { healthRoute, readyRoute } from "./health.js";
import { heatmapRoute } from "./heatmap.js";
import { historyRoute } from "./history.js";
import { idleRoute } from "./idle.js";
import { intensityRoute } from "./intensity.js";
import { meRoute } from "./me.js";
import { myMachinesRoute } from "./my-machines.js";
import { ownerRoutes } from "./owners.js";
import { searchRoute } from "./search.js";
import { siteOwnerRoutes } from "./site-owners.js";
import { sitesRoute } from "./sites.js";
import { totalsRoute } from "./totals.js";
import { workspacesRoute } from "./workspaces.js";

/** What may change its shape some day: then there is a `/v2` beside it. */
const VERSIONED: readonly Route[] = [
  meRoute,
  sitesRoute,
  myMachinesRoute,
  idleRoute,
  workspacesRoute,
  liveRoute,
  totalsRoute,
  ...siteOwnerRoutes,
  ...ownerRoutes,
  averagesRoute,
  historyRoute,
  explainRoute,
  budgetRoute,
  searchRoute,
  heatmapRoute,
  bestTimeRoute,
  intensityRoute,
  estimateRoute,
  equivalenciesRoute,
];

const ROUTES: readonly Route[] = [
  healthRoute,
  readyRoute,
  metricsRoute,
  ...VERSIONED.map((route) => ({ ...route, path: `/v1${route.path}` })),
];

/** Every route, those that tell of the others included. */
export const ALL_ROUTES: readonly Route[] = [
  indexRoute(ROUTES),
  docsRoute(ROUTES),
  openapiRoute(ROUTES),
  ...ROUTES,
];
