import type { Fault, HostDescription } from "ada-carbon/testing";

// What the campaigns with servers that go up and down share: hosts with hostile names, and ways of not being there.

/** Names that mean something to a query, a path, a terminal or a line. */
export const HOSTILE_HOSTS: readonly (HostDescription & { readonly project: string })[] = [
  { project: "IDAaaS" },
  { project: 'Q"uo\\te.*|d', instance: "quoted:9100", machine: 'Arte"mis\\ (1)', user: 'o"neil\\' },
  { project: "../../etc", instance: "path:9100", machine: "🔬 micro\nscope", user: "CON" },
  { project: "\u001b[2Jgone", instance: "screen:9100", machine: "\u202eeuqinU", user: "unattributed" },
];

/** What a server does that is not there, in the ways in which servers are not there. */
const DOWN: readonly Fault[] = [
  { reset: true },
  { status: 503, body: "no healthy upstream" },
  { status: 502, body: "<html>Bad gateway</html>" },
  { status: 200, body: "" },
  { truncateAt: 40 },
  { status: 429, body: "slow down", headers: { "retry-after": "1" } },
];
const LONGEST_MS = 900;
/** What a terminal obeys, but for the ends of lines. */
const UNCLEAN = /(?!\n)[\p{Cc}\p{Bidi_C}]/u;

/** The servers that a campaign takes away, each for itself. */
export type Down = { prometheus?: Fault | undefined; grid?: Fault | undefined };
export const SERVERS = ["prometheus", "grid"] as const;

/** Nothing half of the time, and a way of not being there else. */
export function upOrDown(random: () => number): Fault | undefined {
  return random() < 0.5 ? undefined : DOWN[Math.floor(random() * DOWN.length)];
}

/** Takes both servers down and up again at random moments, until stopped; they are up then. */
export function flapping(down: Down, random: () => number): () => void {
  const timers = new Map<string, ReturnType<typeof setTimeout>>();
  const turn = (server: keyof Down): void => {
    down[server] = upOrDown(random);
    timers.set(server, setTimeout(turn, random() * LONGEST_MS, server));
  };
  for (const server of SERVERS) turn(server);
  return () => {
    for (const timer of timers.values()) clearTimeout(timer);
    for (const server of SERVERS) down[server] = undefined;
  };
}

/** Whether a command said more than it should: a stack trace, or what a terminal obeys. */
export function isUnclean(said: string): boolean {
  return /\n {4}at /.test(said) || UNCLEAN.test(said);
}
