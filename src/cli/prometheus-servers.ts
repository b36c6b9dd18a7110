import { type Command, InvalidArgumentError, Option } from "commander";
import type { Matcher } from "../prometheus/client/promql.js";
import type { LabelNames } from "../prometheus/client/queries.js";
import type { PrometheusCpuOptions } from "../prometheus/cpu-source.js";
import { given } from "../usage/given.js";
import { didYouMean } from "../usage/nearest-name.js";
import type { SiteProjects } from "../usage/site-projects.js";
import type { Io } from "./io.js";
import { type GivenHeader, header, labelName, matcher, url } from "./parse.js";
import { withEnv } from "./shared-options.js";
import { UsageError } from "./usage-error.js";

/** Where one Prometheus is or several are, how to be let in, and which of their series are meant. */
export interface PrometheusFlags extends SeriesFlags {
  /** `URL`, or `NAME=URL` of each. */
  readonly prometheus?: readonly string[];
  readonly header?: readonly GivenHeader[];
  /** Like tokens: of the only server, or `NAME=TENANT`. */
  readonly tenant?: readonly string[];
  readonly bearerToken?: readonly string[];
}

/** Which series are meant. */
export interface SeriesFlags {
  readonly label?: Partial<LabelNames>;
  readonly match?: readonly Matcher[];
}

/** A server, with what whatever asks it has to know. Nothing of it goes to another one. */
export interface PrometheusServer {
  /** As the flags name it; a single one need not have a name. */
  readonly name: string;
  readonly endpoint: Pick<
    PrometheusCpuOptions,
    "url" | "fetch" | "headers" | "bearerToken" | "labels" | "matchers"
  >;
}

export function prometheusUrlOption(io: Io): Option {
  const what =
    "Prometheus, Thanos, Mimir (with /prometheus) or VictoriaMetrics; NAME=URL again and again for several";
  return withEnv(severalTexts("--prometheus <url>", what, placesIn), io, "ADA_CARBON_PROMETHEUS");
}

export function addPrometheusOptions(command: Command, io: Io): Command {
  return addSeriesOptions(addAccessOptions(command, io));
}

/** How to be let in. */
export function addAccessOptions(command: Command, io: Io): Command {
  return command
    .option(
      "--header <'K: V'>",
      "sent to Prometheus, such as 'THANOS-TENANT: isis', or to one of several, NAME='K: V'; several times",
      header,
    )
    .addOption(
      withEnv(
        severalTexts(
          "--tenant <tenant>",
          "of Mimir or Cortex (X-Scope-OrgID), or of one of several servers, NAME=TENANT; several times",
          (text) => text.split(",").map((part) => part.trim()),
        ),
        io,
        "ADA_CARBON_TENANT",
      ),
    )
    .addOption(
      withEnv(
        severalTexts(
          "--bearer-token <token>",
          "sent to Prometheus, or to one of several, NAME=TOKEN again and again",
          (text) => [text],
        ),
        io,
        "ADA_CARBON_BEARER_TOKEN",
      ),
    );
}

/** An option that collects texts. What the environment has is a default: the first flag takes its place. */
function severalTexts(flags: string, what: string, textsIn: (text: string) => readonly string[]): Option {
  const option = new Option(flags, what);
  return option.argParser((text: string, before: readonly string[] | undefined) => [
    ...(before === option.defaultValue ? [] : (before ?? [])),
    ...textsIn(text),
  ]);
}

export function addSeriesOptions(command: Command): Command {
  return command
    .option(
      "--label <kind=label>",
      "name of the label of a project, machine, user or instance; several times",
      labelName,
    )
    .option(
      "--match <label=value>",
      "further condition on the series, such as job=node; several times",
      matcher,
    );
}

export function seriesOptions(flags: SeriesFlags): Pick<PrometheusCpuOptions, "labels" | "matchers"> {
  return given({ labels: flags.label, matchers: flags.match });
}

/** URLs, or `NAME=URL`, with commas between them. */
function placesIn(text: string): string[] {
  const places = text.split(/,(?=[^,=/:]+=https?:)/i).map((place) => place.trim());
  for (const place of places) {
    const { address } = placeOf(place);
    if (address === "") throw new InvalidArgumentError("Write it as URL or NAME=URL.");
    url("--prometheus")(address);
  }
  return places;
}

function placeOf(place: string): { readonly name: string | undefined; readonly address: string } {
  const [, name, address = place] = /^([^=/:?#]+)=(.*)$/s.exec(place) ?? [];
  return { name, address };
}

/** What the servers are called that have a name. */
export function serverNames({ prometheus = [] }: PrometheusFlags): string[] {
  return prometheus.flatMap((place) => placeOf(place).name ?? []);
}

/** The servers that the flags name, at least one. */
export function prometheusServers(
  flags: PrometheusFlags,
  seeAlso: string,
  io: Io,
): readonly PrometheusServer[] {
  const { prometheus: places = [] } = flags;
  if (places.length === 0) throw new UsageError(`--prometheus URL is missing; see ${seeAlso}`);
  const named = places.map(placeOf);
  // As of any flag that is given again, the last counts.
  const unnamed = named.filter(({ name }) => name === undefined);
  const servers = named.filter((place) => place.name !== undefined || place === unnamed.at(-1));
  if (servers.length > 1 && unnamed.length > 0)
    throw new UsageError("--prometheus: several servers need a name each, such as --prometheus isis=URL");
  if (unnamed.length > 1)
    io.stderr.warning("of several --prometheus the last counts; name each to ask all: --prometheus isis=URL");
  const names = serverNames(flags);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined)
    throw new UsageError(`--prometheus: two servers are called ${twice}; give each a name of its own`);
  const tenants = ownersOf("--tenant", "TENANT", flags.tenant ?? [], names);
  const tokens = ownersOf("--bearer-token", "TOKEN", flags.bearerToken ?? [], names);
  const headers = (flags.header ?? []).map((header) => ({
    ...header,
    server: ownerOf("--header", "'K: V'", header.server, names),
  }));
  return servers.map(({ name, address }) => {
    const isOwn = ({ server }: { readonly server: string | undefined }): boolean => server === name;
    const own = Object.fromEntries(headers.filter(isOwn).map((header) => [header.name, header.value]));
    const tenant = tenants.findLast(isOwn);
    const token = tokens.findLast(isOwn);
    const sent = { ...own, ...given({ "X-Scope-OrgID": tenant?.text }) };
    return {
      name: name ?? "prometheus",
      endpoint: {
        url: address,
        fetch: io.fetch,
        ...(Object.keys(sent).length === 0 ? {} : { headers: sent }),
        ...given({ bearerToken: token?.text }),
        ...seriesOptions(flags),
      },
    };
  });
}

/** A simulated server: it wants no credentials. */
export function simulatedServer(url: string, flags: SeriesFlags, io: Io): PrometheusServer {
  return { name: "prometheus", endpoint: { url, fetch: io.fetch, ...seriesOptions(flags) } };
}

interface OwnedText {
  readonly server: string | undefined;
  readonly text: string;
}

/** Texts such as `isis=team-a` by the server that they are for. They may be secrets, so no message repeats them. */
export function ownersOf(
  flag: string,
  what: string,
  texts: readonly string[],
  names: readonly string[],
): OwnedText[] {
  return texts.flatMap((text) => {
    const own = names.find((name) => text.startsWith(`${name}=`));
    if (own !== undefined) return { server: own, text: text.slice(own.length + 1) };
    return { server: ownerOf(flag, what, undefined, names), text };
  });
}

/** The server that something is for, which has to be said where there are several. */
function ownerOf(
  flag: string,
  what: string,
  server: string | undefined,
  names: readonly string[],
): string | undefined {
  if (server === undefined && names.length < 2) return names[0];
  if (server !== undefined && names.includes(server)) return server;
  const written = names.map((name) => `${name}=${what}`).join(" or ");
  const fault =
    server === undefined
      ? `say which server it is for: ${written}`
      : `there is no server ${JSON.stringify(server)}${didYouMean(server, names)}${names.length === 0 ? "; name it, such as --prometheus isis=URL" : `; write ${written}`}`;
  throw new UsageError(`${flag}: ${fault}`);
}

/** The sources that are made of each server, joined into one. */
export function joined<Source>(
  servers: readonly PrometheusServer[],
  make: (server: PrometheusServer) => Source,
  join: (sources: { readonly name: string; readonly source: Source }[]) => Source,
): Source {
  const sources = servers.map((server) => ({ name: server.name, source: make(server) }));
  const [only] = sources;
  return only !== undefined && sources.length === 1 ? only.source : join(sources);
}

/** The projects that a server has which is called as a site. */
export function projectsOfSite(sites: SiteProjects | undefined, name: string): readonly string[] | undefined {
  return sites !== undefined && Object.hasOwn(sites, name) ? [sites[name] ?? []].flat() : undefined;
}
