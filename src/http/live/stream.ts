import type { Grant } from "../access.js";
import type { ListedWorkspaces } from "../workspaces/query.js";
import { AS_IT_IS, gzipStream, type SharedText } from "./gzip.js";
import type { LiveHub } from "./hub.js";
import type { ShownList } from "./shown-list.js";
import type { Viewer } from "./site-watch.js";

export interface StreamOptions {
  readonly hub: LiveHub;
  readonly site: string;
  /** Whose place it takes; `null` where nobody knows. */
  readonly client: string | null;
  readonly query: ListedWorkspaces;
  readonly grant: Grant;
  /** Whether the bytes are those of gzip. */
  readonly isGzip: boolean;
  /** The list that the viewer says it has, from a connection that broke off. */
  readonly lastEventId: string | null;
  readonly signal: AbortSignal;
  readonly onFailure: (error: unknown) => void;
}

/**
 * One viewer's events as bytes. At most one event waits to be read: a viewer that reads slowly is told less
 * often, and then what differs from what it has; one that reads nothing for long is let go. So memory does not
 * grow with the time a viewer sleeps.
 */
export function liveStream(options: StreamOptions): ReadableStream<Uint8Array> {
  const { hub, site, client, query, grant, lastEventId, signal, onFailure } = options;
  const { stalledMs, maxAgeMs } = hub.limits;
  const coding = options.isGzip ? gzipStream() : AS_IT_IS;
  let end: (how: "close" | "stalled" | "cancelled") => void = () => {};

  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        const openedAt = performance.now();
        // Connections that were opened together end at different times, so that viewers do not come back at once.
        const endsAt = openedAt + maxAgeMs * (0.9 + 0.1 * Math.random());
        let readAt = openedAt;
        let shown: ShownList | undefined;
        const isReady = (): boolean => (controller.desiredSize ?? 0) > 0;
        const send = (text: SharedText): void => controller.enqueue(coding.next(text));

        const viewer: Viewer = {
          query,
          grant,
          get version() {
            return shown?.version;
          },
          look(list) {
            if (!isReady()) return;
            const before = shown;
            shown = list;
            if (before !== undefined) send(list.changesSince(before));
            else if (list.id !== lastEventId) send(list.whole());
          },
          beat(heartbeat) {
            const now = performance.now();
            if (isReady()) {
              readAt = now;
              send(heartbeat);
            }
            if (now > endsAt) end("close");
            else if (now - readAt > stalledMs) end("stalled");
          },
          fail(trouble) {
            if (isReady()) send(trouble);
          },
          end: () => end("close"),
        };

        // Throws when too many are watching, before there is anything to clean up.
        const { watch, leave } = hub.watch(site, client, viewer, onFailure);
        // Back with all there is, it is told that nothing happened.
        if (shown !== undefined && isReady()) viewer.beat(watch.heartbeat());
        end = (how) => {
          end = () => {};
          leave();
          if (how === "stalled") controller.error(new Error("nothing was read for too long"));
          if (how !== "close") return;
          const rest = coding.end();
          if (rest !== null) controller.enqueue(rest);
          controller.close();
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
