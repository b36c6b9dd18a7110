import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const BIN = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));

/** A port, or a socket where the arguments say so. */
const ADDRESS = /(http|unix):\S+/;

/** `ada-carbon serve` as a process of its own. */
export interface ServiceProcess {
  /** Where it listens, with the base path. */
  readonly url: string;
  /** What it has said on standard error. */
  log(): string;
  /** Resolves with the log when something is in it. */
  said(wanted: RegExp): Promise<string>;
  /** Ends it; resolves with its status and how long it took. */
  stop(signal?: NodeJS.Signals): Promise<{ status: number | null; ms: number }>;
}

/** Starts it on a free port; rejects with what it said if it ends before it listens. */
export async function startService(
  args: readonly string[],
  options: { readonly env?: Record<string, string>; readonly cwd?: string; readonly bin?: string } = {},
): Promise<ServiceProcess> {
  const child: ChildProcess = spawn(
    process.execPath,
    [options.bin ?? BIN, "serve", "--listen", "127.0.0.1:0", ...args],
    { cwd: options.cwd, env: { PATH: process.env.PATH, ...options.env }, stdio: ["ignore", "pipe", "pipe"] },
  );
  const ended = once(child, "exit");
  const output = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const)
    child[name]?.on("data", (chunk) => {
      output[name] += String(chunk);
    });
  const until = async (text: () => string, wanted: RegExp): Promise<string> => {
    for (const deadline = Date.now() + 60_000; !wanted.test(text()); ) {
      if (child.exitCode !== null || Date.now() > deadline)
        throw new Error(`it never said ${wanted}: ${output.stdout}${output.stderr}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    return text();
  };
  const [url = ""] = (await until(() => output.stdout, ADDRESS)).match(ADDRESS) ?? [];
  return {
    url,
    log: () => output.stderr,
    said: (wanted) => until(() => output.stderr, wanted),
    async stop(signal = "SIGTERM") {
      const begun = Date.now();
      child.kill(signal);
      const [status] = await ended;
      return { status, ms: Date.now() - begun };
    },
  };
}
