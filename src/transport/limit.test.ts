import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { limitTo } from "./limit.js";

describe("a limit", () => {
  it("is reached and never passed, keeps the order, and survives failures", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 5 }),
        fc.array(fc.record({ ticks: fc.integer({ min: 1, max: 4 }), fails: fc.boolean() }), {
          maxLength: 20,
        }),
        async (most, tasks) => {
          const limit = limitTo(most);
          const started: number[] = [];
          let [running, highest] = [0, 0];
          const ends = tasks.map(({ ticks, fails }, i) =>
            limit(async () => {
              started.push(i);
              running += 1;
              highest = Math.max(highest, running);
              for (let tick = 0; tick < ticks; tick++) await Promise.resolve();
              running -= 1;
              if (fails) throw new Error(`task ${i}`);
              return i;
            }),
          );
          const expected = tasks.map(({ fails }, i) =>
            fails
              ? { status: "rejected", reason: new Error(`task ${i}`) }
              : { status: "fulfilled", value: i },
          );
          expect(await Promise.allSettled(ends)).toEqual(expected);
          expect(started).toEqual(tasks.map((_, i) => i));
          expect(highest).toBe(Math.min(most, tasks.length));
        },
      ),
    );
  });

  it.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])("of %d is refused", (most) => {
    expect(() => limitTo(most)).toThrow(expect.objectContaining({ code: "bad-input" }));
  });
});
