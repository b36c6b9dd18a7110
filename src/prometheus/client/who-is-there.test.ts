import { afterEach, describe, expect, it, vi } from "vitest";
import { PrometheusClient } from "./client.js";

afterEach(() => {
  vi.useRealTimers();
});

const GRID = { from: Date.UTC(2025, 8, 10), stepMs: 3_600_000, count: 24 };
const ONE = '{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1,"1"]}]}}';

type Reply = (signal: AbortSignal) => Response | Promise<Response>;
const hangs: Reply = (signal) =>
  new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
const says =
  (status: number, body = ""): Reply =>
  () =>
    new Response(body, { status, headers: { "content-type": "application/json" } });

/** What comes of a hard question to a server that answers it so, and the easiest one so. */
async function failure(hard: Reply, easy: Reply, attemptTimeoutMs = 50): Promise<unknown> {
  const asked: string[] = [];
  const fetch: typeof globalThis.fetch = async (input) => {
    const query = new URLSearchParams(await (input as Request).text()).get("query") ?? "";
    asked.push(query);
    const { signal } = input as Request;
    return query === "vector(1)" ? easy(signal) : hard(signal);
  };
  const client = new PrometheusClient({ url: "http://prometheus", fetch, attemptTimeoutMs, retries: 0 });
  const error = await client.range("up", GRID).catch((reason: unknown) => reason);
  return { asked, ...(error as { code: string; message: string }), message: String(error) };
}

describe("a question that is not answered", () => {
  it.each<[string, Reply, Reply, string]>([
    ["takes too long, for a server that is there", hangs, says(200, ONE), "timeout"],
    ["takes too long, for one that answers nothing", hangs, hangs, "server-error"],
    ["takes too long, for one that fails", hangs, says(503), "server-error"],
    ["takes too long behind a proxy that lets few through", hangs, says(400, "{}"), "timeout"],
    ["is refused as too large", says(422), says(200, ONE), "too-large"],
    ["is refused like any other", says(422), says(422), "server-error"],
    ["is given up by a proxy", says(504), says(200, ONE), "timeout"],
    [
      "is given up by Prometheus",
      says(503, '{"status":"error","errorType":"timeout"}'),
      says(200, ONE),
      "timeout",
    ],
  ])("%s", async (_, hard, easy, code) => {
    expect(await failure(hard, easy)).toMatchObject({ asked: ["up", "vector(1)"], code });
  });

  it.each([
    ["400", says(400, "{}"), "refused"],
    ["503", says(503), "server-error"],
    ["401", says(401), "unauthorised"],
  ])("but by %s is no reason to ask who is there", async (_, hard, code) => {
    expect(await failure(hard, says(200, ONE))).toMatchObject({ asked: ["up"], code });
  });

  it("is given up before its time if nobody is there", async () => {
    vi.useFakeTimers();
    const asked = failure(hangs, hangs, 60_000);
    await vi.advanceTimersByTimeAsync(28_000);
    expect(await asked).toMatchObject({
      code: "server-error",
      message: expect.stringMatching(/so it is down/),
    });
  });

  it("is waited for if somebody is", async () => {
    vi.useFakeTimers();
    const asked = failure(hangs, says(200, ONE), 60_000);
    const isOver = vi.fn();
    void asked.then(isOver);
    await vi.advanceTimersByTimeAsync(59_000);
    expect(isOver).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(2_000);
    expect(await asked).toMatchObject({ code: "timeout" });
  });
});
