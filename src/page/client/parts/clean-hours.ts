import { html, type TemplateResult } from "lit";
import { intensityText } from "../amounts.js";
import { type Bracket, intensityStrip } from "../charts/strip.js";
import type { Period } from "../replies.js";
import { hoursBetween } from "../times.js";
import { gridText, type View, waiting } from "../view.js";

const WINDOWS = [2, 8] as const;

/** The coming two days, with the cleanest hours bracketed: when nightly jobs should run. */
export function cleanHours(view: View): TemplateResult {
  const { bestTime, me } = view.answers;
  const periods = bestTime.value?.periods ?? [];
  const first = periods[0];
  const last = periods.at(-1);
  if (first === undefined || last === undefined)
    return html`<section class="card"><h2>Cleanest hours</h2>${waiting(bestTime, "the forecast")}</section>`;
  const hours = Math.round(hoursBetween(first.from, last.to));
  const brackets = WINDOWS.flatMap((length) => cleanest(view, periods, length));
  return html`<section class="card" aria-labelledby="clean-h">
    <h2 id="clean-h">Cleanest hours, next ${hours}</h2>
    <p class="small">${gridText(view, "")}, forecast. ${bestTime.value?.licence ?? me.value?.licence ?? ""}</p>
    ${intensityStrip(periods, brackets)}
    <p class="ends small"><span>${view.calendar.dayAndClock(first.from)}</span><span>${view.calendar.dayAndClock(last.to)}</span></p>
  </section>`;
}

/** The window with the lowest mean among the periods, which follow each other. */
function cleanest({ calendar }: View, periods: readonly Period[], hours: number): Bracket[] {
  const length = Math.round(hours / hoursBetween(periods[0]?.from ?? "", periods[0]?.to ?? ""));
  let best: { readonly start: number; readonly mean: number } | undefined;
  for (let start = 0; start + length <= periods.length; start++) {
    const mean =
      periods.slice(start, start + length).reduce((sum, { gco2eqPerKwh }) => sum + gco2eqPerKwh, 0) / length;
    if (best === undefined || mean < best.mean) best = { start, mean };
  }
  const [from, to] = [periods[best?.start ?? -1]?.from, periods[(best?.start ?? 0) + length - 1]?.to];
  if (best === undefined || from === undefined || to === undefined) return [];
  return [{ from, to, text: `${hours} h: ${calendar.weekdayAndClock(from)}, ${intensityText(best.mean)}` }];
}
