import type { Command } from "commander";
import { gridsOf } from "../intensity/project-grids.js";
import { cleanBasePath } from "../serve/handler.js";
import { parseListen } from "../serve/node-server.js";
import { isAdaCarbonError, messageOf } from "../usage/errors.js";
import { writtenGrid } from "./grid.js";
import { intensitySource, writtenGrids } from "./grids.js";
import { hostAdvice } from "./host-advice.js";
import { EXIT, type ExitStatus, type Io } from "./io.js";
import { type PrometheusServer, prometheusServers } from "./prometheus-servers.js";
import { SERVE_FOLDER, type ServeFlags } from "./serve-flags.js";
import { serveIdentity } from "./serve-identity.js";
import { serveLog } from "./serve-log.js";
import { withStores } from "./stores.js";
import { onOneLine } from "./wrap.js";

/** Prints the settings without secrets, tries whatever the service would talk to, and says how each went. */
export async function checkService(flags: ServeFlags, command: Command, io: Io): Promise<ExitStatus> {
  io.stdout.lines([...settingLines(flags, command), ""]);
  const servers = prometheusServers(flags, "ada-carbon serve --help", io);
  const checks: readonly (readonly [string, () => Promise<string>])[] = [
    ...servers.map((server) => [server.name, () => triedPrometheus(server, servers, flags, io)] as const),
    ["store", () => triedStore(flags, io)],
    ["grid", () => triedGrid(flags, io)],
    ["listen", async () => triedAddress(flags)],
    ["identity", async () => triedIdentity(flags, io)],
  ];
  const failed: string[] = [];
  for (const [name, attempt] of checks) {
    try {
      io.stdout.line(`ok      ${name.padEnd(11)} ${await attempt()}`);
    } catch (error) {
      const line = messageOf(error);
      io.stdout.line(`FAILED  ${name.padEnd(11)} ${onOneLine(line)}`);
      failed.push(name);
      if (!isAdaCarbonError(error) && io.signal.aborted) throw error;
    }
  }
  if (failed.length === 0) return EXIT.ok;
  io.stderr.line(`ada-carbon: the service would not work; see above what failed: ${failed.join(", ")}`);
  return EXIT.failed;
}

/** These hold secrets, whole or in part. */
const SECRET: readonly string[] = ["bearerToken", "header"];

function settingLines(flags: ServeFlags, command: Command): string[] {
  return Object.entries(flags)
    .filter(([name, value]) => value !== undefined && !["check", "config"].includes(name))
    .map(([name, value]) => {
      const source = command.getOptionValueSource(name) ?? "file";
      const where = source === "cli" ? "command line" : source;
      return `${name.padEnd(18)} ${shownValue(name, value, flags)}  (${where})`;
    });
}

function shownValue(name: string, value: unknown, flags: ServeFlags): string {
  if (SECRET.includes(name)) return "(set, not shown)";
  const text = typeof value === "string" ? value : (writtenValue(name, flags) ?? JSON.stringify(value));
  // A URL may hold a password before its @ and a key among its parameters.
  return text.replace(/([a-z][a-z+.-]*:\/\/)[^\s"@]*@/gi, "$1").replace(/(:\/\/[^\s"?]*)\?[^\s"]*/g, "$1");
}

/** A value that was read into parts, as it is written on the command line. */
function writtenValue(name: string, { prometheus, grid, market }: ServeFlags): string | undefined {
  if (name === "prometheus") return String(prometheus);
  if (name === "grid" && grid !== undefined) return writtenGrids(grid);
  return name === "market" && typeof market === "object" ? writtenGrid(market) : undefined;
}

async function triedPrometheus(
  server: PrometheusServer,
  servers: readonly PrometheusServer[],
  flags: ServeFlags,
  io: Io,
): Promise<string> {
  const { name, endpoint } = server;
  const { ADA_SITES, prometheusHostSource } = await import("../prometheus/index.js");
  // A server that is called as a site is asked for that site, and for no site that another server is called as.
  const isElsewhere = (site: string): boolean =>
    site !== name && servers.some((other) => other.name === site);
  const sites = Object.entries(flags.site ?? ADA_SITES).filter(([site]) => !isElsewhere(site));
  const hosts = prometheusHostSource({
    ...endpoint,
    windowMs: flags.window * 1000,
    sites: Object.fromEntries(sites),
  });
  const seen = await hosts.activeHosts(hosts.sites, { now: io.clock(), signal: io.signal });
  if (seen.hosts.length > 0) {
    const counts = Map.groupBy(seen.hosts, ({ site }) => site);
    return `${hosts.where}: ${hosts.sites.map((site) => `${site} ${counts.get(site)?.length ?? 0} hosts up`).join(", ")}`;
  }
  const wanted = { sites: Object.fromEntries(sites), flag: "--site" } as const;
  const advice = await hostAdvice([server], wanted, io.signal);
  throw new Error(`${hosts.where} answers, but no host of ${hosts.sites.join(", ")} is up: ${advice}`);
}

function triedStore(flags: ServeFlags, io: Io): Promise<string> {
  return withStores(
    flags,
    async ({ usage, where }) => {
      const projects = await usage.scopes("project", { signal: io.signal });
      try {
        const release = await usage.lock?.({ signal: io.signal });
        await release?.();
      } catch (error) {
        if (!isAdaCarbonError(error, "store-locked")) throw error;
        return `${where}: ${projects.length} projects stored; another run fills it, and this one would follow`;
      }
      return `${where}: ${projects.length} projects stored, and it can be written to`;
    },
    { fallback: SERVE_FOLDER, mayBegin: flags.sync || flags.tracker },
  );
}

async function triedGrid(flags: ServeFlags, io: Io): Promise<string> {
  const { ADA_SITES } = await import("../prometheus/index.js");
  const { sources } = gridsOf(await intensitySource(flags, io, { sites: flags.site ?? ADA_SITES }));
  const now = io.clock();
  const lines: string[] = [];
  for (const grid of sources) {
    const [period] = await grid.periods({ from: now, to: now + 1 }, { signal: io.signal });
    if (period === undefined) throw new Error(`${grid.id} answers, but knows nothing of now`);
    lines.push(`${grid.id}: ${period.gco2eqPerKwh} gCO2eq/kWh now (${period.kind})`);
  }
  return lines.join(", ");
}

function triedAddress({ listen, basePath }: ServeFlags): string {
  const { path, ...tcp } = parseListen(listen);
  const where = path ?? Object.values(tcp).join(" port ");
  return `${where}, paths begin with ${cleanBasePath(basePath)}/`;
}

async function triedIdentity(flags: ServeFlags, io: Io): Promise<string> {
  const identity = await serveIdentity(flags, io.clock, serveLog(io, "text"));
  return identity === undefined ? "nobody is known: sums only, for everybody" : "users are known";
}
