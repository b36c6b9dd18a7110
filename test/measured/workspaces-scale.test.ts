import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { memoryWorkspaceStore } from "ada-carbon/memory";
import { describe, expect, it } from "vitest";
import { ManyHosts } from "../../bench/many-hosts.js";

// 10,000 hosts over 10 sites: requests, CPU time beside JSON.parse of the same replies, memory.

interface Spread {
  readonly median: number;
}

const median = (values: number[]): number => values.sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

function collectGarbage(): void {
  setFlagsFromString("--expose-gc");
  runInNewContext("gc")();
}

const bench = fileURLToPath(new URL("../../bench/main.ts", import.meta.url));

describe("10,000 hosts over 10 sites", { timeout: 120_000 }, () => {
  /** In a process of its own, because vitest rewrites what it loads. */
  it("take two requests, and at most three times the CPU time of JSON.parse of the replies", () => {
    const asked = "workspaces --json --only bare,memory --rounds 15".split(" ");
    const args = ["--import", "tsx", bench, ...asked];
    const { lines } = JSON.parse(execFileSync(process.execPath, args, { encoding: "utf8" })) as {
      lines: readonly { store: string; requests: number; cpuMs: Spread; ratio: Spread }[];
    };
    for (const { store, requests, cpuMs, ratio } of lines) {
      console.info(`10,000 hosts, ${store} store: ${cpuMs.median} ms CPU, ratio ${ratio.median.toFixed(2)}`);
      expect(requests).toBe(2);
      expect(ratio.median).toBeLessThan(3);
    }
    expect(lines.map(({ store }) => store)).toEqual(["bare", "memory"]);
  });

  it("hold no more memory after many polls", async () => {
    const prometheus = new ManyHosts(20);
    const tracker = prometheus.tracker(memoryWorkspaceStore());
    const stop = new AbortController();
    const poll = async (times: number): Promise<number> => {
      for (let i = 0; i < times; i++) {
        prometheus.tick();
        await tracker.poll(stop.signal);
        // What is only weakly held is let go of between tasks.
        await new Promise((resolve) => setImmediate(resolve));
      }
      collectGarbage();
      return process.memoryUsage().heapUsed;
    };
    // A leak grows in every stretch of polls; what V8 keeps of its own, code for one, only in some.
    const stretches: number[] = [];
    let before = await poll(500);
    for (let stretch = 0; stretch < 5; stretch++) {
      const after = await poll(1900);
      stretches.push(after - before);
      before = after;
    }
    const growths = stretches.map((bytes) => (bytes / 1e6).toFixed(2)).join(", ");
    console.info(`10,000 polls of 20 hosts: heap ${growths} MB more in each 1,900`);
    // 20 sessions of a poll, kept, would be 1,900 x 20 x some 500 bytes: 19 MB.
    expect(Math.min(...stretches)).toBeLessThan(0.4e6);
    expect(median(stretches)).toBeLessThan(3e6);
  });
});
