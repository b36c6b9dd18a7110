import { plainIncrease } from "./increase.js";
import { judge, type Verdict } from "./judge.js";
import { machinesOf } from "./machines.js";
import { Measurement, type RunOutcome } from "./measure.js";
import type { SituationServer } from "./servers.js";
import type { Situation } from "./situation.js";
import type { Stage } from "./stages.js";

interface Course {
  readonly measurement: Measurement;
  readonly runs: RunOutcome[];
}

/**
 * Plays situations on a server: loads what had arrived by the first run of each and runs them, then what had arrived
 * by the second, and at last each of them once more with nothing new.
 */
export async function playSituations(server: SituationServer, stages: readonly Stage[]): Promise<Verdict[]> {
  const courses = new Map<Situation, Course>();
  for (const stage of stages) {
    await server.load(stage);
    for (const situation of stage.situations) {
      const course = courses.get(situation) ?? {
        measurement: new Measurement(situation, () => server.url),
        runs: [],
      };
      courses.set(situation, course);
      server.setNow(stage.now(situation));
      course.runs.push(await course.measurement.run(stage.now(situation)));
    }
  }
  const verdicts: Verdict[] = [];
  for (const [situation, { measurement, runs }] of courses) {
    const now = situation.runs.at(-1) ?? Number.NaN;
    server.setNow(now);
    const again = await measurement.run(now);
    const increase = await plainIncrease(server.url, situation);
    verdicts.push(judge(situation, machinesOf(situation), [...runs, again], increase));
  }
  return verdicts;
}
