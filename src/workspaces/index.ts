export type { TrackOptions } from "./options.js";
export type { LiveWorkspace, PollHours, PollIntensity, PollReport, PollTotals, SitePoll } from "./report.js";
export type { PollOutcome, RunOptions, RunSummary } from "./schedule.js";
export { trackWorkspaces, type WorkspaceTracker } from "./tracker.js";
