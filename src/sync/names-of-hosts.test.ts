import { expect, it } from "vitest";
import { FROM, HOSTS, world } from "../../test/support/world.js";
import { memoryUsageStore } from "../stores/memory/index.js";
import { HOUR_MS } from "../usage/hour.js";

it("hosts of two projects that booted in one second keep their names where one is out of sight when the other is back", async () => {
  const at = (hour: number, minute: number): number => FROM + hour * HOUR_MS + minute * 60_000;
  const [a = {}, , c = {}] = HOSTS;
  const cloud = await world({
    hosts: [
      { ...a, outages: [{ from: at(1, 58), to: at(5, 59) }] },
      { ...c, outages: [{ from: at(0, 41), to: at(3, 12) }] },
    ],
  });
  const store = memoryUsageStore();
  await cloud.run(store, { interval: { from: at(1, 0), to: at(5, 0) } });
  expect((await store.scopes("host")).map(({ name }) => name)).toEqual(["a:9100", "c:9100"]);
});
