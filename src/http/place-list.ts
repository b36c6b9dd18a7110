import * as z from "zod";
import type { Cell, Table } from "../codecs/csv.js";
import { joinBases } from "../intensity/basis-of-source.js";
import { mergedBases } from "../intensity/gram-bases.js";
import { basisLine } from "../reports/basis-line.js";
import { basisGroups, changeOf, compareOwners, SORTS, sortKey, sumOfTotals } from "../reports/owner-list.js";
import { firstPage, type ListPlace, parseCursor } from "./cursor.js";
import { EXAMPLE_BASIS, EXAMPLE_TOTALS } from "./examples.js";
import { SUM_COLUMNS } from "./history-reply.js";
import type { OwnerTotals } from "./owner-totals.js";
import { whole } from "./query.js";
import { formatText, mostShown } from "./route.js";
import { count } from "./schemas.js";
import { knownTotalsSchema } from "./totals.js";

const restSchema = z.strictObject({ count, totals: knownTotalsSchema.nullable() });

export const placeListShape = {
  /** How many match, on all pages together. */
  count,
  owners: z.array(
    z.strictObject({
      name: z.string(),
      /** Whether it is the viewer, or a group of theirs. */
      mine: z.boolean(),
      totals: knownTotalsSchema,
      /** Over the time beside it, if one was asked for. */
      before: knownTotalsSchema.nullable(),
      /** How much more it uses in a known hour than before: 0.2 is a fifth more. */
      change: z.number().nullable(),
    }),
  ),
  /** The owners whom the viewer may not see, as one sum; without totals where there is a single such owner. */
  rest: restSchema,
  /**
   * What the grams of all of them count, for people; `null` where there are none. Of several bases, a list by carbon has
   * the owners of each basis together.
   */
  basis: z.string().nullable(),
  /** Give it to go on after the last one; `null` at the end. */
  cursor: z.string().nullable(),
};
export type PlaceList = z.infer<z.ZodObject<typeof placeListShape>>;

export const listQueryShape = {
  search: z.string().max(300).optional(),
  sort: z.enum(SORTS).optional(),
  order: z.enum(["asc", "desc"]).optional(),
  limit: whole(1, 1000).optional(),
  cursor: z.string().max(4000).optional(),
  format: formatText,
};
export type ListQuery = z.infer<z.ZodObject<typeof listQueryShape>>;

export function examplePlaceList(name: string, mine: boolean): PlaceList {
  return {
    count: 1,
    owners: [{ name, mine, totals: EXAMPLE_TOTALS, before: null, change: null }],
    rest: { count: 0, totals: null },
    basis: EXAMPLE_BASIS,
    cursor: null,
  };
}

/** A list as a table: an owner a row. */
export function ownersTable(
  name: string,
  { from, to }: { readonly from: string; readonly to: string },
  owners: PlaceList["owners"],
): Table {
  return {
    name: `${name}-${from.slice(0, 10)}`,
    header: ["name", "from", "to", ...SUM_COLUMNS, "basis", "change"],
    rows: owners.map(({ name: owner, totals, change }): Cell[] => [
      owner,
      from,
      to,
      ...SUM_COLUMNS.map((column) => totals[column]),
      joinBases(totals.bases) ?? null,
      change,
    ]),
  };
}

/** The owners of a place over a time, and over the one beside it. */
export interface OwnersNowAndBefore {
  readonly now: readonly OwnerTotals[];
  readonly before: readonly OwnerTotals[] | null;
}

/** What one viewer may see of a list. */
export interface Sight {
  readonly isVisible: (owner: OwnerTotals) => boolean;
  readonly isMine: (name: string) => boolean;
}

/**
 * One page of a list as one viewer may see it. Search and order only touch what is visible, and the rest is always all
 * of those who are not: what somebody searches for tells nothing of whom they may not see.
 */
export function placeList(
  { now, before }: OwnersNowAndBefore,
  { isVisible, isMine }: Sight,
  call: { readonly request: Request; readonly query: ListQuery },
): PlaceList {
  const { query } = call;
  const earlier = new Map((before ?? []).map(({ scope, totals }) => [scope.name, totals]));
  const { sort = "energy", order = sort === "name" ? "asc" : "desc", search = "" } = query;
  const wanted = search.toLowerCase();
  const matching = now.filter((owner) => isVisible(owner) && owner.scope.name.toLowerCase().includes(wanted));
  const all = matching.map(({ totals }) => totals);
  const groupOf = sort === "carbon" ? basisGroups(all) : () => "";
  const placed = matching
    .map(({ scope: { name }, totals }) => {
      const past = earlier.get(name) ?? null;
      const change = past && changeOf(totals, past);
      const place: ListPlace = [sortKey({ name, sums: totals, change }, sort), name, groupOf(totals)];
      return { owner: { name, mine: isMine(name), totals, before: past, change }, place };
    })
    .sort((a, b) => compareOwners(a.place, b.place, order === "desc"));
  const after = query.cursor === undefined ? undefined : parseCursor(query.cursor);
  const left = placed.filter(
    ({ place }) => after === undefined || compareOwners(place, after, order === "desc") > 0,
  );
  const { page, cursor } = firstPage(left, mostShown(call, 100), ({ place }) => place);
  return {
    count: placed.length,
    owners: page.map(({ owner }) => owner),
    rest: restOf(now.filter((owner) => !isVisible(owner))),
    basis: basisLine(mergedBases(all)),
    cursor,
  };
}

/** A sum over one is that one's own. */
function restOf(hidden: readonly OwnerTotals[]): z.infer<typeof restSchema> {
  const totals = hidden.length < 2 ? null : sumOfTotals(hidden.map((owner) => owner.totals));
  return { count: hidden.length, totals };
}
