import { isGap, type MissingPart } from "../../usage/cpu.js";
import type { AlignedHours, HoursOfSource } from "./aligned-hours.js";
import { type AnsweredHours, isAnswered } from "./seen-twice.js";

/** What is known of which projects a source has. */
export interface ProjectsOfSource {
  /** Those that it named itself, in the hours asked for. Not known of one that did not answer. */
  readonly told: ReadonlyMap<string, readonly string[]>;
  /** Those that whoever set the source up says it has; it may have others. */
  readonly declared: ReadonlyMap<string, readonly string[] | undefined>;
  /** Those that are asked for. */
  readonly wanted: readonly string[];
}

/** Consecutive hours in which the same sources answered. */
export interface Answered {
  readonly from: number;
  readonly to: number;
  /** Those that say something of these hours; if none does, all that answered at all. */
  readonly answers: readonly AnsweredHours[];
  readonly missing: MissingPart | undefined;
}

/**
 * Hours taken apart by which sources have something of them. A source is missing from an hour that could not be got, that
 * it says is not whole, or of which it has nothing although it has hosts of the wanted projects at that time and another
 * source has something: what is absent there is not known to be zero.
 */
export function* answeredRuns(
  { hours, parts }: AlignedHours,
  projects: ProjectsOfSource,
): Generator<Answered, void, undefined> {
  const answers = parts.filter(isAnswered);
  const failed = parts.filter((part) => !isAnswered(part));
  const heardIn = (t: number): AnsweredHours[] =>
    answers.filter(({ batch, from }) => batch.answered[from + t] === true);
  for (let from = 0, to = 0; from < hours.length; from = to) {
    const heard = heardIn(from);
    do to += 1;
    while (to < hours.length && isSame(heard, heardIn(to)));
    const silent = answers.filter((part) => !heard.includes(part) && mayHaveHosts(part.name, projects));
    const cut = answers.filter(({ batch }) => batch.warnings.length > 0);
    const missing = heard.length === 0 ? [...failed, ...cut] : [...failed, ...cut, ...silent];
    yield {
      from,
      to,
      answers: heard.length === 0 ? answers : heard,
      missing: missing.length === 0 ? undefined : missingPart(missing, answers, projects),
    };
  }
}

function isSame(some: readonly unknown[], others: readonly unknown[]): boolean {
  return some.length === others.length && some.every((part) => others.includes(part));
}

/** Whether a source has any of the wanted projects. One that has hosts of other projects alone lacks nothing. */
function mayHaveHosts(name: string, { told, wanted }: ProjectsOfSource): boolean {
  const own = told.get(name) ?? [];
  return own.length === 0 || own.some((project) => wanted.includes(project));
}

function missingPart(
  missing: readonly HoursOfSource[],
  answers: readonly AnsweredHours[],
  projects: ProjectsOfSource,
): MissingPart {
  const { told, declared, wanted } = projects;
  const known = new Set(answers.flatMap(({ name }) => told.get(name) ?? []));
  const hasNone = (name: string, project: string): boolean => {
    const own = told.get(name) ?? [];
    if (own.length > 0) return !own.includes(project);
    return declared.get(name)?.includes(project) === false && known.has(project);
  };
  return {
    reasons: [...new Set(missing.flatMap(reasonsOf))],
    wholeProjects: wanted.filter((project) => missing.every(({ name }) => hasNone(name, project))),
  };
}

function reasonsOf({ name, batch }: HoursOfSource): readonly string[] {
  if (isGap(batch)) return [batch.error.message];
  if (batch.warnings.length > 0) return batch.warnings.map((warning) => `${name}: ${warning}`);
  return [`${name}: nothing is known there of these hours`];
}
