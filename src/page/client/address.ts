// What the page shows is in its address: a link shows the reader the same, within their rights, and Back works.
import { addDays, isLocalTime, isPlainDate } from "./times.js";

/** A step of the way down: site, project, group, user, machine, experiment, host. */
interface Step {
  readonly kind: string;
  readonly name: string;
}

export interface Address {
  readonly site: string;
  /** From the site down to what is shown; empty for the site itself. */
  readonly path: readonly Step[];
  /** The first and the last day that are shown, plain dates. Empty for the usual 30 days. */
  readonly from: string;
  readonly to: string;
  readonly beside: Choice<"beside">;
  readonly by: Choice<"by">;
  readonly amount: Choice<"amount">;
  readonly part: Choice<"part">;
  readonly sort: Choice<"sort">;
  readonly search: string;
  /** The number of which is shown where it comes from. */
  readonly explain: string;
  readonly year: string;
  /** The job to find a time for. */
  readonly cores: number;
  readonly hours: number;
  /** By when it is to be done, `2026-11-30T02:00` on the clocks of the page; empty where it may be any time. */
  readonly before: string;
  /** Whether the list of live workspaces is open, and of which. */
  readonly machines: Choice<"machines">;
  /** Their order and what they are searched for. */
  readonly liveSort: Choice<"liveSort">;
  readonly liveSearch: string;
}

/** What may be chosen; the first is usual. */
const CHOICES = {
  beside: ["before", "year-before", "nothing"],
  by: ["day", "hour", "week", "month"],
  amount: ["energy", "carbon"],
  part: ["everything", "busy", "idle"],
  sort: ["energy", "carbon", "idle", "change", "name"],
  machines: ["", "idle", "all"],
  liveSort: ["idle", "energy", "carbon", "newest", "oldest", "machine"],
} as const;

type Choice<Name extends keyof typeof CHOICES> = (typeof CHOICES)[Name][number];

export const KINDS = ["project", "group", "machine", "user", "experiment", "host"] as const;

/** Reads an address; what is not understood is as if it were not there. */
export function readAddress(search: string, site: string): Address {
  const query = new URLSearchParams(search);
  const textIf = (name: string, isRight: (text: string) => boolean): string => {
    const text = query.get(name) ?? "";
    return isRight(text) ? text : "";
  };
  const choice = <Name extends keyof typeof CHOICES>(name: Name): Choice<Name> => {
    const known: readonly Choice<Name>[] = CHOICES[name];
    const wanted = query.get(name);
    return known.find((value) => value === wanted) ?? CHOICES[name][0];
  };
  const count = (name: string, usual: number, most: number): number => {
    const value = Number(query.get(name) ?? usual);
    return Number.isFinite(value) && value > 0 && value <= most ? value : usual;
  };
  return {
    site: query.get("site") ?? site,
    path: query.getAll("in").flatMap(stepOf),
    from: textIf("from", isPlainDate),
    to: textIf("to", isPlainDate),
    beside: choice("beside"),
    by: choice("by"),
    amount: choice("amount"),
    part: choice("part"),
    sort: choice("sort"),
    search: query.get("search") ?? "",
    explain: query.get("explain") ?? "",
    year: textIf("year", (text) => /^\d{4}$/.test(text)),
    cores: count("cores", 8, 100_000),
    hours: count("hours", 4, 48),
    before: textIf("before", isLocalTime),
    machines: choice("machines"),
    liveSort: choice("liveSort"),
    liveSearch: (query.get("liveSearch") ?? "").slice(0, 100),
  };
}

function stepOf(text: string): Step[] {
  const colon = text.indexOf(":");
  const [kind, name] = [text.slice(0, colon), text.slice(colon + 1)];
  return KINDS.some((known) => known === kind) && name !== "" ? [{ kind, name }] : [];
}

/** The query of an address, with what is not usual only; parameters of somebody else's page stay. */
export function writeAddress(address: Address, search: string, site: string): string {
  const query = new URLSearchParams(search);
  const usual = readAddress("", site);
  for (const name of Object.keys(usual)) query.delete(name === "path" ? "in" : name);
  for (const { kind, name } of address.path) query.append("in", `${kind}:${name}`);
  for (const [name, value] of Object.entries(address))
    if (name !== "path" && value !== usual[name as keyof Address]) query.set(name, String(value));
  const text = query.toString().replaceAll("%3A", ":");
  return text === "" ? "" : `?${text}`;
}

/** The scope whose numbers are shown, as the service names it. */
export function scopeOf({ site, path }: Pick<Address, "site" | "path">): string {
  const last = path.at(-1);
  return last === undefined ? `site:${site}` : `${last.kind}:${last.name}`;
}

/** The days that are shown: by default the last 30, of which hours are over. */
export function datesOf(
  { from, to }: Pick<Address, "from" | "to">,
  latestDay: string,
): { from: string; to: string } {
  const last = to === "" ? latestDay : to;
  const first = from === "" ? addDays(last, -29) : from;
  return first <= last ? { from: first, to: last } : { from: last, to: first };
}
