import { plainIncrease } from "./increase.js";
import { judge, type Verdict } from "./judge.js";
import { machinesOf } from "./machines.js";
import { Measurement, type RunOutcome } from "./measure.js";
import type { SituationServer } from "./servers.js";
import type { Situation } from "./situation.js";

interface Course {
  readonly situation: Situation;
  readonly measurement: Measurement;
  readonly runs: RunOutcome[];
}

/**
 * Plays situations on a server: loads what had arrived by the first run of each and runs them, then what had arrived
 * by the second, and at last each of them once more with nothing new.
 */
export async function playSituations(
  server: SituationServer,
  situations: readonly Situation[],
): Promise<Verdict[]> {
  const courses: Course[] = [];
  const stages = Math.max(...situations.map(({ runs }) => runs.length));
  for (let stage = 0; stage < stages; stage++) {
    const due = situations.filter(({ runs }) => stage < runs.length);
    const situationOf = new Map(due.map((situation) => [situation.cluster, situation]));
    await server.load([...situationOf.keys()], (cluster) => {
      const runs = situationOf.get(cluster)?.runs ?? [0];
      return { after: runs[stage - 1] ?? Number.NEGATIVE_INFINITY, by: runs[stage] ?? 0 };
    });
    for (const situation of due) {
      let course = courses.find((one) => one.situation === situation);
      if (course === undefined) {
        course = { situation, measurement: new Measurement(situation, () => server.url), runs: [] };
        courses.push(course);
      }
      const now = situation.runs[stage] ?? 0;
      server.setNow(now);
      course.runs.push(await course.measurement.run(now));
    }
  }
  const verdicts: Verdict[] = [];
  for (const { situation, measurement, runs } of courses) {
    const now = situation.runs.at(-1) ?? 0;
    server.setNow(now);
    const again = await measurement.run(now);
    const increase = await plainIncrease(server.url, situation);
    verdicts.push(judge(situation, machinesOf(situation, now), [...runs, again], increase));
  }
  return verdicts;
}
