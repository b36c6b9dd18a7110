import { describe, expect, it } from "vitest";
import {
  contents,
  FROM,
  HOSTS,
  INTERVAL,
  isCpu,
  MINUTE,
  type World,
  world,
} from "../../test/support/world.js";
import { memoryUsageStore } from "../stores/memory/index.js";
import { HOUR_MS } from "../usage/hour.js";

const FOREVER = Number.POSITIVE_INFINITY;
/** The six hours before those that are looked at. */
const EARLIER = { from: FROM - 6 * HOUR_MS, to: FROM };

/** The first host is another one than usual; scrapes begin with the earlier hours. */
const worldWith = (host: object): Promise<World> =>
  world({
    interval: { from: EARLIER.from, to: INTERVAL.to + HOUR_MS },
    hosts: HOSTS.map((usual, i) => (i === 0 ? { ...usual, ...host } : usual)),
  });

/** Hours that the last run asked for the counters of, by their number. */
const askedHours = (w: World): Set<number> => {
  const hours = new Set<number>();
  for (const request of w.server.requests.slice(w.seen).filter(isCpu)) {
    const [start, end] = ["start", "end"].map((name) => Number(request.parameters.get(name)) * 1000 - FROM);
    for (let hour = Math.ceil((start ?? 0) / HOUR_MS - 0.1); hour < Math.floor((end ?? 0) / HOUR_MS); hour++)
      hours.add(hour);
  }
  return hours;
};

describe("hours before those that are measured", () => {
  it.each([3, 20, 30])(
    "stay as they are, if something happens to a host that booted %i hours ago",
    async (hours) => {
      const w = await worldWith({
        incarnations: [{ from: FROM - hours * HOUR_MS, to: FOREVER }],
        counterFaults: [{ from: FROM + 2.5 * HOUR_MS, to: FOREVER, mode: "idle", addSeconds: -500 }],
      });
      const store = memoryUsageStore();
      w.now = INTERVAL.to + 20 * MINUTE;
      await w.run(store, { interval: EARLIER });
      const report = await w.run(store);
      expect(report).toMatchObject({ warnings: [], statuses: { processed: 6 } });
      expect(report.findings.map(({ kind }) => kind)).toEqual(["counter-fell"]);
      expect([...askedHours(w)].filter((hour) => hour < 0)).toEqual([]);
      const host = await store.read({ kind: "host", name: "a:9100" }, INTERVAL);
      expect(
        host.provenance
          .flatMap((row) => row.host?.notes ?? [])
          .filter((note) => note.includes("without a scrape")),
      ).toEqual([]);
    },
  );

  it("are measured again, if a host turns out to have been up in them, and then are as if all had been asked for at once", async () => {
    const w = await worldWith({
      incarnations: [{ from: FROM - 4.5 * HOUR_MS, to: FOREVER }],
      outages: [{ from: 0, to: FROM + 1.5 * HOUR_MS }],
    });
    const [store, atOnce] = [memoryUsageStore(), memoryUsageStore()];
    w.now = FROM + 20 * MINUTE;
    const first = await w.run(store, { interval: EARLIER });
    expect(first.statuses.processed).toBe(6);
    w.now = INTERVAL.to + 20 * MINUTE;
    await w.run(store);
    expect([...askedHours(w)].filter((hour) => hour < 0)).toEqual([-5, -4, -3, -2, -1]);
    await w.run(atOnce, { interval: { from: EARLIER.from, to: INTERVAL.to } });
    expect(await contents(store)).toEqual(await contents(atOnce));
  });
});
