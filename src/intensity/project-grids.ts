import { badInput } from "../usage/errors.js";
import { meetsRules, OBJECT, type Rule, type Rules } from "../usage/options.js";
import { assertAverageSource, basisOfSource } from "./basis-of-source.js";
import { INTENSITY_SOURCE, type IntensitySource } from "./port.js";

/**
 * The grids of a cloud that spans several: those of some projects by name, and that of all others. Their grams must count
 * the same, since rows of several projects add them.
 */
export interface ProjectGrids {
  readonly projects: Readonly<Record<string, IntensitySource>>;
  readonly others: IntensitySource;
}

const PROJECT_GRIDS: Rules<ProjectGrids> = {
  projects: {
    ...OBJECT,
    holds: (value) => OBJECT.holds(value) && Object.values(value as object).every(INTENSITY_SOURCE.holds),
  },
  others: INTENSITY_SOURCE,
};

/** What an option must be that says by which grid, or by which grids, use is accounted for. */
export const GRIDS: Rule = {
  allowed: `${INTENSITY_SOURCE.allowed}, or an object with projects, an IntensitySource by name of project, and others, that of all other projects`,
  holds: (value) => INTENSITY_SOURCE.holds(value) || meetsRules(value, PROJECT_GRIDS),
};

/** One grid or several, read alike. */
export interface Grids {
  /** That of projects without one by name: of all projects, where there is one grid. */
  readonly others: IntensitySource;
  /** All of them, each once. */
  readonly sources: readonly IntensitySource[];
  /** Projects that have a grid by name. */
  readonly named: readonly string[];
  of(project: string): IntensitySource;
  /** Whose grid a source is, for messages; empty where there is only one. */
  projectsOf(source: IntensitySource): string;
}

/** The sources of one grid or several, each once. `bad-input` where one is marginal. */
export function sourcesOf(intensity: IntensitySource | ProjectGrids | undefined): readonly IntensitySource[] {
  if (intensity === undefined) return [];
  const all = "periods" in intensity ? [intensity] : [intensity.others, ...Object.values(intensity.projects)];
  all.forEach(assertAverageSource);
  return [...new Set(all)];
}

/** Reads which grid is whose. `bad-input` where the grams of two of them do not count the same. */
export function gridsOf(intensity: IntensitySource | ProjectGrids): Grids {
  const { projects, others } = "periods" in intensity ? { projects: {}, others: intensity } : intensity;
  const sources = sourcesOf(intensity);
  assertSameBasis(sources);
  const named = Object.keys(projects);
  return {
    others,
    sources,
    named,
    of: (project) => (Object.hasOwn(projects, project) ? projects[project] : undefined) ?? others,
    projectsOf(source) {
      if (sources.length === 1) return "";
      const names = named.filter((name) => projects[name] === source);
      return [...names, ...(source === others ? ["all other projects"] : [])].join(", ");
    },
  };
}

/** A constant counts as anything, and of a source that does not say what its grams count nothing can be told. */
function assertSameBasis(sources: readonly IntensitySource[]): void {
  const [first, ...more] = sources.flatMap((source) => {
    const basis = source.isConstant === true ? undefined : basisOfSource(source);
    return basis === undefined ? [] : [{ id: source.id, basis }];
  });
  const other = more.find(({ basis }) => basis !== first?.basis);
  if (first === undefined || other === undefined) return;
  throw badInput(
    `${first.id} is ${first.basis}, and ${other.id} is ${other.basis}: the grams of several projects are added, so their grids must count the same; give sources of one basis`,
  );
}
