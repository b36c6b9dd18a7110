import { describe, expect, it } from "vitest";
import { ada, contents, coversHour, isCpu, world } from "../../test/support/world.js";
import { memoryUsageStore } from "../stores/memory/index.js";
import type { UsageStore } from "../stores/usage-store.js";
import { AdaCarbonError } from "../usage/errors.js";

/** A store, and how many batches it was given. */
function counting(): { store: UsageStore; writes: () => number } {
  const inner = memoryUsageStore();
  let writes = 0;
  const replace: UsageStore["replace"] = async (batch, options) => {
    writes += 1;
    await inner.replace(batch, options);
  };
  return { store: { ...inner, replace }, writes: () => writes };
}

describe("what is stored", () => {
  it("is written once for many answers, and the same as written for each", async () => {
    const w = await world();
    const { store, writes } = counting();
    await w.run(store, { prometheus: { hoursPerRequest: 1 } });
    expect(writes()).toBe(1);
    const whole = memoryUsageStore();
    await w.run(whole);
    expect(await contents(store)).toEqual(await contents(whole));
  });

  it("is written in between when a minute has passed, and the same in the end", async () => {
    const w = await world();
    const { store, writes } = counting();
    // A clock on which half a minute passes between two looks.
    let looks = 0;
    const clock = (): number => w.now + 30_000 * looks++;
    await w.run(store, { prometheus: { hoursPerRequest: 1 }, clock });
    expect(writes()).toBeGreaterThan(1);
    const whole = memoryUsageStore();
    await w.run(whole);
    expect(await contents(store)).toEqual(await contents(whole));
  });

  it("is what was got before the source said no", async () => {
    const w = await world();
    const store = memoryUsageStore();
    w.fault = (request) =>
      isCpu(request) && coversHour(request, 4) ? { status: 401, body: "Unauthorized" } : undefined;
    await expect(w.run(store, { prometheus: { hoursPerRequest: 2 } })).rejects.toMatchObject({
      code: "unauthorised",
    });
    expect((await ada(store)).status).toEqual(Array(4).fill("processed"));
  });

  it("can be nothing, and then both are named: what the source said and what the store said", async () => {
    const w = await world();
    const said = new AdaCarbonError("store-unavailable", "cannot write: the disk is full");
    const store = { ...memoryUsageStore(), replace: () => Promise.reject(said) };
    w.fault = (request) =>
      isCpu(request) && coversHour(request, 4) ? { status: 401, body: "Unauthorized" } : undefined;
    const failure = await w.run(store, { prometheus: { hoursPerRequest: 2 } }).catch((error) => error);
    expect(failure).toMatchObject({
      code: "unauthorised",
      message: expect.stringMatching(
        /401.*; and what had been fetched was not stored: cannot write: the disk/,
      ),
      cause: { errors: [{ code: "unauthorised" }, said] },
    });
  });

  it("is nothing of a run that is called off, which leaves no half of anything", async () => {
    const w = await world();
    const store = memoryUsageStore();
    const stop = new AbortController();
    w.fault = (request) => {
      if (isCpu(request) && coversHour(request, 4)) stop.abort(new Error("enough"));
      return undefined;
    };
    await expect(w.run(store, { prometheus: { hoursPerRequest: 2 }, signal: stop.signal })).rejects.toThrow(
      "enough",
    );
    const { hours } = await ada(store);
    expect([0, 2, 4]).toContain(hours.length);
    w.fault = () => undefined;
    await w.run(store);
    const clean = memoryUsageStore();
    await w.run(clean);
    expect(await contents(store)).toEqual(await contents(clean));
  });
});
