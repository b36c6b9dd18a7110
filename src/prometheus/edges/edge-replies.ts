import { DAY_MS, type FinishedHour, HOUR_MS } from "../../usage/hour.js";
import type { ModePolicy, ModeUse } from "../../usage/modes.js";
import type { HostServer } from "../client/host-server.js";
import { type CountedScrape, countedQueries, hostFactsQuery, scrapesQuery } from "../client/queries.js";
import { hourEdges, hourEnds, laterBy, splitGrid } from "../client/step-grid.js";
import type { Matrix, StepGrid } from "../replies/matrix.js";

/** What was counted of one use until each time of a grid: matrices whose grids follow each other. */
export interface CountedReply {
  readonly use: ModeUse;
  readonly matrices: readonly Matrix[];
}

/** How often each host was scraped in each hour, and what is known of it once in three days. */
export interface Presence {
  readonly scrapes: Matrix;
  /** At the first edge and every three days after it, and at the last edge; series have a label `fact`. */
  readonly facts: readonly Matrix[];
  readonly warnings: readonly string[];
}

/** Who was there, and when it is scraped. */
export async function fetchPresence(
  { client, selection, call }: HostServer,
  hours: readonly FinishedHour[],
): Promise<Presence> {
  const edges = hourEdges(hours);
  const factGrids = factTimes(edges);
  const [scrapes, ...facts] = await Promise.all([
    client.range(scrapesQuery(selection), hourEnds(hours), call),
    ...factGrids.map((grid) => client.range(hostFactsQuery(selection), grid, call)),
  ]);
  return {
    scrapes: scrapes.data,
    facts: facts.map(({ data }) => data),
    warnings: [scrapes, ...facts].flatMap(({ warnings }) => warnings),
  };
}

/** How far apart facts about hosts are asked for: asking for the times of scrapes costs more than the sums do. */
const FACTS_MS = 3 * DAY_MS;

/** Every three days from the first edge on, and the last edge: as few grids as make that. */
function factTimes(edges: StepGrid): StepGrid[] {
  const lengthMs = (edges.count - 1) * HOUR_MS;
  if (lengthMs <= FACTS_MS) return [{ from: edges.from, stepMs: lengthMs, count: 2 }];
  const days: StepGrid = { from: edges.from, stepMs: FACTS_MS, count: Math.floor(lengthMs / FACTS_MS) + 1 };
  if (lengthMs % FACTS_MS === 0) return [days];
  return [days, { from: edges.from + lengthMs, stepMs: FACTS_MS, count: 1 }];
}

/** What all hosts had counted at each edge, or so long after it: the sums are the server's work. */
export async function fetchCounted(
  { client, selection, call }: HostServer,
  hours: readonly FinishedHour[],
  options: {
    readonly modes: ModePolicy;
    readonly busyRequests: number;
    readonly laterByMs: number;
    readonly scrape: CountedScrape;
  },
): Promise<{ readonly counted: readonly CountedReply[]; readonly warnings: readonly string[] }> {
  const grid = laterBy(hourEdges(hours), options.laterByMs);
  const answers = await Promise.all(
    countedQueries(selection, options.modes, options.scrape).map(async ({ use, query }) => {
      // Busy time is the larger query: seven of eight CPU modes count as busy. So it is the one that is split.
      const grids = use === "busy" ? splitGrid(grid, options.busyRequests) : [grid];
      return { use, replies: await Promise.all(grids.map((times) => client.range(query, times, call))) };
    }),
  );
  return {
    counted: answers.map(({ use, replies }) => ({ use, matrices: replies.map(({ data }) => data) })),
    warnings: answers.flatMap(({ replies }) => replies.flatMap(({ warnings }) => warnings)),
  };
}
