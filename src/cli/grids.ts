import type { IntensityCache } from "../intensity/cache-port.js";
import type { IntensitySource, MarginalSource } from "../intensity/port.js";
import type { ProjectGrids } from "../intensity/project-grids.js";
import { badInput } from "../usage/errors.js";
import { didYouMean } from "../usage/nearest-name.js";
import { remembered } from "../usage/remembered.js";
import type { SiteProjects } from "../usage/site-projects.js";
import { anyGrid, averageGrid, GRID_KINDS, type GridName, parseGrid, writtenGrid } from "./grid.js";
import type { Io } from "./io.js";
import { UsageError } from "./usage-error.js";

/** What `--grid` says, given once or several times: grids by name of project, site or place, and that of all others. */
export interface GridChoice {
  readonly named: ReadonlyMap<string, GridName>;
  readonly others: GridName | undefined;
}

export interface IntensityFlags {
  readonly grid?: GridChoice;
  readonly intensity?: string;
  readonly region?: number;
  /** Where gb is asked, if not at its own service: no flag, but the grid of a demo. */
  readonly gbUrl?: string;
}

export interface IntensityCacheFlags extends Pick<IntensityFlags, "grid"> {
  readonly intensityCache: boolean;
}

const BEGINS_GRID = `(?:${GRID_KINDS.join("|")})(?:[:/?,]|$)`;
const NAMED = new RegExp(`^(?!${BEGINS_GRID})(.+?)=(?=${BEGINS_GRID})`, "s");
/** A file's name may have commas of its own. */
const BETWEEN_GRIDS = new RegExp(`,(?=(?:[^,=]*=)?${BEGINS_GRID})`);

/**
 * Reads `gb/12`, `IDAaaS=gb/12` or several with commas between them, and adds them to what was read before. `bad-input`
 * where a name has two grids.
 */
export function parseGrids(text: string, before?: GridChoice): GridChoice {
  const named = new Map(before?.named);
  let others = before?.others;
  for (const part of text.split(BETWEEN_GRIDS)) {
    const [start, name] = NAMED.exec(part) ?? misspeltGrid(part);
    const grid = parseGrid(part.slice(start.length));
    if (name === undefined && others !== undefined)
      throw badInput(`two grids without a name: write NAME=${part}, or leave one out`);
    if (name !== undefined && named.has(name)) throw badInput(`${JSON.stringify(name)} has two grids`);
    if (name === undefined) others = grid;
    else named.set(name, grid);
  }
  return { named, others };
}

/** What {@link parseGrids} reads as those grids. */
export function writtenGrids({ named, others }: GridChoice): string {
  const ofProjects = Array.from(named, ([name, grid]) => `${name}=${writtenGrid(grid)}`);
  return [...ofProjects, ...(others === undefined ? [] : [writtenGrid(others)])].join(",");
}

/** `IDAaaS=gbb` is a name and a grid that there is not; without `=` it is a grid alone. */
function misspeltGrid(part: string): readonly [string, string?] {
  const [start = "", name] = new RegExp(`^(?!${BEGINS_GRID})([^=:/?]+)=`).exec(part) ?? [];
  return name === undefined ? [""] : [start, name];
}

/** Great Britain is meant where no grid is named, or one of its regions. */
function othersOf({ grid, region }: IntensityFlags): GridName {
  if (grid !== undefined && region !== undefined)
    throw new UsageError("--region is about gb: leave it out with --grid, or write --grid gb:REGION");
  return (
    grid?.others ?? { kind: "gb", place: region === undefined ? undefined : String(region), options: {} }
  );
}

function kindsOf(flags: IntensityFlags): ReadonlySet<GridName["kind"]> {
  return new Set([...(flags.grid?.named.values() ?? []), othersOf(flags)].map(({ kind }) => kind));
}

/** Whether every grid is that of the demo, where there is one. */
export function isSimulatedGrid(flags: IntensityFlags): boolean {
  return [...kindsOf(flags)].every((kind) => kind === "gb");
}

/** Makes each grid once, however many have it. */
function maker<Source>(
  flags: IntensityFlags,
  make: (grid: GridName, url: string | undefined) => Promise<Source>,
): (grid: GridName) => Promise<Source> {
  if (flags.intensity !== undefined && kindsOf(flags).size > 1)
    throw new UsageError(
      "--intensity is the address of one service: leave it out where grids are of several kinds",
    );
  const made = new Map<string, Promise<Source>>();
  return (grid) => {
    const key = JSON.stringify(grid);
    const url = (grid.kind === "gb" ? flags.gbUrl : undefined) ?? flags.intensity;
    return remembered(made, key, () => make(grid, url));
  };
}

/** Where sources are kept, and which names are sites. */
export interface GridSurroundings {
  readonly cache?: { readonly kept: IntensityCache; readonly flags: IntensityCacheFlags } | undefined;
  /** The projects of sites; a name is then a site or one of these projects. */
  readonly sites?: SiteProjects | undefined;
}

/** The grid, or the grids of projects, by whose hours use is accounted for. */
export async function intensitySource(
  flags: IntensityFlags,
  io: Io,
  { cache, sites }: GridSurroundings = {},
): Promise<IntensitySource | ProjectGrids> {
  const sourceOf = maker(flags, async (grid, url) => {
    const source = await averageGrid(grid, url, io);
    // A file is at hand.
    if (cache === undefined || !cache.flags.intensityCache || grid.kind === "file") return source;
    const { cachedIntensity } = await import("../intensity/cache.js");
    return cachedIntensity(source, cache.kept, { clock: io.clock });
  });
  const others = await sourceOf(othersOf(flags));
  const projects = new Map<string, IntensitySource>();
  for (const [name, grid] of flags.grid?.named ?? []) {
    const source = await sourceOf(grid);
    for (const project of projectsOf(name, sites)) {
      if (projects.has(project)) throw new UsageError(`--grid: the project ${project} has two grids`);
      projects.set(project, source);
    }
  }
  return projects.size === 0 ? others : { projects: Object.fromEntries(projects), others };
}

/** Whom a name of `--grid` means: the projects of a site, or a project. */
function projectsOf(name: string, sites: GridSurroundings["sites"]): readonly string[] {
  if (sites === undefined) return [name];
  if (Object.hasOwn(sites, name)) return [sites[name] ?? []].flat();
  const known = [...Object.keys(sites), ...Object.values(sites).flat()];
  if (known.includes(name)) return [name];
  throw new UsageError(
    `--grid: there is no site or project ${JSON.stringify(name)}; there are ${known.join(", ")}${didYouMean(name, known)}`,
  );
}

/** The one grid of a command that is about one; it may also be one that only says when to run something. */
export async function gridSource(flags: IntensityFlags, io: Io): Promise<IntensitySource | MarginalSource> {
  if ((flags.grid?.named.size ?? 0) > 0)
    throw new UsageError("--grid: give one grid, without a name; several are for --best and wait");
  return anyGrid(othersOf(flags), flags.intensity, io);
}

/** The grids of places by name. One that is given without a name is the place of its own id. */
export async function gridPlaces(
  flags: IntensityFlags,
  io: Io,
): Promise<Readonly<Record<string, IntensitySource | MarginalSource>>> {
  const sourceOf = maker(flags, (grid, url) => anyGrid(grid, url, io));
  const { named = new Map<string, GridName>(), others } = flags.grid ?? {};
  const places: [string, IntensitySource | MarginalSource][] = [];
  for (const [name, grid] of named) places.push([name, await sourceOf(grid)]);
  if (others !== undefined || named.size === 0) {
    const source = await sourceOf(othersOf(flags));
    places.push([source.id, source]);
  }
  return Object.fromEntries(places);
}
