import { expect, it } from "vitest";
import { finishedHours, HOUR_MS } from "../../../usage/hour.js";
import { intervalOfMonth } from "../../../usage/month.js";
import { emptySeries } from "../../../usage/series.js";
import { rowsOfSeries } from "./series-rows.js";
import { tableBytes } from "./write.js";

it("makes a table in pieces, between which the process answers others", async () => {
  const month = "2025-09";
  const place = { kind: "host", month, ...intervalOfMonth(month) } as const;
  const hours = finishedHours({ from: place.from, to: place.from + 2 * HOUR_MS }, place.to);
  const pieces = 5;
  async function* rows(): AsyncGenerator<ReturnType<typeof rowsOfSeries>, void> {
    for (let piece = 0; piece < pieces; piece++) {
      const begin = performance.now();
      // As long as rows of many hosts take to be made.
      while (performance.now() - begin < 20);
      const scope = { kind: "host", name: `host-${piece}` } as const;
      yield rowsOfSeries("host", [
        emptySeries(scope, hours, { library: "0.2.0", model: null, intensity: null }),
      ]);
    }
  }
  let answered = 0;
  let isDone = false;
  const answer = (): void => {
    answered++;
    if (!isDone) setImmediate(answer);
  };
  setImmediate(answer);
  for await (const bytes of tableBytes(place, rows())) expect(bytes.length).toBeGreaterThan(0);
  isDone = true;
  expect(answered).toBeGreaterThanOrEqual(pieces);
});
