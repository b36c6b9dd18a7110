import { type CpuGap, type CpuHours, isGap } from "../../usage/cpu.js";
import type { FinishedHour } from "../../usage/hour.js";
import type { AlignedHours } from "./aligned-hours.js";
import { joinedHosts } from "./joined-hosts.js";
import { type Answered, answeredRuns, type ProjectsOfSource } from "./missing-parts.js";
import { errorOfAll } from "./named-sources.js";
import { type AnsweredHours, isAnswered } from "./seen-twice.js";

/** The same hours of several sources as one batch, or more where a source has something of a part of them only. */
export function* joinedHours(
  aligned: AlignedHours,
  projects: ProjectsOfSource,
  said: Set<string>,
): Generator<CpuHours | CpuGap, void, undefined> {
  const answers = aligned.parts.filter(isAnswered);
  if (answers.length === 0) {
    const errors = aligned.parts.flatMap(({ batch }) => (isGap(batch) ? [batch.error] : []));
    yield { hours: aligned.hours, error: errorOfAll(errors) };
    return;
  }
  // What was found in a batch is said with the first of its hours.
  const fresh = answers.filter(({ from }) => from === 0);
  const findings = fresh.flatMap(({ name, batch }) =>
    batch.findings.map((finding) => ({ ...finding, message: `${name}: ${finding.message}` })),
  );
  const reopened = fresh.flatMap(({ batch }) => batch.reopened ?? []);
  for (const run of answeredRuns(aligned, projects)) {
    const hours = aligned.hours.slice(run.from, run.to);
    const joined = joinedRun(hours, run, said);
    yield run.from > 0 ? joined : { ...joined, reopened, findings: [...findings, ...joined.findings] };
  }
}

function joinedRun(
  hours: readonly FinishedHour[],
  { from, answers, missing }: Answered,
  said: Set<string>,
): CpuHours {
  const parts: AnsweredHours[] = answers.map((part) => ({ ...part, from: part.from + from }));
  return {
    hours,
    ...joinedHosts(hours, parts, said),
    answered: hours.map((_, t) => parts.some(({ batch, from }) => batch.answered[from + t] === true)),
    heardBeyond: hours.map((_, t) =>
      parts.every(({ batch, from }) => batch.heardBeyond?.[from + t] !== false),
    ),
    ...scrapesOf(hours, parts),
    warnings: [],
    missing,
  };
}

/** How many scrapes all have together, if each can count. */
function scrapesOf(
  hours: readonly FinishedHour[],
  parts: readonly AnsweredHours[],
): Pick<CpuHours, "scrapes"> {
  if (parts.some(({ batch }) => batch.scrapes === undefined)) return {};
  const sumOf = (t: number): number =>
    parts.reduce((sum, { batch, from }) => sum + (batch.scrapes?.[from + t] ?? Number.NaN), 0);
  return { scrapes: Float64Array.from(hours, (_, t) => sumOf(t)) };
}
