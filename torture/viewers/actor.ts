import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { connect } from "node:net";
import { PassThrough, pipeline } from "node:stream";
import { setTimeout } from "node:timers/promises";
import { createGunzip } from "node:zlib";
import { allEventsOf, type LiveEvent } from "../../test/support/events.js";

/** Somebody with an address and, perhaps, a name, who watches live events well or badly. */
export interface Actor {
  readonly port: number;
  readonly address: string;
  readonly user: string | null;
}

interface Workspace {
  readonly id: string;
  readonly user: string | null;
  readonly instance: string | null;
}

/** What a viewer has on the screen. */
export interface Screen {
  readonly workspaces: ReadonlyMap<string, Workspace>;
  readonly lastEventId: string | undefined;
}

export interface Ask {
  readonly path: string;
  readonly isGzip: boolean;
  readonly lastEventId?: string | undefined;
}

export async function ask(
  { port, address, user }: Actor,
  { path, isGzip, lastEventId }: Ask,
): Promise<{ reply: IncomingMessage; leave: () => void }> {
  const headers = {
    connection: "close",
    ...(user === null ? {} : { "x-user": user }),
    ...(isGzip ? { "accept-encoding": "gzip" } : {}),
    ...(lastEventId === undefined ? {} : { "last-event-id": lastEventId }),
  };
  const asking = request({ host: "127.0.0.1", port, path, localAddress: address, headers, agent: false });
  asking.end();
  const [reply] = (await once(asking, "response")) as [IncomingMessage];
  return { reply, leave: () => asking.destroy() };
}

export async function textOf(actor: Actor, path: string): Promise<{ status: number; text: string }> {
  const { reply } = await ask(actor, { path, isGzip: false });
  let text = "";
  for await (const chunk of reply.setEncoding("utf8")) text += chunk;
  return { status: reply.statusCode ?? 0, text };
}

/** Watches for a while; throws at the first thing that is not as it should be. */
export async function watch(
  actor: Actor,
  asked: Ask,
  forMs: number,
  before: ReadonlyMap<string, Workspace>,
): Promise<Screen> {
  const { reply, leave } = await ask(actor, asked);
  if (reply.statusCode !== 200) throw new Error(`${asked.path} answered ${reply.statusCode}`);
  const isGzip = reply.headers["content-encoding"] === "gzip";
  if (isGzip !== asked.isGzip) throw new Error(`asked for gzip: ${asked.isGzip}, and got it: ${isGzip}`);
  const body = isGzip ? createGunzip() : new PassThrough();
  // What is still to come when we have left is no fault.
  let hasLeft = false;
  pipeline(reply, body, () => {});
  const timer = globalThis.setTimeout(() => {
    hasLeft = true;
    leave();
  }, forMs);
  const workspaces = new Map<string, Workspace>();
  const limit = Number(new URLSearchParams(asked.path.split("?")[1]).get("limit") ?? 50);
  let lastEventId: string | undefined;
  let isFirst = true;
  try {
    for await (const event of allEventsOf(body)) {
      assertNoLeak(actor, event);
      // Back with all there is, one is told so by a heartbeat.
      if (isFirst && event.name === "heartbeat" && asked.lastEventId !== undefined)
        for (const [id, workspace] of before) workspaces.set(id, workspace);
      isFirst = false;
      take(workspaces, limit, event);
      lastEventId = event.id ?? lastEventId;
    }
  } catch (error) {
    if (!hasLeft) throw error;
  } finally {
    clearTimeout(timer);
    leave();
  }
  return { workspaces, lastEventId: lastEventId ?? asked.lastEventId };
}

function take(workspaces: Map<string, Workspace>, limit: number, { name, data }: LiveEvent): void {
  if (name === "workspaces") workspaces.clear();
  for (const workspace of data.workspaces ?? data.changed ?? []) workspaces.set(workspace.id, workspace);
  for (const id of data.gone ?? []) {
    if (!workspaces.delete(id)) throw new Error(`told that ${id} is gone, which was never there`);
  }
  if (data.count !== undefined && workspaces.size !== Math.min(limit, data.count))
    throw new Error(`${workspaces.size} on the screen, of ${data.count} with a limit of ${limit}`);
}

/** Names of users and hosts that are somebody else's must not be in what one is sent. */
function assertNoLeak({ user }: Actor, { data }: LiveEvent): void {
  const own = user?.replace("user", "");
  for (const [text, n] of JSON.stringify(data).matchAll(/(?:user|host-)(\d+)/g))
    if (n !== own) throw new Error(`${user ?? "nobody"} was sent ${text}`);
}

/** Connects and never reads, for a while. */
export async function stall({ port, address }: Actor, forMs: number): Promise<void> {
  const socket = connect({ host: "127.0.0.1", port, localAddress: address });
  socket.on("error", () => {});
  socket.pause();
  socket.write("GET /v1/sites/isis/live?limit=1000 HTTP/1.1\r\nhost: x\r\n\r\n");
  await setTimeout(forMs);
  socket.destroy();
}
