// Everybody's live machines: the rows in view are drawn, and only those around them are asked for.
import { html, nothing, type TemplateResult } from "lit";
import { modelText } from "../../../http/model-text.js";
import type { Address } from "../address.js";
import { carbonText, energyText, percentText, powerText, sumOf } from "../amounts.js";
import type { WorkspacesReply, WorkspaceView } from "../replies.js";
import { explained, hostName, link, nameText, staleNote, type View, waiting } from "../view.js";

/** Every row is as high as this, pixels, so that the first and the last row in view can be told from the scrolling. */
const ROW_PX = 52;
const ROWS_BEFORE_AND_AFTER = 8;
/** So many are asked for at a time; the next ones when half of them are passed. */
const ASKED_AT_ONCE = 100;

export interface Scrolling {
  readonly top: number;
  readonly height: number;
}

/** The first row to ask for, so that those in view are among them. */
export function firstListed({ top }: Scrolling): number {
  const step = ASKED_AT_ONCE / 2;
  return Math.max(0, Math.floor(top / ROW_PX / step - 0.5) * step);
}

/** Order, search and part of the list: the service does all three. */
export function listParameters(
  { liveSort, liveSearch }: Address,
  offset: number,
): Readonly<Record<string, string | number | undefined>> {
  const search = liveSearch === "" ? undefined : liveSearch;
  return { sort: liveSort, search, offset, limit: ASKED_AT_ONCE };
}

export function workspacesCard(
  view: View,
  scrolling: Scrolling,
  onScroll: (event: Event) => void,
): TemplateResult | typeof nothing {
  const { live, address } = view;
  if (live.state === "off" || address.path.length > 0) return nothing;
  const isOpen = address.machines === "all";
  return html`<section class="card" aria-labelledby="live-h">
    <div class="card-head">
      <div>
        <h2 id="live-h">${titleText(view)}</h2>
        ${siteWatts(view, "small")}
      </div>
      ${link(view, { machines: isOpen ? "" : "all" }, isOpen ? "Hide them" : "Show all", { class: "button" })}
    </div>
    ${isOpen ? openList(view, scrolling, onScroll) : nothing}
  </section>`;
}

/** What the whole site takes now, which is for everybody; nothing while no news comes. */
export function siteWatts(view: View, size: "big" | "small"): TemplateResult | typeof nothing {
  const { state, now, totals } = view.live;
  const watts = sumOf([now?.busyWatts, now?.idleWatts]);
  if (state !== "live" || now === undefined || watts === null) return nothing;
  const idle = watts > 0 ? `, ${percentText((now.idleWatts ?? 0) / watts)} of it idle` : "";
  const some = now.workspaces < (totals?.active ?? 0) ? ` in the ${now.workspaces} that are measured` : "";
  return html`<p class=${size}>
    ${explained(view, "now site", powerText(watts))} <small>now${some}${idle}</small>
  </p>`;
}

function titleText({ live, calendar }: View): string {
  const { totals, state, countedUntil } = live;
  if (totals === undefined) return "Machines in use now";
  const [machine, machines, when] =
    state === "unmeasured"
      ? ["machine was", "machines were", `at ${calendar.clock(countedUntil)}`]
      : ["machine is", "machines are", "now"];
  return `${totals.active.toLocaleString("en-GB")} ${totals.active === 1 ? machine : machines} in use ${when}`;
}

const ORDERS: readonly (readonly [Address["liveSort"], string])[] = [
  ["idle", "most idle use first"],
  ["energy", "most energy first"],
  ["carbon", "most carbon first"],
  ["newest", "newest first"],
  ["oldest", "oldest first"],
  ["machine", "by machine type"],
];

function openList(view: View, scrolling: Scrolling, onScroll: (event: Event) => void): TemplateResult {
  const { workspaces } = view.answers;
  const { liveSort, liveSearch } = view.address;
  const reply = workspaces.value;
  const choose = (event: Event): void => {
    const { name, value } = event.target as HTMLInputElement;
    view.go({ [name]: value });
  };
  return html`<div class="bar" role="group" aria-label="Which machines are listed">
      <label>Order<select name="liveSort" @change=${choose}>
        ${ORDERS.map(([sort, text]) => html`<option value=${sort} ?selected=${sort === liveSort}>${text}</option>`)}
      </select></label>
      <label>With<input type="search" name="liveSearch" .value=${liveSearch} placeholder="machine, project" @change=${choose} /></label>
    </div>
    ${reply === undefined ? waiting(workspaces, "the machines in use") : rows(view, reply, scrolling, onScroll)}
    ${staleNote(view, workspaces)}`;
}

function rows(
  view: View,
  { count, offset, workspaces, models }: WorkspacesReply,
  { top, height }: Scrolling,
  onScroll: (event: Event) => void,
): TemplateResult {
  if (count === 0) return html`<p class="small">No machine in use fits, or none that you may see.</p>`;
  const first = Math.max(0, Math.floor(top / ROW_PX) - ROWS_BEFORE_AND_AFTER);
  const last = Math.min(count, Math.ceil((top + height) / ROW_PX) + ROWS_BEFORE_AND_AFTER);
  const places = Array.from({ length: Math.max(0, last - first) }, (_, i) => first + i);
  return html`<div class="rows" tabindex="0" role="list" aria-label="Machines in use" @scroll=${onScroll}>
      <div class="all-rows" role="presentation" .style=${`height:${count * ROW_PX}px`}>
        ${places.map((place) => {
          const workspace = workspaces[place - offset];
          return html`<div class="live-row" role="listitem" aria-setsize=${count} aria-posinset=${place + 1}
            .style=${`top:${place * ROW_PX}px`}>${workspace === undefined ? html`<span class="quiet">Asking for it.</span>` : row(view, workspace)}</div>`;
        })}
      </div>
    </div>
    <p class="small">Energy and carbon of each since it was first seen, ${models.live === null ? "by the model of the tracker" : html`by <span title=${models.live}>${modelText(models.live)}</span>`}.</p>`;
}

function row(view: View, workspace: WorkspaceView): TemplateResult {
  const {
    machine,
    user,
    ownerHidden,
    instance,
    startedAt,
    busyKwh,
    idleKwh,
    busyGco2eq,
    idleGco2eq,
    kwhWithoutCarbon,
  } = workspace;
  const kwh = busyKwh + idleKwh;
  const carbon = kwh > 0 && kwhWithoutCarbon >= kwh ? null : busyGco2eq + idleGco2eq;
  return html`<span>${nameText(machine, "Machine not known")}<br /><span class="small">${nameText(instance && hostName(instance), "host not shown")}</span></span>
    <span>${ownerHidden ? html`<span class="quiet">owner not shown</span>` : nameText(user)}</span>
    <span class="small">since ${view.calendar.dayAndClock(startedAt)}</span>
    <span>${energyText(kwh)}${kwh > 0 ? html`<br /><span class="small">${percentText(idleKwh / kwh)} idle</span>` : nothing}</span>
    <span>${carbonText(carbon)}</span>`;
}
