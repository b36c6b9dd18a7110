import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

// Commands as a page prints them, and what they print.

/** The command lines of a ```` ```console ```` block, each with what the page says it prints. */
export function commandsOf(code: string): { readonly command: string; readonly printed: string }[] {
  return code
    .split(/^\$ /m)
    .slice(1)
    .map((text) => {
      const lines = text.trimEnd().split("\n");
      // A backslash at the end goes on in the next line.
      const last = lines.findIndex((line) => !line.endsWith("\\"));
      return {
        command: lines.slice(0, last + 1).join("\n"),
        printed: lines
          .slice(last + 1)
          .join("\n")
          .trimEnd(),
      };
    });
}

/** Where commands run. */
export interface Shell {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Commands in bash, one after the other. Those that end with `&` go on until {@link PrintedCommands.end}. */
export class PrintedCommands {
  readonly #shell: Shell;
  readonly #background: ChildProcess[] = [];

  constructor(shell: Shell) {
    this.#shell = shell;
  }

  /** What it prints on standard output; of one in the background the first line. Rejects if it fails. */
  async run(command: string): Promise<string> {
    return command.endsWith(" &") ? this.#start(command.slice(0, -2)) : this.#finish(command);
  }

  async #finish(command: string): Promise<string> {
    const child = this.#spawn(command);
    const output = { stdout: "", stderr: "" };
    for (const name of ["stdout", "stderr"] as const)
      child[name]?.setEncoding("utf8").on("data", (chunk: string) => {
        output[name] += chunk;
      });
    const [status] = await once(child, "close");
    if (status !== 0) throw new Error(`${command}\nended with ${status}: ${output.stderr}${output.stdout}`);
    return output.stdout;
  }

  async #start(command: string): Promise<string> {
    const child = this.#spawn(command);
    this.#background.push(child);
    let errors = "";
    child.stderr?.on("data", (chunk) => {
      errors += String(chunk);
    });
    if (child.stdout === null) throw new Error(`${command} has no output`);
    for await (const line of createInterface({ input: child.stdout })) return `${line}\n`;
    throw new Error(`${command}\nended without a word: ${errors}`);
  }

  #spawn(command: string): ChildProcess {
    const { cwd, env } = this.#shell;
    // A group of its own, so that what it started ends with it.
    return spawn("bash", ["-euc", command], { cwd, env, detached: true, stdio: ["ignore", "pipe", "pipe"] });
  }

  /** Ends what is still running in the background. */
  end(): void {
    for (const { pid } of this.#background.splice(0)) if (pid !== undefined) process.kill(-pid, "SIGKILL");
  }
}

/** Whether a text is what the page prints, in which `…` stands for anything on its line or, alone, for any lines. */
export function isAsPrinted(printed: string, output: string): boolean {
  const pattern = printed
    .replace(/[.*+?^${}()|[\]\\]/g, "\\$&")
    .replace(/^…$/gm, "[\\s\\S]*")
    .replaceAll("…", ".*");
  return new RegExp(`^${pattern}$`).test(output);
}
