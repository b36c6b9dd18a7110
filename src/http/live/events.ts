import type { WorkspaceTotals } from "../../stores/workspace-store.js";
import type { SiteWatts } from "../workspaces/snapshot.js";
import type { WorkspaceView } from "../workspaces/view.js";
import { SharedText } from "./gzip.js";

/** The data of the event `changes`: what to put in the place of what one has, and what to drop. */
export interface ChangesEvent {
  readonly at: string;
  /** How many workspaces there are for this viewer, listed or not. */
  readonly count: number;
  readonly changed: readonly WorkspaceView[];
  /** Ids of those that are over, or no longer among the first. */
  readonly gone: readonly string[];
  readonly totals: WorkspaceTotals;
  readonly now: SiteWatts;
}

/** The data of the event `heartbeat`, which comes every `everyMs` whatever happens. */
export interface HeartbeatEvent {
  readonly at: string;
  readonly everyMs: number;
  /** When the store last answered; `null` if it has not yet. */
  readonly lookedAt: string | null;
  /** Up to when the tracker has counted; `null` where nothing is being counted. */
  readonly countedUntil: string | null;
  /** How often machines are measured, by the last measurements, or else by what the service was told; `null` if not known. */
  readonly measuredEveryMs: number | null;
}

interface EventFields {
  /** What a browser says it has when it comes back. */
  readonly id?: string | undefined;
  readonly data: object;
}

/** How long a browser waits until it comes back, milliseconds. */
const RETRY_MS = 5000;

export function eventText(name: string, { id, data }: EventFields): SharedText {
  const lines = [
    `event: ${name}`,
    ...(id === undefined ? [] : [`id: ${id}`]),
    `retry: ${RETRY_MS}`,
    // JSON has no line breaks of its own.
    `data: ${JSON.stringify(data)}`,
  ];
  return new SharedText(`${lines.join("\n")}\n\n`);
}
