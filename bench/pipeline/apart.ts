import { fork } from "node:child_process";
import { told } from "../told.js";
import { CONTESTANTS, timed } from "./contestants.js";
import type { Sums } from "./outcome.js";
import { taskNamed } from "./task.js";

// A contestant in a process of its own: what others leave behind is then not its garbage, and what V8 has learnt from
// their code does not slow its own down.

const FLAG = "--contestant";

export interface Apart {
  /** Length of the reply that it works on. */
  readonly bytes: number;
  /** Does the work once. */
  turn(): Promise<{ ms: number; outcome: Sums | undefined }>;
  end(): void;
}

/** Starts this same script again, for one contestant. */
export async function apart(who: string, shape: string): Promise<Apart> {
  const child = fork(process.argv[1] ?? "", [FLAG, who, shape]);
  const bytes = await told<number>(child);
  return {
    bytes,
    turn() {
      child.send("turn");
      return told(child);
    },
    end: () => child.disconnect(),
  };
}

/** In such a process, takes turns until nobody wants any more; elsewhere does nothing and is false. */
export async function isContestant(): Promise<boolean> {
  const [flag, who = "", shape = ""] = process.argv.slice(2);
  const make = CONTESTANTS[who];
  if (flag !== FLAG || make === undefined) return false;
  const task = taskNamed(shape);
  const contestant = await make(task);
  process.on("message", () => {
    void timed(contestant.run).then(({ ms, outcome }) => {
      const sums = outcome && { kwh: outcome.kwh, gco2eq: outcome.gco2eq, files: outcome.files.length };
      process.send?.({ ms, outcome: sums });
    });
  });
  process.once("disconnect", () => {
    contestant.end?.();
    process.exit(0);
  });
  process.send?.(task.body.length);
  return true;
}
