// What the page asks the service for, by what its address says. What is asked already is not asked again.
import { scopeOf } from "./address.js";
import { explanationUrl } from "./parts/explanation.js";
import { historyParameters, kindsBelow } from "./parts/place.js";
import { listParameters } from "./parts/workspaces.js";
import { sitePath } from "./service.js";
import { addDays, HOUR_MS, msOf } from "./times.js";
import type { View } from "./view.js";

/** The lists of a site, the first two side by side at the top. */
const SITE_LISTS = ["machine", "user", "project", "group"];

/** The lists that are shown: some of a site, every one of what is opened below it. */
export function listsShown({ address }: Pick<View, "address">): readonly string[] {
  return address.path.length === 0 ? SITE_LISTS : kindsBelow({ address });
}

/** @param listedFrom The first row that is asked for of the machines in use. */
export function ask(view: View, listedFrom: number): void {
  const { answers, address, url } = view;
  answers.me.want(url("/me"));
  if (answers.me.value === undefined || address.site === "") return;
  askWhatIsNow(view, listedFrom);
  askForMonth(view);
  askForPeriod(view);
  answers.found.want(address.search === "" ? "" : url("/search", { q: address.search, site: address.site }));
  // All hosts of a site are looked through for these: they come after the card that leads the page.
  if (!hasOwnMachines(view) || answers.mine.isAnswered) askOfAllHosts(view);
}

function hasOwnMachines({ answers, address }: View): boolean {
  const me = answers.me.value;
  return me?.viewer?.user != null && me.has.workspaces && address.path.length === 0;
}

/** Machines as they are, and when to run the next job. */
function askWhatIsNow(view: View, listedFrom: number): void {
  const { answers, address, url, live } = view;
  const { site, cores, hours, before } = address;
  const has = answers.me.value?.has;
  const hasWorkspaces = has?.workspaces === true;
  // The events say that the service is there and how many machines are in use; the list is asked for as it is looked at.
  live.follow(hasWorkspaces ? url(sitePath(site, "/live"), { limit: 1 }) : "");
  const isListed = hasWorkspaces && address.path.length === 0 && address.machines === "all";
  answers.workspaces.want(
    isListed ? url(sitePath(site, "/workspaces"), listParameters(address, listedFrom)) : "",
  );
  answers.mine.want(hasOwnMachines(view) ? url(sitePath(site, "/my-machines")) : "");
  const deadline = before === "" ? undefined : new Date(view.calendar.instantOf(before)).toISOString();
  answers.bestTime.want(
    has?.intensity === true ? url("/best-time", { site, cores, hours, before: deadline }) : "",
  );
}

/** The viewer's month up to the hour, beside the same days of the one before. */
function askForMonth({ answers, url, latestDay, now, address, calendar }: View): void {
  const me = answers.me.value;
  const user = me?.viewer?.user ?? null;
  if (user === null || address.path.length > 0) {
    answers.month.want("");
    answers.budget.want("");
    return;
  }
  const scope = `user:${user}`;
  const first = `${latestDay.slice(0, 8)}01`;
  const firstBefore = `${addDays(first, -1).slice(0, 8)}01`;
  const hour = Math.floor(now / HOUR_MS) * HOUR_MS;
  const sameTimeBefore = msOf(`${firstBefore}T00:00:00Z`) + hour - msOf(`${first}T00:00:00Z`);
  const lastBefore = Math.min(sameTimeBefore, msOf(`${first}T00:00:00Z`));
  answers.month.want(
    url("/history", {
      ...{ scope, by: "month", from: first, to: new Date(hour).toISOString(), zone: calendar.zone },
      beside: `${firstBefore}/${new Date(lastBefore).toISOString()}`,
    }),
  );
  answers.budget.want(
    me?.has.budgets === true ? url("/budget", { scope, month: latestDay.slice(0, 7) }) : "",
  );
}

/** What a place used in the period that is shown, in its year, and where a number that was clicked comes from. */
function askForPeriod(view: View): void {
  const { answers, address, url, calendar } = view;
  const { amount: metric, year } = address;
  answers.history.want(url("/history", historyParameters(view)));
  answers.heatmap.want(
    url("/heatmap", {
      ...{ scope: scopeOf(address), metric, year: year === "" ? undefined : year, zone: calendar.zone },
    }),
  );
  answers.explanation.want(explanationUrl(view));
}

/** Machines that idle, and who used most. */
function askOfAllHosts(view: View): void {
  const { answers, address, url } = view;
  const hasIdle = answers.me.value?.has.hosts === true && address.path.length === 0;
  answers.idle.want(hasIdle ? url(sitePath(address.site, "/idle"), { days: 3 }) : "");
  const { from, to, beside } = historyParameters(view);
  const { sort } = address;
  const within = address.path.map(({ kind, name }) => `${kind}:${name}`);
  const shown = listsShown(view);
  for (const [kind, list] of answers.lists) if (!shown.includes(kind)) list.want("");
  for (const kind of shown)
    answers
      .list(kind)
      .want(url(sitePath(address.site, `/${kind}s`), { from, to, beside, sort, limit: 10, within }));
}
