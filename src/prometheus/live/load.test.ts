import { describe, expect, it } from "vitest";
import { loadOfGain, roughLoadOfGain } from "./load.js";

const gain = (busy: number, idle: number, cpus = 4, spanSeconds = 60) => ({ busy, idle, cpus, spanSeconds });

describe("the load by what all CPUs gained", () => {
  it.each<[string, ReturnType<typeof gain>, object | undefined]>([
    ["all tick", gain(216, 24), { cores: 4, idleFraction: 0.1 }],
    ["all tick, as exactly as a scrape", gain(215, 24), { cores: 4, idleFraction: 24 / 239 }],
    ["half of them stand still", gain(108, 12), { cores: 2, idleFraction: 0.1 }],
    ["one of four ticks", gain(0, 60), { cores: 1, idleFraction: 1 }],
    ["32 of 64 tick", gain(1728, 192, 64), { cores: 32, idleFraction: 0.1 }],
    ["a counter fell by 20 s", gain(196, 24), undefined],
    ["a counter jumped by 20 s", gain(236, 24), undefined],
    ["a CPU came in between", gain(189, 21), undefined],
    ["more than there are CPUs", gain(300, 0), undefined],
    ["less than nothing was busy", gain(-10, 250), undefined],
    ["less than nothing was idle", gain(250, -10), undefined],
    ["a small step back of all that was idle", gain(240, -0.02), { cores: 4, idleFraction: 0 }],
    ["nothing moved", gain(0, 0), undefined],
    ["no CPUs", gain(0, 0, Number.NaN), undefined],
    ["no time", gain(0, 0, 4, 0), undefined],
    ["nothing known", gain(Number.NaN, Number.NaN, 4, Number.NaN), undefined],
  ])("%s", (_, given, load) => {
    expect(loadOfGain(given)).toEqual(load);
  });

  it("is taken as it is up to a tenth, where nothing better can be had", () => {
    expect(roughLoadOfGain(gain(196, 24))).toEqual({ cores: 4, idleFraction: 24 / 220 });
    expect(roughLoadOfGain(gain(170, 24))).toBeUndefined();
    expect(roughLoadOfGain(gain(108, 12))).toBeUndefined();
  });
});
