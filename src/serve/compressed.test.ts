import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { compressed } from "./compressed.js";

const answering = (body: BodyInit | null, headers: Record<string, string>, status = 200) =>
  compressed(async () => new Response(body, { status, headers }));
const asked = (coding: string): Request =>
  new Request("http://test/", { headers: { "accept-encoding": coding } });
const JSON_HEADERS = { "content-type": "application/json", etag: '"abc"', vary: "accept" };

describe("a reply of the service", () => {
  it("goes compressed to whoever takes it, with a tag and a vary that say so", async () => {
    const reply = await answering('{"kwh":1}', JSON_HEADERS)(asked("br;q=1, gzip;q=0.5"));
    expect(reply.headers.get("content-encoding")).toBe("gzip");
    expect(reply.headers.get("vary")).toBe("accept, accept-encoding");
    expect(reply.headers.get("etag")).toBe('W/"abc"');
    expect(gunzipSync(await reply.bytes()).toString()).toBe('{"kwh":1}');
  });

  it.each(["", "br", "gzip;q=0", "identity"])("goes as it is to whoever accepts %j", async (coding) => {
    const reply = await answering('{"kwh":1}', JSON_HEADERS)(asked(coding));
    expect([reply.headers.get("content-encoding"), reply.headers.get("etag")]).toEqual([null, '"abc"']);
    expect(await reply.text()).toBe('{"kwh":1}');
  });

  it.each([
    ["events", { "content-type": "text/event-stream", "cache-control": "no-store, no-transform" }],
    ["a file that is compressed", { "content-type": "text/javascript", "content-encoding": "br" }],
    ["a picture", { "content-type": "image/svg+xml" }],
  ])("goes as it is: %s", async (_what, headers) => {
    const reply = await answering("as it is", headers)(asked("gzip"));
    expect(Object.fromEntries(reply.headers)).toEqual(headers);
    expect(await reply.text()).toBe("as it is");
  });

  it("without a body stays without one, under the tag that the client has", async () => {
    const reply = await answering(null, JSON_HEADERS, 304)(asked("gzip"));
    expect([reply.status, reply.body, reply.headers.get("etag")]).toEqual([304, null, 'W/"abc"']);
  });

  it("that is streamed ends when the client goes away", async () => {
    let isCancelled = false;
    const endless = new ReadableStream<Uint8Array<ArrayBuffer>>({
      pull: (controller) => controller.enqueue(new Uint8Array(1000)),
      cancel: () => {
        isCancelled = true;
      },
    });
    const reply = await answering(endless, { "content-type": "text/csv" })(asked("gzip"));
    const reader = reply.body?.getReader();
    await reader?.read();
    await reader?.cancel();
    await expect.poll(() => isCancelled).toBe(true);
  });
});
