import * as z from "zod";
import type { Table } from "../../codecs/csv.js";
import type { PartKind, Place } from "../../reports/place.js";
import { formatEnds, type Interval } from "../../usage/hour.js";
import { parseScope, type Scope } from "../../usage/scope.js";
import { maySee, maySeeOwner, mineOf } from "../access.js";
import type { Admitted } from "../admitted.js";
import { EXAMPLE_DAY, EXAMPLE_NAMES } from "../examples.js";
import { type MaySeeSum, sumsShownTo } from "../one-person.js";
import type { OwnerTotals } from "../owner-totals.js";
import {
  examplePlaceList,
  listQueryShape,
  ownersTable,
  type PlaceList,
  placeList,
  placeListShape,
} from "../place-list.js";
import { forbidden } from "../problem.js";
import { assertYear, intervalShape, MOST_DAYS, readable, recentInterval } from "../query.js";
import { jsonRoute, type Route } from "../route.js";
import type { RouteName } from "../route-name.js";
import { fromTo } from "../schemas.js";
import { projectsOf } from "../service.js";
import { besideOf, besideText } from "./history.js";

/** Why a list is empty. */
const REASONS = ["hosts-not-stored", "not-yours-to-see", "no-match", "nothing-stored"] as const;

const reply = z.strictObject({
  site: z.string(),
  kind: z.enum(["project", "machine", "user", "group", "experiment", "host"]),
  ...fromTo,
  beside: z.strictObject(fromTo).nullable(),
  ...placeListShape,
  /** Why the list is empty; `null` if it is not. */
  reason: z.enum(REASONS).nullable(),
});
export type SiteOwnersReply = z.infer<typeof reply>;

const query = z.strictObject({
  ...intervalShape,
  beside: besideText.optional(),
  within: z.array(readable("group:Muons", parseScope)).max(20).optional(),
  ...listQueryShape,
});

type ListName = Extract<RouteName, `site${Capitalize<string>}`>;

const LISTS: readonly (readonly [ListName, PartKind])[] = [
  ["siteProjects", "project"],
  ["siteMachines", "machine"],
  ["siteUsers", "user"],
  ["siteGroups", "group"],
  ["siteExperiments", "experiment"],
  ["siteHosts", "host"],
];

/** One list a kind of owner, of what was used at one site, or in a narrower place there. */
export const siteOwnerRoutes: readonly Route[] = LISTS.map(([name, kind]) =>
  jsonRoute({
    name,
    path: `/sites/{site}/${kind}s`,
    summary: `The ${kind}s with what they used at a site over an interval of up to ${MOST_DAYS} days, by default the last 30: searched, sorted and page by page. null is a sum of which nothing is known.`,
    query,
    reply,
    example: {
      site: "isis",
      kind,
      ...EXAMPLE_DAY,
      beside: null,
      ...examplePlaceList(EXAMPLE_NAMES[kind], kind === "user"),
      reason: null,
    },
    maxAgeSeconds: 60,
    table: ({ site, from, to, owners }): Table => ownersTable(`${site}-${kind}s`, { from, to }, owners),
    answer: async ({ query, params, ...admitted }): Promise<SiteOwnersReply> => {
      const { service, request } = admitted;
      const { site = "" } = params;
      const maySeeSum = await sumsShownTo(admitted.grant, service);
      const place = placeOf(admitted, maySeeSum, projectsOf(service, site), query.within ?? []);
      const asked = recentInterval(query, service);
      const beside = query.beside === undefined ? null : besideOf(query.beside, asked, service.zone);
      assertYear("a list of a site", asked);
      if (beside !== null) assertYear("what a list of a site is beside", beside);
      // At a site without projects there is nothing; a place without projects would be everywhere.
      const ownersIn = async (over: Interval): Promise<readonly OwnerTotals[]> =>
        place.some((scope) => scope.kind === "project") ? service.owners.of(place, kind, over) : [];
      const now = await ownersIn(asked);
      const before = beside === null ? null : await ownersIn(beside);
      const shown = placeList(
        { now, before },
        {
          isVisible: (owner) => isVisible(admitted, maySeeSum, place, owner),
          isMine: isMine(admitted, kind),
        },
        { request, query },
      );
      return {
        site,
        kind,
        ...formatEnds(asked),
        beside: beside && formatEnds(beside),
        ...shown,
        reason: await reasonOf(admitted, kind, now, shown),
      };
    },
  }),
);

/** The projects of a site, narrowed. 403 for what the viewer may not see, since a list in it would tell of it. */
function placeOf(
  { grant }: Admitted,
  maySeeSum: MaySeeSum,
  projects: readonly string[],
  within: readonly string[],
): Place {
  const narrower = within.map(parseScope);
  const isOwn = narrower.some((scope) => scope.kind === "user" && maySee(grant, scope));
  for (const scope of narrower) {
    if (maySeeSum(scope) || (scope.kind === "host" && isOwn)) continue;
    throw forbidden(`data of a ${scope.kind}`);
  }
  const named = new Set(narrower.flatMap(({ kind, name }) => (kind === "project" ? [name] : [])));
  const inProjects = projects.filter((name) => named.size === 0 || named.has(name));
  return [
    ...inProjects.map((name): Scope => ({ kind: "project", name })),
    ...narrower.filter(({ kind }) => kind !== "project"),
  ];
}

/** A host is somebody's: it may be shown to whom all may be shown that worked on it. */
function isVisible(
  { grant }: Admitted,
  maySeeSum: MaySeeSum,
  place: Place,
  { scope, users }: OwnerTotals,
): boolean {
  const isOwn = place.some(({ kind }) => kind === "user");
  if (maySeeSum(scope) || (isOwn && scope.kind !== "user")) return true;
  if (scope.kind !== "host") return false;
  return users.length > 0 && users.every((user) => maySeeOwner(grant, user));
}

function isMine({ grant, context }: Admitted, kind: PartKind): (name: string) => boolean {
  const users = mineOf(grant, context.viewer);
  const groups = new Set(context.viewer?.groups ?? []);
  return (name) => (kind === "user" ? users.has(name) : kind === "group" && groups.has(name));
}

async function reasonOf(
  { service, request }: Admitted,
  kind: PartKind,
  all: readonly OwnerTotals[],
  { count, rest }: PlaceList,
): Promise<SiteOwnersReply["reason"]> {
  if (count > 0) return null;
  if (all.length > 0) return rest.count === all.length ? "not-yours-to-see" : "no-match";
  if (kind === "project") return "nothing-stored";
  const [hosts, projects] = await Promise.all(
    (["host", "project"] as const).map((of) => service.usage.scopes(of, { signal: request.signal })),
  );
  return hosts?.length === 0 && projects?.length !== 0 ? "hosts-not-stored" : "nothing-stored";
}
