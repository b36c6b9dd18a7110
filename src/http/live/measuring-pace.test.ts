import { expect, it } from "vitest";
import { MeasuringPace } from "./measuring-pace.js";

const SECOND = 1000;

function everyMsAfter(countedUntil: readonly (number | null)[], toldMs?: number): number | null {
  const pace = new MeasuringPace(toldMs);
  for (const time of countedUntil) pace.note(time);
  return pace.everyMs;
}

it.each<[string, readonly (number | null)[], number | null]>([
  ["of nothing", [null], null],
  ["of two measurements is not known", [0, 60 * SECOND], null],
  ["is the step between measurements", [0, 300 * SECOND, 600 * SECOND], 300 * SECOND],
  ["does not count looks that find nothing new", [0, 0, 60 * SECOND, 60 * SECOND, 120 * SECOND], 60 * SECOND],
  [
    "takes what is stored bit by bit for one",
    [0, 2 * SECOND, 60 * SECOND, 61 * SECOND, 120 * SECOND],
    60 * SECOND,
  ],
  ["is not that of an outage", [0, 60 * SECOND, 4000 * SECOND, 4060 * SECOND], 60 * SECOND],
  ["is a minute at least", [0, 35 * SECOND, 70 * SECOND], 60 * SECOND],
])("the pace %s", (_, countedUntil, everyMs) => expect(everyMsAfter(countedUntil)).toBe(everyMs));

it("the pace is what the tracker was told to do until it was seen", () => {
  expect(everyMsAfter([null], 300 * SECOND)).toBe(300 * SECOND);
  expect(everyMsAfter([0, 60 * SECOND], 10 * SECOND)).toBe(60 * SECOND);
  expect(everyMsAfter([0, 90 * SECOND, 180 * SECOND], 60 * SECOND)).toBe(90 * SECOND);
});
