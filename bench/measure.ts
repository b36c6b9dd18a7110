import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Answer, Hello, Order } from "./child.js";
import { type Scale, scopesOf } from "./year.js";

/** Milliseconds of repeats of one thing. */
export interface Times {
  readonly median: number;
  /** Slowest over fastest. */
  readonly spread: number;
  readonly all: readonly number[];
}

export interface Measured {
  readonly engine: string;
  readonly bare: string;
  readonly rows: number;
  readonly load: { readonly ours: Times; readonly bare: Times };
  readonly append: { readonly ours: Times; readonly bare: Times; readonly goal: number };
  /** Rows may be fewer than all: see {@link Engine}. */
  readonly readBack: { readonly rows: number; readonly ms: number; readonly worstRelativeError: number };
  readonly peakMb: { readonly ours: number; readonly bare: number };
}

export interface Skipped {
  readonly engine: string;
  readonly skipped: string;
}

export interface Repeats {
  /** Default: the engine's own, else 3. */
  readonly loads?: number | undefined;
  readonly appends: number;
}

const GOALS: Readonly<Record<string, number>> = { files: 1.5, sqlite: 3, postgres: 3, mongodb: 3 };

/** Lets a store and the bare engine take turns, each in a process of its own. */
export async function measure(engine: string, scale: Scale, repeats: Repeats): Promise<Measured | Skipped> {
  const ours = new Child(engine, "ours", scale);
  const bare = new Child(engine, "bare", scale);
  try {
    const [first, second] = [await ours.hello(), await bare.hello()];
    const skipped = first.unavailable ?? second.unavailable;
    if (skipped !== undefined) return { engine, skipped };
    const load = await inTurns(repeats.loads ?? first.loads ?? 3, ours, bare, () => ({ do: "load" }));
    const readBack = await ours.ask({ do: "check" });
    // The first of each only warms up.
    await inTurns(1, ours, bare, () => ({ do: "append", step: 0 }));
    const append = await inTurns(repeats.appends, ours, bare, (k) => ({ do: "append", step: k + 1 }));
    const peak = async (child: Child): Promise<number> => number(await child.ask({ do: "end" }), "peakMb");
    return {
      engine,
      bare: second.what,
      rows: scopesOf(scale).length * scale.hours,
      load,
      append: { ...append, goal: GOALS[engine] ?? 3 },
      readBack: {
        rows: number(readBack, "rows"),
        ms: number(readBack, "ms"),
        worstRelativeError: number(readBack, "worst"),
      },
      peakMb: { ours: await peak(ours), bare: await peak(bare) },
    };
  } finally {
    ours.stop();
    bare.stop();
  }
}

async function inTurns(
  count: number,
  ours: Child,
  bare: Child,
  order: (k: number) => Order,
): Promise<{ ours: Times; bare: Times }> {
  const times = { ours: [] as number[], bare: [] as number[] };
  for (let k = 0; k < count; k++) {
    // Whoever begins may find a colder disk: they take turns in that too.
    const both = [
      { child: ours, into: times.ours },
      { child: bare, into: times.bare },
    ];
    for (const { child, into } of k % 2 === 0 ? both : both.reverse()) {
      into.push(number(await child.ask(order(k)), "ms"));
    }
  }
  return { ours: summary(times.ours), bare: summary(times.bare) };
}

function summary(all: readonly number[]): Times {
  const sorted = [...all].sort((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  const median = ((sorted[Math.floor(middle)] ?? Number.NaN) + (sorted[Math.ceil(middle)] ?? Number.NaN)) / 2;
  return { median, spread: (sorted.at(-1) ?? Number.NaN) / (sorted[0] ?? Number.NaN), all };
}

function number(answer: Answer, name: "ms" | "rows" | "worst" | "peakMb"): number {
  const value: unknown = Reflect.get(answer, name);
  if (typeof value !== "number") throw new Error(`no ${name} in ${JSON.stringify(answer)}`);
  return value;
}

class Child {
  readonly #process: ChildProcess;
  readonly #who: string;
  #deliver: PromiseWithResolvers<Answer> = expected();

  constructor(engine: string, role: "ours" | "bare", scale: Scale) {
    this.#who = `${engine}, ${role}`;
    const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
    this.#process = fork(here("./child.ts"), [engine, role, JSON.stringify(scale)], {
      // Node strips the types itself: nothing is loaded that a user would not load, and what is measured is
      // what is published (`ada-carbon` is dist/).
      execArgv: ["--expose-gc", "--disable-warning=ExperimentalWarning"],
    });
    this.#process.on("message", (answer: Answer) => this.#deliver.resolve(answer));
    this.#process.on("error", (error) => this.#deliver.reject(error));
    this.#process.on("exit", (code, signal) => {
      this.#deliver.reject(new Error(`${this.#who} ended with ${code ?? signal}`));
    });
  }

  async hello(): Promise<Hello> {
    const answer = await this.#answer();
    if (!("what" in answer)) throw new Error(`${this.#who}: ${JSON.stringify(answer)}`);
    return answer;
  }

  ask(order: Order): Promise<Answer> {
    this.#process.send(order);
    return this.#answer();
  }

  async #answer(): Promise<Answer> {
    const answer = await this.#deliver.promise;
    this.#deliver = expected();
    if ("failed" in answer) throw new Error(`${this.#who}: ${answer.failed}`);
    return answer;
  }

  stop(): void {
    if (this.#process.exitCode === null) this.#process.kill();
  }
}

/** An answer that need not be waited for: a child goes when it has been asked to. */
function expected(): PromiseWithResolvers<Answer> {
  const answer = Promise.withResolvers<Answer>();
  answer.promise.catch(() => undefined);
  return answer;
}
