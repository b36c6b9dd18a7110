import { html, type TemplateResult } from "lit";
import { link, nameText, siteTitle, type View } from "../view.js";

/** Sites, search, whether the numbers are live, and who looks. */
export function header(view: View): TemplateResult {
  const { address, answers } = view;
  const me = answers.me.value;
  return html`<header class="top">
    <div class="wide">
      <b>Energy and carbon</b>
      <nav class="sites" aria-label="Sites">
        ${(me?.sites ?? []).map(({ site }) =>
          link(view, { site, path: [], search: "", explain: "" }, siteTitle(site), {
            current: site === address.site,
          }),
        )}
      </nav>
      ${searchBox(view, "find")} ${liveBadge(view)}
      <p class="viewer">${viewerText(view)}</p>
    </div>
  </header>`;
}

function viewerText({ answers }: View): TemplateResult | string {
  const { viewer = null, knowsViewers = false } = answers.me.value ?? {};
  if (viewer === null) return knowsViewers ? "not signed in" : "";
  return html`${viewer.user === null ? "" : nameText(viewer.user)}${viewer.seesEveryone ? " sees everyone" : ""}`;
}

function liveBadge(view: View): TemplateResult {
  const { state } = view.live;
  // Read out when it changes, not with every beat.
  return html`<p class="live" role="status" data-state=${state}>
    <i class="dot" aria-hidden="true"></i>${explainLive(view)}
  </p>`;
}

/** Finds names that the viewer may see. On a phone it stands below what comes first. */
export function searchBox(view: View, id: string): TemplateResult {
  const { found } = view.answers;
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    const data = new FormData(event.target as HTMLFormElement);
    view.go({ search: String(data.get("search") ?? "").trim() });
  };
  const results = view.address.search === "" ? undefined : found.value?.results;
  return html`<form class="find ${id}-box" role="search" @submit=${submit}>
    <label class="hidden" for=${id}>Find a machine, user, group, experiment or host</label>
    <input id=${id} name="search" type="search" autocomplete="off" .value=${view.address.search}
      placeholder="Find a machine, user, group, host" />
    ${
      results === undefined
        ? ""
        : html`<div class="found" role="region" aria-label="What was found">
            ${results.length === 0 ? html`<p class="small">Nothing of that name, or nothing that you may see.</p>` : ""}
            <ul>
              ${results.map(
                ({ kind, name, site }) =>
                  html`<li>
                    ${link(view, { path: [{ kind, name }], search: "", ...(site === null ? {} : { site }) }, nameText(name))}
                    <span class="small">${kind}</span>
                  </li>`,
              )}
            </ul>
          </div>`
    }
  </form>`;
}

/** What stands beside the dot: the time of the last news, or what failed, and that it is tried again. */
function explainLive({ live, calendar, answers }: View): string {
  const { me } = answers;
  if (me.value === undefined && me.error !== undefined) return `${me.error.whatFailed}; trying again`;
  if (me.value === undefined && me.isLate) return "Our service does not answer; trying again";
  if (me.value === undefined) return "Connecting";
  const heard = live.heardAt === 0 ? "" : calendar.clock(live.heardAt);
  switch (live.state) {
    case "live":
      return `Live, ${heard}`;
    case "connecting":
      return "Connecting";
    case "unheard":
      return "No live news from our service yet; trying again";
    case "trouble":
      return `The store of our service does not answer since ${heard}; trying again`;
    case "unmeasured":
      return `No machine was measured since ${calendar.clock(live.countedUntil)}: the tracker or its Prometheus is away`;
    case "silent":
      return `No news since ${heard}; trying again`;
    case "off":
      return "Stored hours only";
  }
}
