import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { setImmediate } from "node:timers/promises";
import { createHandler, toNodeListener } from "ada-carbon/http";
import { memoryUsageStore, memoryWorkspaceStore } from "ada-carbon/memory";
import { workspaceAfter, workspaceAtStart } from "./workspaces.js";

// A service in a process of its own, whose event loop is watched: its parent opens viewers and asks how it is.

export interface ServerOptions {
  readonly workspaces: number;
  /** How often all of them are counted on and saved, milliseconds. */
  readonly pollMs: number;
  readonly everyMs: number;
  readonly heartbeatMs: number;
  readonly maxPerClient: number;
  readonly stalledMs: number;
}

export type ServerOrder = "measure" | "stop polling";

/** How the process was since it was asked last. */
export interface ServerState {
  readonly port: number;
  /** For how long the event loop did not come round at most, milliseconds: busy, or not let onto a processor. */
  readonly longestBlockMs: number;
  /** For how long it was busy in one go at most, milliseconds of processor time. */
  readonly longestWorkMs: number;
  readonly heapBytes: number;
  /** Timers, sockets and the like that are open. */
  readonly handles: number;
  readonly polls: number;
}

const options: ServerOptions = JSON.parse(process.argv[2] ?? "{}");
const { everyMs, heartbeatMs, maxPerClient, stalledMs } = options;
const store = memoryWorkspaceStore();
let polls = 0;
const sessions = Array.from({ length: options.workspaces }, (_, n) => workspaceAtStart(n));
await store.save(sessions);

const handler = createHandler({
  usage: memoryUsageStore(),
  workspaces: store,
  sites: { isis: "IDAaaS" },
  authorise: (request) => ({ allow: true, users: [request.headers.get("x-user") ?? "nobody"] }),
  live: { everyMs, heartbeatMs, maxPerClient, stalledMs },
});
const server = createServer(toNodeListener(handler, { stalledMs })).listen(0, "127.0.0.1", 4096);
await once(server, "listening");
const { port } = server.address() as AddressInfo;

const SAVED_AT_ONCE = 1000;

/** A poll of a tracker, without what it costs to poll: that is another benchmark's. */
async function poll(): Promise<void> {
  polls++;
  for (let n = 0; n < sessions.length; n += SAVED_AT_ONCE) {
    const some = sessions.slice(n, n + SAVED_AT_ONCE).map((session) => workspaceAfter(session, polls));
    // One of them overtakes all others, so that lists of the first are not always the same.
    const overtaking = some[((polls * 37) % sessions.length) - n];
    if (overtaking !== undefined) some[some.indexOf(overtaking)] = { ...overtaking, busyKwh: polls };
    sessions.splice(n, SAVED_AT_ONCE, ...some);
    await store.save(some);
    await setImmediate();
  }
}
const polling = setInterval(() => void poll(), options.pollMs);

const delay = monitorEventLoopDelay({ resolution: 2 });
delay.enable();
let longestWorkMs = 0;
let worked = process.threadCpuUsage();
setInterval(() => {
  const { user, system } = process.threadCpuUsage(worked);
  longestWorkMs = Math.max(longestWorkMs, (user + system) / 1000);
  worked = process.threadCpuUsage();
}, 2);
process.on("message", (order: ServerOrder) => {
  if (order === "stop polling") clearInterval(polling);
  const blocked = { longestBlockMs: delay.max / 1e6, longestWorkMs };
  globalThis.gc?.();
  const state: ServerState = {
    ...{ port, ...blocked, polls },
    heapBytes: process.memoryUsage().heapUsed,
    handles: process.getActiveResourcesInfo().length,
  };
  // The full collection of garbage just now is the measurement's, not the service's.
  setTimeout(() => {
    delay.reset();
    longestWorkMs = 0;
  }, 20);
  process.send?.(state);
});
process.once("disconnect", () => process.exit());
const atStart: ServerState = { port, longestBlockMs: 0, longestWorkMs: 0, heapBytes: 0, handles: 0, polls };
process.send?.(atStart);
