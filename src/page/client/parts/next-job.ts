import { html, type TemplateResult } from "lit";
import { carbonText, energyText, isKnown, percentText } from "../amounts.js";
import { intensityColumns } from "../charts/strip.js";
import type { BestTime } from "../replies.js";
import { explained, staleNote, type View, waiting } from "../view.js";
import { boundsText } from "./my-machines.js";

/** When a job of so many cores and hours takes the least carbon, in grams. */
export function nextJob(view: View): TemplateResult {
  const { bestTime } = view.answers;
  const reply = bestTime.value;
  return html`<div>
    ${reply === undefined ? html`<h2>Your next job</h2>${waiting(bestTime, "the best time")}` : answer(view, reply)}
    ${staleNote(view, bestTime)}
    <form class="job" @change=${(event: Event) => take(view, event)} @submit=${(event: Event) => event.preventDefault()}>
      <label>Cores<input name="cores" type="number" min="1" max="100000" .value=${String(view.address.cores)} /></label>
      <label>Hours<input name="hours" type="number" min="0.5" max="48" step="0.5" .value=${String(view.address.hours)} /></label>
      <label>Done by<input name="before" type="datetime-local" .value=${view.address.before} /></label>
    </form>
  </div>`;
}

function answer(view: View, reply: BestTime): TemplateResult {
  const { calendar } = view;
  const { now, best, savesShare, periods } = reply;
  if (best === null)
    return html`<h2>Your next job</h2>
      <p class="small">The forecast is too short for ${view.address.hours} h before then.</p>`;
  const startsNow = now !== null && best.from <= now.from;
  const heading = startsNow
    ? "Your next job: best right away"
    : `Your next job: best from ${calendar.weekdayAndClock(best.from)} to ${calendar.clock(best.to)}`;
  const first = periods[0];
  const last = periods.at(-1);
  return html`<h2>${heading}</h2>
    <p class="big">${explained(view, "job", carbonText(best.gco2eq.gco2eq), boundsText(best))}</p>
    <p class="small">
      ${
        now === null || startsNow
          ? ""
          : `Right away: ${carbonText(now.gco2eq.gco2eq)}. ${
              isKnown(savesShare) && savesShare >= 0.05
                ? `Waiting saves ${percentText(savesShare)}`
                : "Waiting saves next to nothing"
            }, for `
      }${view.address.cores} cores over ${view.address.hours} h (${energyText(best.kwh.kwh)}).
    </p>
    ${intensityColumns(periods, now === null ? null : { from: now.from, to: now.to, text: "now" }, {
      from: best.from,
      to: best.to,
      text: "best",
    })}
    <p class="ends small">
      <span><i class="swatch now"></i> <b>now</b></span>
      ${startsNow ? "" : html`<span><i class="swatch best"></i> <b>best</b>, ${calendar.weekdayAndClock(best.from)}</span>`}
      <span>${first === undefined || last === undefined ? "" : calendar.dayAndClock(last.to)}</span>
    </p>`;
}

function take(view: View, event: Event): void {
  const { name, value } = event.target as HTMLInputElement;
  if (name === "before") view.go({ before: value });
  else if (Number(value) > 0) view.go(name === "cores" ? { cores: Number(value) } : { hours: Number(value) });
}
