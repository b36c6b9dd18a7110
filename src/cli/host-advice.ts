import { AdaCarbonError, isAdaCarbonError } from "../usage/errors.js";
import type { SiteProjects } from "../usage/site-projects.js";
import type { PrometheusServer } from "./prometheus-servers.js";

/** What is asked for where sites are followed: their projects, and the flag that names a site. */
export interface WantedSites {
  readonly sites: SiteProjects;
  readonly flag: "--site" | "--site-project";
}

/** A label that every scraped target has. */
const JOB = "job";
/** Of a large cloud the first projects show what is meant. */
const MOST_NAMED = 6;

/**
 * Why none of the wanted hosts was found, by what each server does have, and the flags that name that. They were looked
 * for among those that are up now, or in hours that are over.
 */
export async function hostAdvice(
  servers: readonly PrometheusServer[],
  wanted: WantedSites | undefined,
  signal: AbortSignal,
  when: "now" | "in past hours" = "now",
): Promise<string> {
  const advice = await Promise.all(
    servers.map(async (server) => {
      const text = await adviceOfServer(server, wanted, when, signal).catch((error: unknown) => {
        if (isAdaCarbonError(error)) return error.message;
        if (signal.aborted) return "stopped";
        throw error;
      });
      return servers.length === 1 ? text : `${server.name}: ${text}`;
    }),
  );
  return advice.join("; ");
}

async function adviceOfServer(
  { endpoint }: PrometheusServer,
  wanted: WantedSites | undefined,
  when: "now" | "in past hours",
  signal: AbortSignal,
): Promise<string> {
  const { ADA_LABELS, prometheusCpuSource } = await import("../prometheus/index.js");
  const own = endpoint.labels?.project ?? ADA_LABELS.project;
  for (const label of new Set([own, ADA_LABELS.project, JOB])) {
    const cpu = prometheusCpuSource({ ...endpoint, labels: { ...endpoint.labels, project: label } });
    const projects = await cpu.projects(undefined, { signal });
    if (projects.length > 0)
      return label === own
        ? ofProjects(label, projects, wanted, when)
        : ofLabel(own, label, projects, wanted);
  }
  return "Prometheus has no CPU counters of a node_exporter (node_cpu_seconds_total)";
}

/** The label is right; the projects are others, or silent. */
function ofProjects(
  label: string,
  projects: readonly string[],
  wanted: WantedSites | undefined,
  when: "now" | "in past hours",
): string {
  const isWanted =
    wanted === undefined ||
    Object.values(wanted.sites)
      .flat()
      .some((project) => projects.includes(project));
  const known = knownText(label, projects);
  if (isWanted && when === "in past hours")
    return `${known}, but has no samples of ${wanted === undefined ? "them" : "those wanted"} from then; of hosts it has only just begun to scrape, the first hour is there once it is over`;
  if (isWanted) return `${known}, but ${wanted === undefined ? "none of them" : "no wanted one"} is up`;
  return `${known}: give ${siteFlags(projects, wanted).join(" ")}`;
}

function ofLabel(
  own: string,
  label: string,
  projects: readonly string[],
  wanted: WantedSites | undefined,
): string {
  const flags = [`--label project=${label}`, ...siteFlags(projects, wanted)];
  return `no host has the label ${own}; ${knownText(label, projects)}: give ${flags.join(" ")}`;
}

function knownText(label: string, projects: readonly string[]): string {
  const more = projects.length > MOST_NAMED ? ` and ${projects.length - MOST_NAMED} more` : "";
  return `by the label ${label} Prometheus knows ${projects.slice(0, MOST_NAMED).join(", ")}${more}`;
}

function siteFlags(projects: readonly string[], wanted: WantedSites | undefined): string[] {
  if (wanted === undefined) return [];
  return projects.slice(0, MOST_NAMED).map((project) => `${wanted.flag} mine=${shellWord(project)}`);
}

/** Runs it. Where it finds no host of any project, the error also says which label and projects there are. */
export async function advisingOnLabels<Result>(
  servers: readonly PrometheusServer[],
  wanted: WantedSites | undefined,
  signal: AbortSignal,
  run: () => Promise<Result>,
): Promise<Result> {
  try {
    return await run();
  } catch (cause) {
    if (!isAdaCarbonError(cause, "no-data")) throw cause;
    const advice = await hostAdvice(servers, wanted, signal, "in past hours");
    throw new AdaCarbonError("no-data", `${cause.message}; ${advice}`, { cause });
  }
}

/** A word as a shell takes it. */
function shellWord(text: string): string {
  return /^[\w.:/@%+-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
