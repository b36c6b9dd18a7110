import { describe, expect, it } from "vitest";
import { PrometheusClient } from "../client/client.js";
import { ADA_LABELS } from "../client/queries.js";
import { HEARTBEAT_MS, Heartbeats } from "./heartbeats.js";

const FROM = Date.UTC(2025, 8, 10);
const MINUTE = 60_000;
const at = (minute: number): number => FROM + minute * MINUTE;
const minuteOf = (time: number): number => (time - FROM) / MINUTE;

/** Heartbeats of a server that heard hosts at some minutes, and what it was asked: from and to, in minutes. */
function listening(heardAt: (minute: number) => boolean): {
  heartbeats: Heartbeats;
  asked: [number, number][];
} {
  const asked: [number, number][] = [];
  const answer: typeof fetch = async (input) => {
    const form = new URLSearchParams(input instanceof Request ? await input.text() : "");
    const [start, end, step] = ["start", "end", "step"].map((name) => Number(form.get(name)));
    if (start === undefined || end === undefined || step === undefined) throw new Error("no grid");
    asked.push([minuteOf(start * 1000), minuteOf(end * 1000)]);
    const values: [number, string][] = [];
    for (let time = start; time <= end; time += step) {
      const minutes = Array.from({ length: step / 60 }, (_, i) => minuteOf(time * 1000) - i);
      const heard = minutes.filter(heardAt).length;
      if (heard > 0) values.push([time, String(heard)]);
    }
    const result = values.length === 0 ? [] : [{ metric: {}, values }];
    return Response.json({ status: "success", data: { resultType: "matrix", result } });
  };
  const client = new PrometheusClient({ url: "http://prometheus.test/", fetch: answer, retries: 0 });
  return {
    heartbeats: new Heartbeats({
      client,
      selection: { labels: ADA_LABELS, projects: ["P"], matchers: [] },
      call: {},
    }),
    asked,
  };
}

describe("heartbeats of a source", () => {
  it("tell in which parts of a time nobody was heard, to five minutes", async () => {
    const { heartbeats } = listening((minute) => minute <= 20 || minute > 47);
    await heartbeats.listen([{ from: at(0), to: at(60) }]);
    const minutes = (from: number, to: number): [number, number][] =>
      heartbeats.unheardIn(at(from), at(to)).map((part) => [minuteOf(part.from), minuteOf(part.to)]);
    expect(minutes(0, 60)).toEqual([[20, 45]]);
    expect(minutes(22, 33)).toEqual([[22, 33]]);
    expect(minutes(10, 23)).toEqual([[20, 23]]);
    expect(minutes(5, 15)).toEqual([]);
  });

  it("are two silences, if somebody was heard in between", async () => {
    const { heartbeats } = listening((minute) => minute === 23);
    await heartbeats.listen([{ from: at(0), to: at(60) }]);
    expect(heartbeats.unheardIn(at(5), at(45)).map(({ from, to }) => [minuteOf(from), minuteOf(to)])).toEqual(
      [
        [5, 20],
        [25, 45],
      ],
    );
  });

  it("say that something was heard after a time only where all of the five minutes are", async () => {
    const { heartbeats } = listening((minute) => minute === 33);
    await heartbeats.listen([{ from: at(0), to: at(60) }]);
    expect([29, 30, 31, 33].map((minute) => heartbeats.isHeardAfter(at(minute)))).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });

  it("say nothing before they have listened", () => {
    const { heartbeats } = listening(() => true);
    expect(heartbeats.isHeardAfter(at(0))).toBe(false);
  });

  it("are asked for once, and neighbouring times together", async () => {
    const { heartbeats, asked } = listening(() => true);
    await heartbeats.listen([
      { from: at(1), to: at(9) },
      { from: at(11), to: at(14) },
      { from: at(61), to: at(64) },
    ]);
    expect(asked).toEqual([
      [5, 15],
      [65, 65],
    ]);
    await heartbeats.listen([{ from: at(1), to: at(24) }]);
    expect(asked.slice(2)).toEqual([[20, 25]]);
    await heartbeats.listen([]);
    expect(asked).toHaveLength(3);
  });

  it("are asked for in as many requests as servers answer: of a month each", async () => {
    const { heartbeats, asked } = listening(() => true);
    await heartbeats.listen([{ from: at(1), to: FROM + 40 * 86_400_000 }]);
    expect(asked).toHaveLength(2);
    for (const [from, to] of asked) expect(((to - from) * MINUTE) / HEARTBEAT_MS + 1).toBeLessThan(11_000);
    expect(asked[1]?.[0]).toBe((asked[0]?.[1] ?? 0) + 5);
  });
});
