import { describe, expect, it } from "vitest";
import { hostileReplies } from "../torture/hostile-replies.js";
import { type Asker, tryOnce } from "../torture/replies/campaign.js";
import { diceOf } from "../torture/replies/dice.js";
import { FILE_ASKERS } from "../torture/replies/file-askers.js";
import { GRID_ASKERS } from "../torture/replies/grid-askers.js";
import { PROMETHEUS_ASKERS } from "../torture/replies/prometheus-askers.js";
import { SERVICE_ASKERS } from "../torture/replies/service-askers.js";
import { XML_ASKERS } from "../torture/replies/xml-askers.js";

describe("hostile replies", () => {
  it("make no wrong numbers, no hangs and no crashes", async () => {
    const results = await hostileReplies({ seed: 20_251_128, count: 1_500 });
    for (const { kind, failures } of results) expect([kind, failures]).toEqual([kind, []]);
    expect(results.every(({ failed }) => failed === 0)).toBe(true);
    const tried = results.map(({ tried }) => tried);
    expect(tried.slice(0, -1)).toEqual(tried.slice(0, -1).map(() => 100));
    expect(tried.at(-1)).toBeGreaterThanOrEqual(100);
  }, 120_000);

  it("are no campaign once it is to stop", async () => {
    const results = await hostileReplies({ seed: 1, count: 1_000_000, signal: AbortSignal.abort() });
    expect(results.reduce((sum, { tried }) => sum + tried, 0)).toBe(0);
  });
});

/** What is found in 300 replies to a client that does this to its answers, or to its errors. */
async function found(asker: Asker, tamper: (asked: Promise<unknown>) => Promise<unknown>): Promise<string[]> {
  const tampered = { ...asker, ask: (fetch: typeof globalThis.fetch) => tamper(asker.ask(fetch)) };
  const failures: string[] = [];
  for (let seed = 0; seed < 300; seed++) failures.push((await tryOnce(tampered, diceOf(seed))) ?? "");
  return failures.filter((failure) => failure !== "");
}

describe.each([...PROMETHEUS_ASKERS, ...GRID_ASKERS, ...SERVICE_ASKERS, ...XML_ASKERS, ...FILE_ASKERS])(
  "the judge of $kind",
  (asker) => {
    it("finds numbers that are wrong", async () => {
      const wrong = await found(asker, async (asked) => {
        const text = JSON.stringify(await asked);
        const changed = text.replace(/(\d\D*)$/, (end) => `${(Number(end[0]) + 1) % 10}${end.slice(1)}`);
        return JSON.parse(changed === text ? '[{"from":0}]' : changed);
      });
      expect(wrong.filter((failure) => failure.startsWith("wrong: ")).length).toBeGreaterThan(10);
    });

    it("finds crashes, and answers that were made of none", async () => {
      const crashes = await found(asker, (asked) => asked.catch(() => Promise.reject(new TypeError("oops"))));
      expect(crashes).toContain("crashed: TypeError: oops");
      const invented = await found(asker, (asked) => asked.catch(() => []));
      expect(invented.filter((failure) => failure.startsWith("an answer was made")).length).toBeGreaterThan(
        10,
      );
    });
  },
);
