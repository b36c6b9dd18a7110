// Everybody's live machines: a list of which only the rows in view are drawn.
import { html, nothing, type TemplateResult } from "lit";
import { carbonText, energyText, percentText } from "../amounts.js";
import type { WorkspaceView } from "../replies.js";
import { link, nameText, type View } from "../view.js";

/** Every row is as high as this, pixels, so that the first and the last row in view can be told from the scrolling. */
const ROW_PX = 52;
const ROWS_BEFORE_AND_AFTER = 8;

export interface Scrolling {
  readonly top: number;
  readonly height: number;
}

export function workspacesCard(
  view: View,
  scrolling: Scrolling,
  onScroll: (event: Event) => void,
): TemplateResult | typeof nothing {
  const { live, address } = view;
  if (live.state === "off" || address.path.length > 0) return nothing;
  const active = live.totals?.active ?? live.workspaces.length;
  const isOpen = address.machines === "all";
  return html`<section class="card" aria-labelledby="live-h">
    <div class="card-head">
      <h2 id="live-h">${active.toLocaleString("en-GB")} ${active === 1 ? "machine is" : "machines are"} in use now</h2>
      ${link(view, { machines: isOpen ? "" : "all" }, isOpen ? "Hide them" : "Show all", { class: "button" })}
    </div>
    ${
      isOpen && live.workspaces.length > 0 && live.workspaces.length < active
        ? html`<p class="small">The ${live.workspaces.length.toLocaleString("en-GB")} with the most idle use.</p>`
        : nothing
    }
    ${isOpen ? rows(view, live.workspaces, scrolling, onScroll) : nothing}
  </section>`;
}

function rows(
  view: View,
  all: readonly WorkspaceView[],
  { top, height }: Scrolling,
  onScroll: (event: Event) => void,
): TemplateResult {
  const sorted = [...all].sort((a, b) => b.idleKwh - a.idleKwh);
  const first = Math.max(0, Math.floor(top / ROW_PX) - ROWS_BEFORE_AND_AFTER);
  const last = Math.min(sorted.length, Math.ceil((top + height) / ROW_PX) + ROWS_BEFORE_AND_AFTER);
  return html`<div class="rows" tabindex="0" role="list" aria-label="Machines in use, most idle use first" @scroll=${onScroll}>
    <div class="all-rows" role="presentation" .style=${`height:${sorted.length * ROW_PX}px`}>
      ${sorted.slice(first, last).map(
        (
          workspace,
          i,
        ) => html`<div class="live-row" role="listitem" aria-setsize=${sorted.length} aria-posinset=${first + i + 1}
          .style=${`top:${(first + i) * ROW_PX}px`}>${row(view, workspace)}</div>`,
      )}
    </div>
  </div>`;
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
  return html`<span>${nameText(machine, "Machine not known")}<br /><span class="small">${nameText(instance?.replace(/:\d+$/, "") ?? null, "host not shown")}</span></span>
    <span>${ownerHidden ? html`<span class="quiet">owner not shown</span>` : nameText(user)}</span>
    <span class="small">since ${view.calendar.dayAndClock(startedAt)}</span>
    <span>${energyText(kwh)}${kwh > 0 ? html`<br /><span class="small">${percentText(idleKwh / kwh)} idle</span>` : nothing}</span>
    <span>${carbonText(carbon)}</span>`;
}
