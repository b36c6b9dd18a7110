// The replies of the service that the page reads, under the names that the page has for them. What is in them is said
// by the routes; only types are taken from there, so nothing of the service is in the page's script.
import type { HistoryReply } from "../../http/history-reply.js";
import type { ExplainReply } from "../../http/routes/explain.js";
import type { MyMachinesReply } from "../../http/routes/my-machines.js";
import type { SiteOwnersReply } from "../../http/routes/site-owners.js";

export type { HeartbeatEvent } from "../../http/live/events.js";
export type { ShownSaving as Stop } from "../../http/machines/stop-reply.js";
export type { BestTimeReply as BestTime } from "../../http/routes/best-time.js";
export type { BudgetReply as Budget } from "../../http/routes/budget.js";
export type { HeatmapReply as Heatmap } from "../../http/routes/heatmap.js";
export type { IdleReply as IdleMachines } from "../../http/routes/idle.js";
export type { MeReply as Me } from "../../http/routes/me.js";
export type { SearchReply } from "../../http/routes/search.js";
export type { WorkspacesReply } from "../../http/workspaces/reply.js";
export type { WorkspaceView } from "../../http/workspaces/view.js";
export type {
  ExplainReply as Explanation,
  HistoryReply as History,
  MyMachinesReply as MyMachines,
  SiteOwnersReply as Owners,
};

export type MyMachine = MyMachinesReply["machines"][number];
export type Bins = HistoryReply["bins"];
export type Kwh = ExplainReply["kwh"];
export type Grams = ExplainReply["gco2eq"];
/** A part of the grid's forecast. */
export interface Period {
  readonly from: string;
  readonly to: string;
  readonly gco2eqPerKwh: number;
}
export type MarketSums = NonNullable<HistoryReply["totals"]["market"]>;
/** Sums as the lists have them. */
export type Sums = SiteOwnersReply["owners"][number]["totals"];
