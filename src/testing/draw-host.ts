import { DAY_MS, type Interval } from "../usage/hour.js";
import type { HostDescription, Incarnation } from "./host-description.js";
import { mix, pick, within } from "./random.js";

type Names = readonly [string, ...string[]];

/** What hosts are drawn from. */
export interface HostDefaults {
  readonly projects: Names;
  readonly machines: Names;
  readonly users: Names;
}

/** A host as the dice fell. */
export type DrawnHost = Required<
  Pick<
    HostDescription,
    "instance" | "job" | "project" | "machine" | "user" | "cores" | "incarnations" | "phaseMs"
  >
>;

/** Draws everything about the `index`-th host but its load. Projects take turns, one in five has no user. */
export function drawHost(
  seed: number,
  index: number,
  interval: Interval,
  scrapeMs: number,
  events: "usual" | "none",
  { projects, machines, users }: HostDefaults,
): DrawnHost {
  const dice = (face: number): number => mix(seed, face);
  const [network, number] = [100 + Math.floor(index / 250), 2 + (index % 250)];
  return {
    instance: `host-172-16-${network}-${number}.nubes.stfc.ac.uk:9100`,
    job: "node",
    project: projects[index % projects.length] ?? projects[0],
    machine: pick(dice(1), machines),
    user: within(dice(2), 0, 4) === 0 ? null : pick(dice(3), users),
    cores: within(dice(4), 2, 8),
    incarnations: drawIncarnations(dice, events === "none" ? 0 : index % 12, interval),
    phaseMs: within(dice(5), 0, scrapeMs - 1),
  };
}

/**
 * Of twelve hosts the second reboots, the fifth appears, the ninth vanishes, and the rest run through.
 * Boot times are whole seconds, as the kernel reports them.
 */
function drawIncarnations(
  dice: (face: number) => number,
  turn: number,
  { from, to }: Interval,
): readonly Incarnation[] {
  const forever = Number.POSITIVE_INFINITY;
  const boot = wholeSecond(from - within(dice(6), DAY_MS / 2, 90 * DAY_MS));
  const moment = wholeSecond(
    from + within(dice(7), Math.ceil((to - from) / 10), Math.floor((to - from) * 0.9)),
  );
  if (turn === 1) {
    const downSeconds = within(dice(8), 100, 700);
    return [
      { from: boot, to: moment },
      { from: moment + downSeconds * 1000, to: forever },
    ];
  }
  if (turn === 4) return [{ from: moment, to: forever }];
  if (turn === 8) return [{ from: boot, to: moment }];
  return [{ from: boot, to: forever }];
}

function wholeSecond(ms: number): number {
  return Math.floor(ms / 1000) * 1000;
}
