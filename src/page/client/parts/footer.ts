import { html, type TemplateResult } from "lit";
import { modelText } from "../../../http/model-text.js";
import { staleNote, type View } from "../view.js";

/** By what the numbers were made, and whose they are. */
export function footer(view: View): TemplateResult {
  const me = view.answers.me.value;
  const live = staleNote(view, view.answers.me);
  return html`<footer class="wide">
    ${live}
    <p>
      Electricity is estimated from processor time${me === undefined ? "" : ` with ${modelText(me.model)}`}, not metered. What is missing is shown as missing, never as
      zero. ${me?.licence ?? ""} Times: ${view.calendar.zone}. <a href="${view.api}/docs">API</a> ·
      <a href="${view.api}/metrics">Metrics</a>
    </p>
    <p class="paper-only">${location.href}, ${view.calendar.dayAndClock(view.now)} ${view.calendar.zoneName(view.now)}</p>
  </footer>`;
}
