import type { Command } from "commander";
import { runService, type ServiceOptions } from "../serve/service.js";
import { given } from "../usage/given.js";
import { DAY_MS } from "../usage/hour.js";
import type { SiteProjects } from "../usage/site-projects.js";
import { configJsonSchema, defaultConfig, readConfig } from "./config-file.js";
import { intensitySource } from "./grids.js";
import { commandOf } from "./help.js";
import { hostAdvice } from "./host-advice.js";
import { EXIT, type ExitStatus, type Io } from "./io.js";
import { chosenPower } from "./power-options.js";
import { ownersOf, prometheusServers, serverNames } from "./prometheus-servers.js";
import { readInput } from "./read-input.js";
import { addServeOptions, SERVE_FOLDER, type ServeFlags } from "./serve-flags.js";
import { serveIdentity } from "./serve-identity.js";
import { serviceBasis, syncJob, trackerOf } from "./serve-jobs.js";
import { serveLog, withLoggedWarnings } from "./serve-log.js";
import { applySettings } from "./settings.js";
import { modesPolicy } from "./shared-options.js";
import { withStores } from "./stores.js";
import { liveModelOf } from "./tracker-options.js";

export function serveCommand(program: Command, io: Io, end: (status: ExitStatus) => void): Command {
  const command = commandOf(
    program,
    "serve",
    "--prometheus URL --store PLACE --site SITE=PROJECT... [OPTION]...\n--demo [OPTION]...\n--check [OPTION]...",
    PAGE,
  );
  return addServeOptions(command, io).action(async (given: ServeFlags) => {
    if (given.configSchema === true) {
      io.stdout.json(configJsonSchema());
      return end(EXIT.ok);
    }
    const path = given.config ?? io.env.ADA_CARBON_CONFIG ?? (await defaultConfig());
    const file = path === undefined ? undefined : { path, values: await readConfig(path) };
    applySettings(command, { env: io.env, file });
    const flags = await withSecrets(command.opts<ServeFlags>());
    if (flags.demo === true) {
      const { serveDemo } = await import("./serve-demo.js");
      await serveDemo(flags, io);
      return end(EXIT.ok);
    }
    if (flags.check === true) {
      const { checkService } = await import("./serve-check.js");
      return end(await checkService(flags, command, io));
    }
    await serve(flags, io);
    end(EXIT.ok);
  });
}

/** Secrets that are in files: a file of a credentials folder is read by nobody else. */
async function withSecrets(flags: ServeFlags): Promise<ServeFlags> {
  const { storeFile, bearerTokenFile } = flags;
  const store =
    storeFile === undefined ? flags.store : (await readInput(storeFile, "place of the store")).trim();
  const bearerToken =
    bearerTokenFile === undefined ? flags.bearerToken : await tokensIn(bearerTokenFile, flags);
  return { ...flags, ...given({ store, bearerToken }) };
}

/** The tokens in files, each for the server that the file is for. */
async function tokensIn(files: readonly string[], flags: ServeFlags): Promise<string[]> {
  const owned = ownersOf("--bearer-token-file", "FILE", files, serverNames(flags));
  return Promise.all(
    owned.map(async ({ server, text: file }) => {
      const token = (await readInput(file, "token")).trim();
      return server === undefined ? token : `${server}=${token}`;
    }),
  );
}

async function serve(flags: ServeFlags, io: Io): Promise<void> {
  const servers = prometheusServers(flags, SEE_ALSO, io);
  const log = serveLog(io, flags.log);
  const own = withLoggedWarnings(io, log);
  await withStores(
    flags,
    async (stores) => {
      if (flags.migrate === true) await stores.migrate(io.signal);
      const { ADA_SITES } = await import("../prometheus/live/sites.js");
      const sites: SiteProjects = flags.site ?? ADA_SITES;
      const cache = { kept: stores.intensityCache, flags };
      const intensity = await intensitySource(flags, io, { cache, sites });
      const wanted = { sites, flag: "--site" } as const;
      const { model: power } = await chosenPower(flags, modesPolicy(flags), stores, own);
      const live = await liveModelOf(flags, power, stores, own);
      const options: ServiceOptions = {
        ...(await serviceBasis(flags, sites, io)),
        log,
        where: stores.where,
        api: {
          usage: stores.usage,
          workspaces: stores.workspaces,
          averages: stores.averages,
          intensity,
          sites,
          power,
          liveModel: live.id,
          fallbackGco2eqPerKwh: flags.fallbackIntensity,
          zone: flags.zone,
          corsOrigins: flags.corsOrigin,
        },
        identity: await serveIdentity(flags, io.clock, log),
        ...(flags.tracker
          ? {
              track: {
                tracker: await trackerOf(flags, servers, stores, sites, live, own),
                everyMs: flags.pollSeconds * 1000,
                advice: (signal) => hostAdvice(servers, wanted, signal),
              },
            }
          : {}),
        ...(flags.sync
          ? {
              sync: {
                ...syncJob(flags, servers, stores, sites, own),
                backfillMs: flags.backfillDays * DAY_MS,
                recentMs: flags.repairDays * DAY_MS,
              },
            }
          : {}),
      };
      await runService(options, io.signal, (address) => io.stdout.line(address));
    },
    { fallback: SERVE_FOLDER, mayBegin: flags.sync || flags.tracker },
  );
}

const SEE_ALSO = "ada-carbon serve --help (PROMETHEUS_URL sets it, too), or try ada-carbon serve --demo";

const PAGE = {
  description: [
    "One process: the API and its pages, the live tracker, and the hours of sync, every hour and back into the past. It keeps all it knows in the store, so it can be stopped and started at any time.",
    "",
    "One service at a time fills a store. A second one on the same store shows what is there, and takes over when the first has ended. While it runs, commands that write (sync, restate, prune, import) say that the store is in use.",
    "",
    "A setting is taken from the command line, else from the environment (--poll-seconds is ADA_CARBON_POLL_SECONDS; lists with commas; PROMETHEUS_URL is known, too), else from a file of JSON (pollSeconds; --config, or ada-carbon.config.json here).",
    "",
    "Everybody sees sums over many people. Who somebody is, and may therefore see of their own, is said by a reverse proxy (--identity-header with --trusted-proxy) or by a token (--jwt-issuer, --jwt-audience and keys).",
    "",
    "SIGTERM and SIGINT end it with status 0: streams are ended, and what is being stored is stored whole.",
  ].join("\n"),
  sections: [
    {
      title: "PATHS",
      body: [
        "    /           the Analysis page of the first site; /SITE/ of each",
        "    /api/       the API; /api/docs describes it",
        "    /metrics    for Prometheus",
        "    /health     200 while the process is up",
        "    /ready      200 if the store answers and the last poll and sync are not too old, else 503 with reasons",
        "",
        "All of them lie below --base-path; the last three without it as well.",
      ].join("\n"),
    },
  ],
  examples: [
    "ada-carbon serve --demo",
    "ada-carbon serve --prometheus http://localhost:9090 --store sqlite:carbon.db \\",
    "    --label project=job --site mine=node",
    "ada-carbon serve --prometheus https://prometheus.example --store sqlite:carbon.db \\",
    "    --site isis=IDAaaS --site clf=CDAaaS --base-path /carbon --zone Europe/London \\",
    "    --identity-header X-Remote-User --trusted-proxy 127.0.0.1",
    "ada-carbon serve --check --config ada-carbon.config.json",
  ],
};
