import { gunzipSync } from "node:zlib";
import { createHandler, type HandlerOptions, type RequestContext } from "ada-carbon/http";
import { memoryWorkspaceStore } from "ada-carbon/memory";
import { afterEach, describe, expect, it } from "vitest";
import { SharedText } from "../src/http/live/gzip.js";
import { NOW, session, world } from "./http-fixture.js";
import { allEventsOf, eventsOf, type LiveEvent, next } from "./support/events.js";

// What a viewer asks for is what it gets; what many get is made once; and each has no more than its share.

const stops: (() => void)[] = [];
afterEach(() => {
  for (const stop of stops.splice(0)) stop();
});

interface Asking {
  readonly query?: string;
  readonly user?: string;
  readonly headers?: Record<string, string>;
  readonly context?: RequestContext;
}

/** Twelve workspaces at ISIS, of which those with a higher number used more energy. */
async function live(more: Partial<HandlerOptions> = {}) {
  const store = memoryWorkspaceStore();
  const uses = (n: number) => session(n, { idleKwh: n, machine: n % 2 === 0 ? "Muon" : "Artemis (Matlab)" });
  await store.save(Array.from({ length: 12 }, (_, n) => uses(n)));
  const { options } = await world({
    workspaces: store,
    authorise: (request) => {
      const user = request.headers.get("x-user");
      return { allow: true, users: user === "operator" ? "all" : user === null ? [] : [user] };
    },
    ...more,
    live: { everyMs: 10, heartbeatMs: 20, ...more.live },
  });
  const handler = createHandler(options);
  const open = async ({ query = "", user, headers = {}, context }: Asking = {}): Promise<Response> => {
    const controller = new AbortController();
    stops.push(() => controller.abort());
    const who = user === undefined ? {} : { "x-user": user };
    const init = { headers: { ...headers, ...who }, signal: controller.signal };
    return handler(new Request(`http://test/v1/sites/isis/live${query}`, init), context);
  };
  return { store, handler, open, uses };
}

const hosts = ({ data }: LiveEvent): unknown[] =>
  (data.workspaces ?? data.changed).map(({ instance }: { instance: string | null }) => instance);
const idleOf = ({ data }: LiveEvent): number[] =>
  (data.workspaces ?? data.changed).map(({ idleKwh }: { idleKwh: number }) => idleKwh);

describe("a viewer gets what it shows", () => {
  it("the first of the order it wants, and how many there are", async () => {
    const { open } = await live();
    const first = await next(eventsOf(await open({ query: "?limit=3&sort=idle" })));
    expect(idleOf(first)).toEqual([11, 10, 9]);
    expect([first.data.count, first.data.totals.active]).toEqual([12, 12]);
    const last = await next(eventsOf(await open({ query: "?limit=2&sort=oldest" })));
    expect(idleOf(last)).toEqual([0, 10]); // by id, code unit by code unit, where the start is the same
  });

  it("what leaves the first of its order is gone, and what takes its place is there", async () => {
    const { open, store, uses } = await live();
    const events = eventsOf(await open({ query: "?limit=2", user: "operator" }));
    const first = await next(events);
    await store.save([{ ...uses(3), idleKwh: 100 }]);
    const second = await next(events);
    expect(idleOf(second)).toEqual([100]);
    expect(second.data.gone).toEqual([first.data.workspaces[1].id]);
    await store.save([{ ...uses(0), idleKwh: 0.5 }]);
    const third = await next(events);
    expect([third.data.changed, third.data.gone]).toEqual([[], []]);
    expect(third.data.totals.idleKwh).toBeCloseTo(100 + 0.5 + 66 - 3, 9);
  });

  it("what it searches for, whatever the capitals", async () => {
    const { open } = await live();
    const first = await next(eventsOf(await open({ query: "?search=%20MATLAB&limit=2" })));
    expect(idleOf(first)).toEqual([11, 9]);
    expect(first.data.count).toBe(6);
  });

  it("names and hosts only of those it may see: a search finds nobody else by them", async () => {
    const { open } = await live();
    const found = async (asking: Asking): Promise<LiveEvent> => next(eventsOf(await open(asking)));
    expect((await found({ query: "?search=user7" })).data.count).toBe(0);
    expect((await found({ query: "?search=user7", user: "user1" })).data.count).toBe(0);
    expect(hosts(await found({ query: "?search=user7", user: "user7" }))).toEqual(["host-7:9100"]);
    expect(hosts(await found({ query: "?search=host-7", user: "operator" }))).toEqual(["host-7:9100"]);
    expect((await found({ query: "?search=host-7", user: "user1" })).data.count).toBe(0);
  });

  it("two with the same query see their own workspace each, and nothing of the other's", async () => {
    const { open, store, uses } = await live();
    const streams = await Promise.all(["user11", "user10", "nobody"].map((user) => open({ user })));
    const [eleven, ten, nobody] = streams.map(eventsOf);
    if (eleven === undefined || ten === undefined || nobody === undefined) throw new Error("three are open");
    expect(hosts(await next(eleven)).filter(Boolean)).toEqual(["host-11:9100"]);
    expect(hosts(await next(ten)).filter(Boolean)).toEqual(["host-10:9100"]);
    expect(hosts(await next(nobody)).filter(Boolean)).toEqual([]);
    await store.save([{ ...uses(11), idleKwh: 50 }]);
    expect(hosts(await next(eleven))).toEqual(["host-11:9100"]);
    expect(hosts(await next(ten))).toEqual([null]);
    expect(JSON.stringify(await next(nobody))).not.toMatch(/user\d|host-/);
  });

  it.each([
    ["?limit=0", /limit.*1 to 1000/],
    ["?limit=1001", /limit.*1 to 1000/],
    ["?sort=shoesize", /sort.*energy/],
    [`?search=${"x".repeat(101)}`, /search/],
    ["?skip=3", /skip.*limit, offset, sort, search/],
    ["?limit=3&limit=4", /limit.*twice/],
  ])("%s is refused with a reason", async (query, reason) => {
    const { open } = await live();
    const reply = await open({ query });
    expect(reply.status).toBe(400);
    expect((await reply.json()).detail).toMatch(reason);
  });
});

describe("what many viewers get is made once", () => {
  it("as text, whoever they are, if they see the same", async () => {
    const { open, store, uses } = await live();
    const made = { count: 0 };
    const stringify = JSON.stringify;
    const opened = await Promise.all(
      Array.from({ length: 40 }, (_, n) => open({ user: `stranger${n}`, query: "?sort=idle" })),
    );
    const streams = opened.map(eventsOf);
    const firsts = await Promise.all(streams.map(next));
    expect(new Set(firsts.map(({ id }) => id)).size).toBe(1);
    JSON.stringify = ((...given: Parameters<typeof stringify>) => {
      if (typeof given[0] === "object" && given[0] !== null && "changed" in given[0]) made.count++;
      return stringify(...given);
    }) as typeof stringify;
    try {
      await store.save([{ ...uses(5), idleKwh: 70 }]);
      const seconds = await Promise.all(streams.map(next));
      expect(seconds.every((event) => idleOf(event)[0] === 70)).toBe(true);
    } finally {
      JSON.stringify = stringify;
    }
    expect(made.count).toBe(1);
  });

  it("as compressed bytes, and each stream is a whole gzip", async () => {
    const service = new AbortController();
    const { open, store, uses } = await live({ signal: service.signal });
    const reply = await open({ headers: { "accept-encoding": "br, gzip;q=0.5" } });
    expect(reply.headers.get("content-encoding")).toBe("gzip");
    const plain = eventsOf(await open());
    await next(plain);
    await store.save([{ ...uses(5), idleKwh: 70 }]);
    await next(plain);
    const pieces: Uint8Array[] = [];
    const reading = (async () => {
      for await (const piece of reply.body ?? []) {
        pieces.push(piece);
        // The event can be read as soon as its bytes are there.
        const text = gunzipSync(Buffer.concat(pieces), { finishFlush: 2 }).toString();
        if (text.includes('"idleKwh":70')) service.abort();
      }
    })();
    await reading;
    expect(gunzipSync(Buffer.concat(pieces)).toString()).toContain("event: changes");
  });

  it.each([
    ["gzip", "gzip"],
    ["deflate, *;q=0.1", "gzip"],
    ["gzip;q=0", null],
    ["identity", null],
    ["br", null],
    ["", null],
  ])("accept-encoding %j gets %s", async (accepted, coding) => {
    const { open } = await live();
    const reply = await open({ headers: { "accept-encoding": accepted } });
    expect(reply.headers.get("content-encoding")).toBe(coding);
    expect(reply.headers.get("vary")).toContain("accept-encoding");
  });

  it("a text is deflated when somebody wants it, and then never again", () => {
    const text = new SharedText("event: x\n\n");
    expect(text.deflated).toBe(text.deflated);
  });
});

describe("a viewer can tell a dead server from a quiet one", () => {
  it("by heartbeats that say how often they come, and when the store last answered", async () => {
    let isDown = false;
    let now = NOW;
    const store = memoryWorkspaceStore();
    await store.save([session(1)]);
    const active: typeof store.active = (...args) =>
      isDown ? Promise.reject(new Error("gone")) : store.active(...args);
    const { open } = await live({ workspaces: { ...store, active }, clock: () => now, onError: () => {} });
    const events = allEventsOf((await open()).body);
    const beat = async (): Promise<LiveEvent> => {
      for (;;) {
        const event = await next(events);
        if (event.name === "heartbeat") return event;
      }
    };
    expect((await beat()).data).toEqual({
      at: "2025-09-10T12:10:00Z",
      everyMs: 20,
      lookedAt: "2025-09-10T12:10:00Z",
      countedUntil: "2025-09-10T12:09:30Z",
      measuredEveryMs: null,
    });
    isDown = true;
    now += 60_000;
    let data = (await beat()).data;
    while (data.at !== "2025-09-10T12:11:00Z") data = (await beat()).data;
    expect(data.lookedAt).toBe("2025-09-10T12:10:00Z");
  });

  it("and /ready too, when the store neither answers nor fails", async () => {
    const store = memoryWorkspaceStore();
    let isHung = false;
    const active: typeof store.active = (...args) => (isHung ? new Promise(() => {}) : store.active(...args));
    const { open, handler } = await live({ workspaces: { ...store, active } });
    const events = eventsOf(await open());
    await next(events);
    const ready = async (): Promise<number | "no answer"> =>
      Promise.race([
        handler(new Request("http://test/ready")).then(({ status }) => status),
        new Promise<"no answer">((resolve) => setTimeout(resolve, 100, "no answer")),
      ]);
    expect(await ready()).toBe(200);
    isHung = true;
    await expect.poll(ready).toBe("no answer");
  });

  it("comes back with the list it has, and is not sent it again", async () => {
    const { open, store, uses } = await live();
    const staying = eventsOf(await open());
    const { id } = await next(staying);
    const back = allEventsOf((await open({ headers: { "last-event-id": String(id) } })).body);
    expect((await next(back)).name).toBe("heartbeat");
    await store.save([{ ...uses(5), idleKwh: 70 }]);
    let event = await next(back);
    while (event.name === "heartbeat") event = await next(back);
    expect([event.name, idleOf(event)]).toEqual(["changes", [70]]);

    const late = await next(eventsOf(await open({ headers: { "last-event-id": String(id) } })));
    expect(late.name).toBe("workspaces");
    const other = await next(eventsOf(await open({ headers: { "last-event-id": "nonsense" } })));
    expect(other.name).toBe("workspaces");
  });

  it("with another query or another name, it gets the whole list", async () => {
    const { open } = await live();
    const { id } = await next(eventsOf(await open({ user: "user11" })));
    const headers = { "last-event-id": String(id) };
    for (const asking of [{ user: "user10" }, { user: "user11", query: "?limit=3" }, {}])
      expect((await next(eventsOf(await open({ ...asking, headers })))).name).toBe("workspaces");
  });
});

describe("no client takes all places", () => {
  const three = { live: { maxPerClient: 3, maxConnections: 5 } };

  it.each([
    ["one address", { clientAddress: "192.0.2.7" }, { clientAddress: "::ffff:192.0.2.7" }],
    ["one IPv6 network", { clientAddress: "2001:db8::1" }, { clientAddress: "2001:0DB8:0:0:1::2%eth0" }],
    ["one viewer", { viewer: { user: "amara" }, clientAddress: "192.0.2.1" }, { viewer: { user: "amara" } }],
    ["as Deno says", { remoteAddr: { hostname: "192.0.2.7" } }, { clientAddress: "192.0.2.7" }],
    ["as Bun says", { requestIP: () => ({ address: "192.0.2.7" }) }, { clientAddress: "192.0.2.7" }],
  ] as [string, RequestContext, RequestContext][])("%s has so many, others have theirs", async (_, a, b) => {
    const { open } = await live(three);
    for (let n = 0; n < 3; n++) expect((await open({ context: a })).status).toBe(200);
    for (const context of [a, b]) {
      const refused = await open({ context });
      expect([refused.status, refused.headers.get("retry-after")]).toEqual([429, "30"]);
      expect((await refused.json()).detail).toMatch(/^3 live connections of yours are open/);
    }
    const other = { context: { clientAddress: "198.51.100.1" } };
    const last = await open(other);
    expect([last.status, (await open(other)).status, (await open(other)).status]).toEqual([200, 200, 503]);
    await last.body?.cancel();
    expect((await open(other)).status).toBe(200);
  });

  it("and no header makes one into many", async () => {
    const { open } = await live(three);
    const context = { clientAddress: "192.0.2.7" };
    const statuses: number[] = [];
    for (let n = 0; n < 5; n++) {
      const forged = { "x-forwarded-for": `198.51.100.${n}`, forwarded: `for=198.51.100.${n}` };
      statuses.push((await open({ context, headers: { ...forged, "x-real-ip": `198.51.100.${n}` } })).status);
    }
    expect(statuses).toEqual([200, 200, 200, 429, 429]);
  });

  it("the host application's authorise is told who it is", async () => {
    const { open } = await live({
      authorise: (_request, _wanted, { viewer }) => ({
        allow: true,
        users: viewer === undefined ? [] : [viewer.user],
      }),
    });
    const mine = await next(eventsOf(await open({ context: { viewer: { user: "user4" } } })));
    expect(hosts(mine).filter(Boolean)).toEqual(["host-4:9100"]);
  });
});
