import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DAY_MS, type FinishedHour, HOUR_MS } from "../../usage/hour.js";
import {
  afterAnswer,
  afterRefusal,
  type ChunkSize,
  firstSize,
  MOST_POINTS,
  nextChunk,
} from "./plan-chunks.js";

const MIDNIGHT = Date.UTC(2025, 8, 10);
const hoursFrom = (first: number, count: number): FinishedHour[] =>
  Array.from({ length: count }, (_, i) => (MIDNIGHT + (first + i) * HOUR_MS) as FinishedHour);
const MB = 2 ** 20;

describe("the next chunk", () => {
  it("is all there is, if it fits", () => {
    expect(nextChunk([], 10)).toEqual([]);
    expect(nextChunk(hoursFrom(7, 168), 168)).toHaveLength(168);
  });

  it("ends at a hole", () => {
    expect(nextChunk([...hoursFrom(0, 3), ...hoursFrom(5, 3)], 100)).toEqual(hoursFrom(0, 3));
  });

  it("ends with a UTC day where it reaches the end of one, else as far as it may go", () => {
    expect(nextChunk(hoursFrom(7, 500), 168)).toEqual(hoursFrom(7, 161));
    expect(nextChunk(hoursFrom(0, 500), 84)).toHaveLength(72);
    expect(nextChunk(hoursFrom(20, 500), 6)).toHaveLength(4);
    expect(nextChunk(hoursFrom(3, 500), 6)).toHaveLength(6);
    expect(nextChunk(hoursFrom(3, 500), 1)).toHaveLength(1);
  });

  it("takes every hour once, in order, and never too many", () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.nat(400), { maxLength: 300 }),
        fc.integer({ min: 1, max: 100 }),
        (offsets, most) => {
          const hours = offsets.sort((a, b) => a - b).flatMap((n) => hoursFrom(n, 1));
          const chunks: FinishedHour[][] = [];
          for (let rest = hours; rest.length > 0; rest = rest.slice(chunks.at(-1)?.length))
            chunks.push(nextChunk(rest, most));
          expect(chunks.flat()).toEqual(hours);
          for (const chunk of chunks) {
            expect(chunk.length).toBeLessThanOrEqual(most);
            expect((chunk.at(-1) ?? 0) - (chunk[0] ?? 0)).toBe((chunk.length - 1) * HOUR_MS);
          }
        },
      ),
    );
  });
});

describe("the size of chunks", () => {
  const answer = (count: number, bytesPerHour: number, elapsedMs = 100) => ({
    hours: hoursFrom(0, count),
    columnBytes: count * bytesPerHour,
    elapsedMs,
  });

  it("starts with a day or what the caller wants, and stays under what a series may have", () => {
    expect(firstSize(1_000_000)).toEqual({ hours: 24, ceilingHours: MOST_POINTS, proven: false });
    expect(firstSize(6)).toEqual({ hours: 6, ceilingHours: 6, proven: false });
    expect(firstSize(0)).toMatchObject({ hours: 1, ceilingHours: 1 });
    let size = firstSize(1_000_000);
    for (let i = 0; i < 20; i++) size = afterAnswer(size, answer(size.hours, 0), 32 * MB);
    expect(size.hours).toBe(11_001);
  });

  it("doubles while answers are quick, up to what fits into the target", () => {
    // 2,000 hosts.
    const sizes = [firstSize(10_000)];
    for (let i = 0; i < 7; i++) {
      const size = sizes.at(-1) as ChunkSize;
      sizes.push(afterAnswer(size, answer(size.hours, 64_000), 32 * MB));
    }
    expect(sizes.map(({ hours }) => hours)).toEqual([24, 48, 96, 192, 384, 524, 524, 524]);
    expect(afterAnswer(firstSize(10_000), answer(24, 64_000, 60_000), 32 * MB).hours).toBe(24);
  });

  it("shrinks at once to what fits, and to an hour at least", () => {
    const aWeek = { ...firstSize(10_000), hours: 168 };
    expect(afterAnswer(aWeek, answer(168, 640_000), 32 * MB).hours).toBe(52);
    expect(afterAnswer(firstSize(10_000), answer(24, 64 * MB), 32 * MB).hours).toBe(1);
  });

  it("is halved by a refusal and never grows past that again", () => {
    let size = afterRefusal(firstSize(10_000), hoursFrom(0, 168));
    expect(size).toMatchObject({ hours: 84, ceilingHours: 84, proven: false });
    size = afterRefusal(size, hoursFrom(0, 72));
    for (let day = 0; day < 20; day++) {
      expect(size.hours).toBe(36);
      size = afterAnswer(size, { ...answer(24, 10), hours: hoursFrom(day * 24, 24) }, 32 * MB);
    }
    expect(size).toEqual({ hours: 36, ceilingHours: 36, proven: true });
  });

  it("grows back when it comes out that a single hour was the reason", () => {
    let size = firstSize(10_000);
    const bad = hoursFrom(2, 1);
    for (const hours of [hoursFrom(0, 168), hoursFrom(0, 84), hoursFrom(0, 42), hoursFrom(0, 3)])
      size = afterRefusal(size, hours);
    expect(size).toMatchObject({ hours: 2, ceilingHours: 2 });
    size = afterAnswer(size, answer(2, 10), 32 * MB);
    expect(size.hours).toBe(2);
    size = afterRefusal(size, bad);
    expect(size).toEqual({ hours: 1, ceilingHours: 10_000, proven: false });
    const sizes: number[] = [];
    for (let i = 0; i < 9; i++) {
      size = afterAnswer(size, answer(size.hours, 10), 32 * MB);
      sizes.push(size.hours);
    }
    expect(sizes).toEqual([2, 4, 8, 16, 32, 64, 128, 256, 512]);
  });

  it("stays small while one hour after another fails", () => {
    let size = afterRefusal(firstSize(10_000), hoursFrom(0, 2));
    for (let hour = 0; hour < 5; hour++) {
      size = afterRefusal(size, hoursFrom(hour, 1));
      expect(size.hours).toBe(1);
    }
  });

  it("reaches the end of a long job, whatever happens to chunks", () => {
    const outcome = fc.record({ refused: fc.boolean(), bytesPerHour: fc.nat(MB), elapsedMs: fc.nat(60_000) });
    fc.assert(
      fc.property(fc.array(outcome, { minLength: 1, maxLength: 40 }), (outcomes) => {
        let size = firstSize(500);
        let rest = hoursFrom(5, 24 * 15);
        for (let i = 0; rest.length > 0; i++) {
          expect(i).toBeLessThan(10_000);
          const { refused, bytesPerHour, elapsedMs } = outcomes[i % outcomes.length] as (typeof outcomes)[0];
          const hours = nextChunk(rest, size.hours);
          const before = size;
          if (refused) size = afterRefusal(size, hours);
          else
            size = afterAnswer(size, { hours, columnBytes: bytesPerHour * hours.length, elapsedMs }, 8 * MB);
          expect(size.hours).toBeGreaterThanOrEqual(1);
          expect(size.hours).toBeLessThanOrEqual(Math.min(size.ceilingHours, 500));
          expect(size.hours).toBeLessThanOrEqual(refused ? Math.max(1, before.hours) : before.hours * 2);
          if (!refused || hours.length === 1) rest = rest.slice(hours.length);
        }
      }),
    );
  });
});

it("a year of whole days is asked for in whole days", () => {
  let size = firstSize(MOST_POINTS);
  let rest = hoursFrom(0, 365 * 24);
  while (rest.length > 0) {
    const hours = nextChunk(rest, size.hours);
    expect((hours[0] ?? 0) % DAY_MS).toBe(0);
    expect(hours.length % 24).toBe(0);
    size = afterAnswer(size, { hours, columnBytes: hours.length * 64_000, elapsedMs: 5 }, 32 * MB);
    rest = rest.slice(hours.length);
  }
});
