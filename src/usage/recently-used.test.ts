import { describe, expect, it } from "vitest";
import { RecentlyUsed } from "./recently-used.js";

describe("values that were used recently", () => {
  it("are made once and kept, the others are let go", () => {
    const made: string[] = [];
    const kept = new RecentlyUsed<string>(2);
    const get = (key: string): string =>
      kept.get(key, () => {
        made.push(key);
        return key.toUpperCase();
      });
    expect([get("a"), get("b"), get("a"), get("c"), get("a")]).toEqual(["A", "B", "A", "C", "A"]);
    expect(made).toEqual(["a", "b", "c"]);
    expect(get("b")).toBe("B");
    expect(made).toEqual(["a", "b", "c", "b"]);
    expect(kept.size).toBe(2);
  });

  it("are as many as their weight allows, and one that is too heavy is not kept", () => {
    const kept = new RecentlyUsed<readonly number[]>(5, ({ length }) => length);
    kept.get("two", () => [1, 2]);
    kept.get("three", () => [1, 2, 3]);
    expect(kept.size).toBe(2);
    expect(kept.get("nine", () => Array.from({ length: 9 }, () => 0))).toHaveLength(9);
    expect(kept.size).toBe(0);
  });

  it("are found where they are kept, and not made where they are not", () => {
    const kept = new RecentlyUsed<number>(1);
    expect(kept.find("a")).toBeUndefined();
    kept.get("a", () => 1);
    expect(kept.find("a")).toBe(1);
    kept.get("b", () => 2);
    expect(kept.find("a")).toBeUndefined();
  });

  it("keep nothing of what could not be made", () => {
    const kept = new RecentlyUsed<number>(5);
    const fail = (): number => {
      throw new Error("no");
    };
    expect(() => kept.get("a", fail)).toThrow("no");
    expect(kept.size).toBe(0);
  });

  it("are few however many are asked for", () => {
    const kept = new RecentlyUsed<number>(100);
    for (let n = 0; n < 10_000; n++) kept.get(`key ${n}`, () => n);
    expect(kept.size).toBe(100);
  });
});
