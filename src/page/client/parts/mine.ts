// What leads the page of a site: the viewer's own.
import { html, nothing, type TemplateResult } from "lit";
import { modelText } from "../../../http/model-text.js";
import { capital } from "../findings.js";
import type { Me } from "../replies.js";
import { gridText, modelNote, siteTitle, type View, waiting } from "../view.js";
import { budgetCard, monthCard } from "./month.js";
import { idleLead, machineRows } from "./my-machines.js";
import { nextJob } from "./next-job.js";
import { siteWatts } from "./workspaces.js";

/** What whoever has just started the service has to set. */
function noHostsBanner(reason: string | null): TemplateResult | typeof nothing {
  if (reason === null) return nothing;
  return html`<section class="card banner no-hosts" aria-labelledby="no-hosts-h">
    <div>
      <h2 id="no-hosts-h">No machine was found</h2>
      <p>${capital(reason)}</p>
    </div>
  </section>`;
}

/** What stands in the place of somebody's machines where no name is known to which they could belong. */
function withoutUser(view: View, me: Me | undefined): TemplateResult {
  const [title, text] =
    me?.viewer != null
      ? ["You may see everybody's machines", "Which of them are yours is not known here: your name is not."]
      : me?.knowsViewers === true
        ? ["Sign in to see your machines", "Sums of the site are for everybody."]
        : [
            "Everybody sees the same here",
            "This service does not know who looks, so it shows sums over many people. Where its configuration says how people are known, each sees their own machines first.",
          ];
  return html`<div><h2>${title}</h2>${siteWatts(view, "big")}<p class="small">${text}</p></div>`;
}

/** Who looks: their machines, their next job, their month. */
export function mySection(view: View): TemplateResult {
  const { me, mine, bestTime } = view.answers;
  const user = me.value?.viewer?.user ?? null;
  const site = siteTitle(view.address.site);
  const isSimulated = me.value?.simulated === true;
  const { calendar } = view;
  const short = calendar.zoneName(view.now);
  // "16:40 GMT, Europe/London", but not "16:40 UTC, UTC".
  const zone = short === calendar.zone ? short : `${short}, ${calendar.zone}`;
  const when = `${calendar.dayAndClock(view.now)} ${zone}`;
  const grid = gridText(view, "no grid is configured");
  const lead =
    mine.value === undefined
      ? html`<div><h2>Your machines</h2>${waiting(mine, "your machines")}</div>`
      : idleLead(view, mine.value);
  return html`<section class="mine" aria-labelledby="mine-h">
    <div class="heading">
      <h2 class="title" id="mine-h">${site}: ${user === null ? "energy and carbon" : "my machines"}</h2>
      ${isSimulated ? html`<span class="tag">Simulated data</span>` : nothing}
    </div>
    <p class="sub">${when}. Power: ${modelText(me.value?.model ?? "not known")}. Grid: ${grid}.</p>
    ${noHostsBanner(me.value?.noHosts ?? null)}
    <div class="card lead">
      ${user === null ? withoutUser(view, me.value) : me.value?.has.workspaces === true ? lead : html`<div><h2>Live machines are not followed here</h2><p class="small">Stored hours are below.</p></div>`}
      ${me.value?.has.intensity === true || bestTime.value !== undefined ? nextJob(view) : html`<div><h2>Your next job</h2><p class="small">No grid is configured, so no best time is known.</p></div>`}
    </div>
    ${mine.value === undefined ? nothing : machineRows(view, mine.value)} ${modelNote(view)}
    ${user === null ? nothing : html`<div class="pair">${monthCard(view)}${budgetCard(view)}</div>`}
  </section>`;
}
