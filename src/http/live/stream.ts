import { sumSessions } from "../../stores/session-sums.js";
import { formatInstant } from "../../usage/hour.js";
import type { Grant } from "../access.js";
import type { WorkspacesReply } from "../routes/workspaces.js";
import type { Service } from "../service.js";
import type { LiveHub, Snapshot, Viewer } from "./hub.js";

/** The data of the event `changes`: what to put in the place of what one has, and what to drop. */
export interface ChangesEvent {
  readonly at: string;
  readonly changed: WorkspacesReply["workspaces"];
  readonly gone: readonly string[];
  readonly totals: WorkspacesReply["totals"];
}

interface ViewerOptions {
  readonly service: Service;
  readonly hub: LiveHub;
  readonly site: string;
  readonly grant: Grant;
  readonly signal: AbortSignal;
  readonly onFailure: (error: unknown) => void;
}

/**
 * One viewer's events as bytes. At most one event waits to be read: a viewer that reads slowly is told less
 * often, and then everything at once; one that reads nothing for long is let go. So memory does not grow with
 * the time a viewer sleeps.
 */
export function liveStream(options: ViewerOptions): ReadableStream<Uint8Array> {
  const { service, hub, site, grant, signal, onFailure } = options;
  const { heartbeatMs, stalledMs, maxAgeMs } = hub.limits;
  const encoder = new TextEncoder();
  let end: (how: "close" | "stalled" | "cancelled") => void = () => {};

  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        let seen = 0;
        const openedAt = performance.now();
        let readAt = openedAt;
        const isReady = (): boolean => (controller.desiredSize ?? 0) > 0;
        const send = (text: string): void => controller.enqueue(encoder.encode(text));

        const viewer: Viewer = {
          look(snapshot) {
            if (!isReady() || snapshot.version === seen) return;
            send(eventText(service, site, grant, snapshot, seen));
            seen = snapshot.version;
          },
          fail(error) {
            onFailure(error);
            if (isReady())
              send(`event: trouble\ndata: ${JSON.stringify({ at: formatInstant(service.clock()) })}\n\n`);
          },
          end: () => end("close"),
        };

        // Throws when too many are watching, before there is anything to clean up.
        const leave = hub.watch(site, viewer);
        const heartbeat = setInterval(() => {
          const now = performance.now();
          if (isReady()) {
            readAt = now;
            send(": still here\n\n");
          }
          if (now - openedAt > maxAgeMs) end("close");
          else if (now - readAt > stalledMs) end("stalled");
        }, heartbeatMs);

        end = (how) => {
          end = () => {};
          clearInterval(heartbeat);
          leave();
          if (how === "close") controller.close();
          else if (how === "stalled") controller.error(new Error("nothing was read for too long"));
        };
        signal.addEventListener("abort", () => end("close"));
        if (signal.aborted) end("close");
      },
      cancel() {
        end("cancelled");
      },
    },
    { highWaterMark: 1 },
  );
}

/** What differs, for a viewer that has the version before; else everything. */
function eventText(service: Service, site: string, grant: Grant, snapshot: Snapshot, seen: number): string {
  const { version, at, sessions, changed, gone } = snapshot;
  const totals = sumSessions(sessions);
  if (seen > 0 && seen === version - 1) {
    const data: ChangesEvent = {
      at: formatInstant(at),
      changed: changed.map((session) => service.views.one(session, grant)),
      gone: gone.map((session) => service.views.idFor(session, grant)),
      totals,
    };
    return `event: changes\ndata: ${JSON.stringify(data)}\n\n`;
  }
  const { simulated } = service;
  const workspaces = service.views.of(site, sessions, grant);
  const data: WorkspacesReply = { site, at: formatInstant(at), simulated, workspaces, totals };
  return `event: workspaces\nretry: 5000\ndata: ${JSON.stringify(data)}\n\n`;
}
