import { messageOf } from "../usage/errors.js";
import { timer } from "../workspaces/schedule.js";
import { type OutputStream, Printer } from "./printer.js";

/** The world as the command line finds it; tests hand in another. */
export interface World {
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: () => number;
  readonly signal: AbortSignal;
  /** Waits so many milliseconds, or returns early when aborted. Default: a timer. */
  readonly sleep?: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** The world as commands see it. */
export interface Io extends Required<Omit<World, "stdout" | "stderr">> {
  readonly stdout: Printer;
  readonly stderr: Printer;
  /** For every request that a command makes: `--verbose` says what was asked. */
  readonly fetch: typeof fetch;
}

export function ioOf(world: World): Io {
  const [stdout, stderr] = [new Printer(world.stdout, world.env), new Printer(world.stderr, world.env)];
  return { sleep: timer, ...world, stdout, stderr, fetch: loggedFetch(stderr) };
}

/** What a run ended as, for the shell. */
export const EXIT = { ok: 0, failed: 1, usage: 2, incomplete: 3, interrupted: 130 } as const;
export type ExitStatus = (typeof EXIT)[keyof typeof EXIT];

/** The most characters of a query that are shown. */
const SHOWN_CHARACTERS = 300;

/** The platform's fetch, which says with `--verbose` what was asked, how it was answered and how long that took. */
function loggedFetch(stderr: Printer): typeof fetch {
  return async (input, init) => {
    if (stderr.volume !== "verbose") return fetch(input, init);
    const request = new Request(input, init);
    const asked = await questionOf(request);
    const begun = performance.now();
    const say = (ended: string): void =>
      stderr.detail(`${asked}: ${ended} after ${Math.round(performance.now() - begun)} ms`);
    try {
      const response = await fetch(request);
      say(String(response.status));
      return response;
    } catch (error) {
      say(messageOf(error));
      throw error;
    }
  };
}

/** Parameters by which a service that takes no header is told who asks, as ENTSO-E's `securityToken`. */
const SECRET = /token|secret|passw|api_?key/i;

/** Where a request goes and what it asks for. Credentials are not shown: neither headers nor parameters of such names. */
async function questionOf(request: Request): Promise<string> {
  const { protocol, host, pathname, search } = new URL(request.url);
  const parameters = request.method === "POST" ? await request.clone().text() : search.slice(1);
  const text = [...new URLSearchParams(parameters)]
    .map(([name, value]) => `${name}=${SECRET.test(name) ? "***" : value}`)
    .join(" ");
  const shown = text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}...` : text;
  return `${request.method} ${protocol}//${host}${pathname} ${shown}`.trim();
}
