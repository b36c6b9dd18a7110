import { type Command, Option } from "commander";
import type { Io } from "./io.js";
import { collect, count, number, zone } from "./parse.js";
import { prometheusUrlOption } from "./prometheus-servers.js";
import { type SiteFlags, siteOption } from "./shared-options.js";
import { addStoreOptions, type StoreFlags } from "./stores.js";
import { addSyncRunOptions, type SyncRunFlags } from "./sync-options.js";
import { addTrackerPowerOptions, addTrackerTimeOptions, type TrackerFlags } from "./tracker-options.js";

/** Where `serve` keeps numbers if nothing else is said. */
export const SERVE_FOLDER = "ada-carbon-data";

/** What `serve` is told, by flags, environment or a file. */
export interface ServeFlags extends SyncRunFlags, SiteFlags, StoreFlags, TrackerFlags {
  readonly config?: string;
  readonly configSchema?: true;
  readonly check?: true;
  readonly demo?: true;
  readonly migrate?: boolean;
  readonly storeFile?: string;
  readonly bearerTokenFile?: readonly string[];
  readonly listen: string;
  readonly basePath: string;
  readonly zone: string;
  readonly corsOrigin?: readonly string[];
  readonly frameAncestor?: readonly string[];
  readonly pollSeconds: number;
  readonly backfillDays: number;
  readonly sync: boolean;
  readonly tracker: boolean;
  readonly identityHeader?: string;
  readonly groupsHeader?: string;
  readonly trustedProxy?: readonly string[];
  readonly operator?: readonly string[];
  readonly jwtIssuer?: string;
  readonly jwtAudience?: string;
  readonly jwtJwks?: string;
  readonly jwtKeyFile?: string;
  readonly jwtUserClaim?: string;
  readonly jwtGroupsClaim?: string;
  readonly log: "text" | "json";
}

export function addServeOptions(command: Command, io: Io): Command {
  command
    .option("--config <file>", "settings as JSON (ada-carbon.config.json, if there is one)")
    .addOption(prometheusUrlOption(io))
    .addOption(siteOption());
  addStoreOptions(command, io)
    .option("--store-file <file>", "a file with the PLACE of --store, where that holds a password")
    .option("--migrate", "make the tables that are missing in a database, as ada-carbon migrate does")
    .option("--listen <address>", "[HOST:]PORT, or unix:PATH", "127.0.0.1:8080")
    .option("--base-path <path>", "what comes before all paths, such as /carbon", "/")
    .option("--zone <zone>", "whose days and months are shown, such as Europe/London", zone, "UTC")
    .option("--cors-origin <origin>", "whose scripts may read the API; several times", collect)
    .option("--frame-ancestor <origin>", "whose pages may hold this one in a frame; several times", collect)
    .option("--poll-seconds <seconds>", "how often live hosts are looked at", number(1, "seconds"), 60)
    .option("--backfill-days <days>", "how much of the past is computed at the start", count, 14)
    .option("--no-sync", "compute no hours: those that the tracker counted are stored instead")
    .option("--no-tracker", "follow no live hosts");
  addServeIdentityOptions(command);
  addTrackerTimeOptions(addTrackerPowerOptions(addSyncRunOptions(command, io)));
  return command
    .option("--bearer-token-file <file>", "a file with the token of --bearer-token; several times", collect)
    .addOption(
      new Option("--log <format>", "how lines are written").choices(["text", "json"]).default("text"),
    )
    .option("--check", "print the settings, try Prometheus, store and grid, and end")
    .option("--config-schema", "print the JSON schema of the file of --config, and end")
    .addOption(
      new Option("--demo", "a simulated cluster and grid, kept in memory; needs no server").conflicts([
        "prometheus",
        "store",
        "storeFile",
        "out",
        "site",
        "check",
      ]),
    );
}

function addServeIdentityOptions(command: Command): Command {
  return command
    .option(
      "--identity-header <name>",
      "header in which a trusted proxy names the user, such as X-Remote-User",
    )
    .option("--groups-header <name>", "header in which it names the groups, with commas between them")
    .option(
      "--trusted-proxy <network>",
      "who is believed: an address, 10.1.0.0/16, unix; several times",
      collect,
    )
    .option("--operator <name>", "a user who sees everybody's data; several times", collect)
    .option("--jwt-issuer <url>", "identity by bearer tokens (JWT) of this issuer instead")
    .option("--jwt-audience <name>", "the audience that they must be for")
    .option("--jwt-jwks <url>", "where the issuer's keys are")
    .option("--jwt-key-file <file>", "the issuer's public keys: PEM, JWK or JWKS")
    .option("--jwt-user-claim <claim>", "the claim with the user's name (sub without)")
    .option("--jwt-groups-claim <claim>", "the claim with the groups (groups without)");
}
