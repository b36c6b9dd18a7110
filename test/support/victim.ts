import type { ChildProcess } from "node:child_process";

/** A process that a test talks to, and kills. */
export interface Victim {
  readonly process: ChildProcess;
  /** When it has printed that; rejects with what it printed instead once it is gone. */
  says(text: string): Promise<void>;
  go(): void;
  /** What it printed, once it is gone. */
  readonly gone: Promise<string>;
}

const started: Victim[] = [];

export function victimOf(child: ChildProcess): Victim {
  let printed = "";
  child.stdout?.on("data", (chunk) => {
    printed += chunk;
    child.emit("printed");
  });
  child.stderr?.on("data", (chunk) => {
    printed += chunk;
  });
  const gone = new Promise<string>((resolve) => child.once("close", () => resolve(printed)));
  const says = (text: string): Promise<void> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        if (printed.includes(text)) resolve();
      };
      look();
      child.on("printed", look);
      void gone.then(() => reject(new Error(printed)));
    });
  const all = { process: child, says, go: () => void child.stdin?.write("go\n"), gone };
  started.push(all);
  return all;
}

/** After a failure some may still wait, or write. */
export async function endVictims(): Promise<void> {
  for (const { process } of started) process.kill("SIGKILL");
  await Promise.all(started.splice(0).map(({ gone }) => gone));
}
