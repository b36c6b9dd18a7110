import { expect, it } from "vitest";
import { viewers } from "../../torture/viewers.js";

// A short round of the viewers of `npm run torture`.

it("viewers that come, go, stall and ask wrongly harm nobody", { timeout: 120_000 }, async () => {
  const kinds = await viewers({ seed: 1, viewers: 30, seconds: 4 });
  expect(kinds.map(({ kind }) => kind)).toEqual(
    expect.arrayContaining(["watch and come back", "break off", "stall", "wrong parameters", "/health"]),
  );
  for (const { kind, tried, failed, failures } of kinds) {
    expect(tried).toBeGreaterThan(0);
    expect({ kind, failed, failures }).toEqual({ kind, failed: 0, failures: [] });
  }
});
