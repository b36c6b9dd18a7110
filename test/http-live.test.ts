import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { createHandler, type HandlerOptions, toNodeListener, workspacesReplySchema } from "ada-carbon/http";
import { memoryWorkspaceStore } from "ada-carbon/memory";
import { afterEach, describe, expect, it } from "vitest";
import { NOW, session, world } from "./http-fixture.js";
import { eventsOf, next } from "./support/events.js";

// Server-sent events: what is sent, to whom, and that nobody can make it cost more than it should.

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const stops: (() => void)[] = [];
afterEach(() => {
  for (const stop of stops.splice(0)) stop();
});

async function live(more: Partial<HandlerOptions> = {}) {
  const store = memoryWorkspaceStore();
  const looks = { count: 0 };
  const active: typeof store.active = (...args) => {
    looks.count++;
    return store.active(...args);
  };
  await store.save([session(1), session(2)]);
  const made = await world({
    workspaces: { ...store, active },
    authorise: () => ({ allow: true, users: "all" }),
    ...more,
    live: { everyMs: 10, heartbeatMs: 10, ...more.live },
  });
  const open = async (signal?: AbortSignal): Promise<Response> => {
    const controller = new AbortController();
    stops.push(() => controller.abort());
    const either = signal === undefined ? controller.signal : AbortSignal.any([signal, controller.signal]);
    return made.get("/v1/sites/isis/live", { signal: either });
  };
  return { ...made, store, open, looks };
}

describe("live workspaces", () => {
  it("come whole first, then as what differs", async () => {
    const { store, open } = await live();
    const reply = await open();
    expect(reply.headers.get("content-type")).toBe("text/event-stream");
    const events = eventsOf(reply);
    const first = await next(events);
    expect(first.name).toBe("workspaces");
    expect(workspacesReplySchema.parse(first.data).workspaces).toHaveLength(2);

    await store.save([session(1, { idleKwh: 0.5 }), session(3)]);
    const second = await next(events);
    expect(second.name).toBe("changes");
    expect(second.data.changed.map(({ user }: { user: string }) => user)).toEqual(["user1", "user3"]);
    expect(second.data.totals.active).toBe(3);

    await store.end([session(2).id], NOW);
    expect((await next(events)).data.gone).toEqual([session(2).id]);
  });

  it("have stand-ins for owners and ids that stay the same", async () => {
    const { store, open } = await live({ authorise: () => ({ allow: true, users: ["user2"] }) });
    const events = eventsOf(await open());
    const { data } = await next(events);
    expect(data.workspaces.map(({ user }: { user: string | null }) => user)).toEqual([null, "user2"]);
    await store.end([session(1).id], NOW);
    const gone = await next(events);
    expect(gone.data.gone).toEqual([data.workspaces[0].id]);
    expect(JSON.stringify([data, gone.data])).not.toMatch(/user1|host-1/);
  });

  it("ask the store once for all viewers, and not at all when nobody watches", async () => {
    const { open, looks } = await live();
    const controllers = Array.from({ length: 20 }, () => new AbortController());
    const streams = await Promise.all(controllers.map(({ signal }) => open(signal).then(eventsOf)));
    await Promise.all(streams.map(next));
    const before = looks.count;
    await wait(100);
    expect(looks.count - before).toBeLessThan(15);
    for (const controller of controllers) controller.abort();
    const after = looks.count;
    await wait(50);
    expect(looks.count).toBe(after);
  });

  it("say when the store does not answer, and go on", async () => {
    let isDown = true;
    const store = memoryWorkspaceStore();
    const active: typeof store.active = (...args) =>
      isDown ? Promise.reject(new Error("gone")) : store.active(...args);
    const { open, errors } = await live({ workspaces: { ...store, active } });
    const events = eventsOf(await open());
    expect((await next(events)).name).toBe("trouble");
    expect(errors.length).toBeGreaterThan(0);
    isDown = false;
    let event = await next(events);
    while (event.name === "trouble") event = await next(events);
    expect(event.name).toBe("workspaces");
  });

  it("are for so many viewers and no more, and a place that is left is free again", async () => {
    const { open } = await live({ live: { maxConnections: 2 } });
    const controller = new AbortController();
    await open(controller.signal);
    const second = await open();
    const third = await open();
    expect([third.status, third.headers.get("retry-after")]).toEqual([503, "30"]);
    controller.abort();
    expect((await open()).status).toBe(200);
    expect((await open()).status).toBe(503);
    await second.body?.cancel();
    expect((await open()).status).toBe(200);
  });

  it("end with the service, with a request that was aborted before, and after their time", async () => {
    const service = new AbortController();
    const { open } = await live({ signal: service.signal });
    const events = eventsOf(await open());
    await next(events);
    service.abort();
    while (!(await events.next()).done);

    const aborted = await open(AbortSignal.abort());
    for await (const event of eventsOf(aborted)) expect(event).toBeUndefined();

    const short = await live({ live: { maxAgeMs: 30 } });
    for await (const event of eventsOf(await short.open())) expect(event.name).toBe("workspaces");
  });

  it("answer HEAD without opening anything", async () => {
    const { get, looks } = await live();
    const reply = await get("/v1/sites/isis/live", { method: "HEAD" });
    expect([reply.status, reply.body, looks.count]).toEqual([200, null, 0]);
  });
});

describe("a client that never reads", () => {
  it("is sent at most one event ahead, then what it missed at once when it reads again", async () => {
    const { store, open } = await live();
    const reply = await open();
    const reader = reply.body?.getReader();
    await wait(30);
    for (let n = 0; n < 50; n++) {
      await store.save([session(1, { idleKwh: n })]);
      await wait(2);
    }
    await wait(30);
    const chunks: string[] = [];
    const read = async (): Promise<string> => new TextDecoder().decode((await reader?.read())?.value);
    chunks.push(await read());
    expect(chunks[0]).toMatch(/^event: workspaces/);
    // What it missed is one event, not fifty: what differs from what it has.
    let text = await read();
    while (text.startsWith("event: heartbeat")) text = await read();
    expect(text).toMatch(/^event: changes/);
    expect(text).toContain('"idleKwh":49');
  });

  it("is let go after a while, and its place is free", async () => {
    const { open } = await live({ live: { maxConnections: 1, stalledMs: 50 } });
    const reply = await open();
    await wait(150);
    expect((await open()).status).toBe(200);
    const reader = reply.body?.getReader();
    await expect(
      (async () => {
        for (;;) if ((await reader?.read())?.done) return;
      })(),
    ).rejects.toThrow(/nothing was read/);
  });

  it("does not make node:http hold more than a little, and is cut off", async () => {
    const store = memoryWorkspaceStore();
    const many = (kwh: number) => Array.from({ length: 1000 }, (_, n) => session(n, { idleKwh: kwh }));
    await store.save(many(0));
    const { options } = await world({ workspaces: store, authorise: () => ({ allow: true, users: "all" }) });
    const handler = createHandler({ ...options, live: { everyMs: 5, heartbeatMs: 20, stalledMs: 1000 } });
    let held = 0;
    const server: Server = createServer((request, response) => {
      const measure = setInterval(() => {
        held = Math.max(held, response.writableLength);
      }, 5);
      response.on("close", () => clearInterval(measure));
      toNodeListener(handler, { stalledMs: 500 })(request, response);
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    stops.push(() => server.closeAllConnections());
    stops.push(() => server.close());

    const socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
    socket.on("error", () => {});
    socket.pause();
    socket.write("GET /v1/sites/isis/live?limit=1000 HTTP/1.1\r\nhost: x\r\n\r\n");
    const [connection] = await once(server, "request").then(([request]) => [request.socket]);
    const closed = once(connection, "close");
    for (let n = 1; n < 60 && !connection.destroyed; n++) {
      await store.save(many(n));
      await wait(10);
    }
    // A thousand workspaces are half a megabyte: sixty such events would be thirty.
    expect(held).toBeLessThan(2_000_000);
    await closed;
    socket.destroy();
  });
});
