import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { cut, decodeStreamed, decodeWhole } from "../src/prometheus/replies/reference.testing.js";
import { type BodyShape, bodyOf, gridOf, LONG, WIDE } from "./decode-bodies.js";
import { MACHINE, machineText } from "./machine.js";
import { peakFromNow } from "./peak.js";

const USAGE = `usage: tsx bench/decode.ts [--json] [--rounds N] [--quick]

Decodes range replies into columns, beside TextDecoder + JSON.parse of the same bytes (1.0): all contestants
in one process, turn by turn, in another order each round. Peak memory is of a process of its own.
--quick: the large body only, in chunks of 64 KiB, and no memory; what the tests watch.`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: "boolean", default: false },
    rounds: { type: "string", default: "15" },
    quick: { type: "boolean", default: false },
    memory: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});

const SHAPES: Readonly<Record<string, BodyShape>> = { long: LONG, wide: WIDE };
const PARSE = "TextDecoder + JSON.parse";

type Decode = (body: Uint8Array, shape: BodyShape) => unknown;
const CONTESTANTS: Readonly<Record<string, Decode>> = {
  [PARSE]: (body) => JSON.parse(new TextDecoder().decode(body)),
  "JSON.parse + decodeMatrix": (body, shape) => decodeWhole(body, gridOf(shape)),
  "ours, whole": (body, shape) => decodeStreamed([body], gridOf(shape)),
  "ours, chunks of 1 MiB": (body, shape) => decodeStreamed(cut(body, 2 ** 20), gridOf(shape)),
  "ours, chunks of 64 KiB": (body, shape) => decodeStreamed(cut(body, 2 ** 16), gridOf(shape)),
  "ours, chunks of 16 KiB": (body, shape) => decodeStreamed(cut(body, 2 ** 14), gridOf(shape)),
};

interface Line {
  readonly body: string;
  readonly megabytes: number;
  readonly contestant: string;
  /** How many times as fast as TextDecoder + JSON.parse in the same round: median, and the middle half. */
  readonly ratio: { readonly median: number; readonly low: number; readonly high: number };
  /** The same of the best times of all rounds: what a busy machine disturbs least. */
  readonly bestRatio: number;
  /** At most this above the body, columns included. */
  readonly peakMb: number | null;
}

if (values.help) console.log(USAGE);
else if (values.memory) console.log(peakOf(positionals));
else
  report(
    (values.quick ? ["long"] : Object.keys(SHAPES)).flatMap((name) => measure(name, Number(values.rounds))),
  );

function measure(name: string, rounds: number): Line[] {
  const shape = SHAPES[name] ?? LONG;
  const body = bodyOf(shape);
  const names = values.quick ? [PARSE, "ours, chunks of 64 KiB"] : Object.keys(CONTESTANTS);
  const ratios = new Map(names.map((contestant): [string, number[]] => [contestant, []]));
  const best = new Map<string, number>();
  // The first rounds are for the compiler.
  for (let round = -2; round < rounds; round++) {
    const times = new Map<string, number>();
    for (let i = 0; i < names.length; i++) {
      const contestant = names[(i + round + names.length) % names.length] ?? PARSE;
      const begin = performance.now();
      CONTESTANTS[contestant]?.(body, shape);
      const ms = performance.now() - begin;
      times.set(contestant, ms);
      best.set(contestant, Math.min(ms, best.get(contestant) ?? ms));
    }
    if (round < 0) continue;
    for (const [contestant, ms] of times) ratios.get(contestant)?.push((times.get(PARSE) ?? Number.NaN) / ms);
  }
  return names.map((contestant) => {
    const sorted = [...(ratios.get(contestant) ?? [])].sort((a, b) => a - b);
    const at = (share: number): number => sorted[Math.floor((sorted.length - 1) * share)] ?? Number.NaN;
    return {
      body: name,
      megabytes: body.length / 1e6,
      contestant,
      ratio: { median: at(0.5), low: at(0.25), high: at(0.75) },
      bestRatio: (best.get(PARSE) ?? Number.NaN) / (best.get(contestant) ?? Number.NaN),
      peakMb: values.quick ? null : peakInProcess(name, contestant, body),
    };
  });
}

/** The peak in a process of its own, which reads the body from a file: making it takes more memory than it has. */
function peakInProcess(name: string, contestant: string, body: Uint8Array): number {
  const folder = mkdtempSync(join(tmpdir(), "ada-carbon-bench-"));
  try {
    const file = join(folder, "body.json");
    writeFileSync(file, body);
    const script = fileURLToPath(import.meta.url);
    const args = [...process.execArgv, "--expose-gc", script, "--memory", name, contestant, file];
    return Number(execFileSync(process.execPath, args, { encoding: "utf8" }));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** How far the resident memory of this process grows over one run, in MB. */
function peakOf([name = "", contestant = "", file = ""]: readonly string[]): number {
  const shape = SHAPES[name] ?? LONG;
  const decode = CONTESTANTS[contestant];
  if (decode === undefined) throw new Error(`there is no contestant ${contestant}`);
  // What the program itself takes is not counted.
  const small = { ...shape, series: 8 };
  for (let i = 0; i < 3; i++) decode(bodyOf(small), small);
  const body = readFileSync(file);
  globalThis.gc?.();
  const before = process.memoryUsage.rss();
  const peak = peakFromNow();
  const kept = decode(body, shape);
  return kept === undefined ? Number.NaN : (peak() - before) / 1e6;
}

function report(lines: readonly Line[]): void {
  if (values.json) {
    console.log(JSON.stringify({ machine: MACHINE, rounds: Number(values.rounds), lines }, null, 2));
    return;
  }
  console.log(`${machineText()}; ${values.rounds} rounds`);
  for (const { body, megabytes, contestant, ratio, bestRatio, peakMb } of lines) {
    const spread = `${ratio.low.toFixed(2)} to ${ratio.high.toFixed(2)}`;
    console.log(
      `${body} ${megabytes.toFixed(1)} MB  ${contestant.padEnd(26)} ${ratio.median.toFixed(2).padStart(5)}  (${spread})  best ${bestRatio.toFixed(2)}  peak ${peakMb?.toFixed(0) ?? "?"} MB`,
    );
  }
}
