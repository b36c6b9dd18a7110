import { html, nothing, svg, type TemplateResult } from "lit";
import { carbonText, energyText } from "../amounts.js";
import { HATCH } from "../charts/hatch.js";
import { onMarkKey } from "../charts/keys.js";
import { fifthOf, fifths } from "../charts/strip.js";
import type { Heatmap } from "../replies.js";
import { Calendar } from "../times.js";
import { link, type View, waiting } from "../view.js";

const SQUARE = 13;

/** The year, a square a day, in five groups of equal numbers of days. */
export function yearCard(view: View): TemplateResult {
  const { heatmap } = view.answers;
  const reply = heatmap.value;
  if (reply === undefined)
    return html`<section class="card"><h2>The year, day by day</h2>${waiting(heatmap, "the year")}</section>`;
  const { year, days } = reply;
  const values = days.flatMap(({ value }) => (value === null ? [] : [value]));
  const limits = fifths(values);
  const groups = new Set(values.map((value) => fifthOf(value, limits)));
  const missing = days.filter(({ value, date }) => value === null && date < reply.today).length;
  const thisYear = Number(reply.today.slice(0, 4));
  return html`<section class="card" aria-labelledby="year-h">
    <div class="card-head">
      <div>
        <h2 id="year-h">${year}, day by day</h2>
        <p class="small">${groups.size < limits.length ? "" : "Five groups with equal numbers of days."}${reply.basis === null ? "" : ` Grams: ${reply.basis}.`}</p>
      </div>
      <p>
        ${link(view, { year: String(year - 1) }, `‹ ${year - 1}`, { class: "button" })}
        ${year < thisYear ? link(view, { year: year + 1 === thisYear ? "" : String(year + 1) }, `${year + 1} ›`, { class: "button" }) : nothing}
      </p>
    </div>
    <div class="halves">${[0, 6].map((month) => half(view, reply, month, limits))}</div>
    <div class="steps">
      <ol>${limits.map((limit, i) => (groups.has(i) ? html`<li><i class="step${i}"></i>to ${amount(view, limit)}</li>` : nothing))}</ol>
      ${missing === 0 ? nothing : html`<span><i class="swatch unknown"></i> missing: ${missing} ${missing === 1 ? "day" : "days"}</span>`}
    </div>
  </section>`;
}

/** Six months as a drawing of weeks and weekdays, so that it fits a phone in two rows. */
function half(
  view: View,
  { days, today, year }: Heatmap,
  firstMonth: number,
  limits: readonly number[],
): TemplateResult {
  const shown = days.filter(({ date }) => Math.floor((Number(date.slice(5, 7)) - 1) / 6) === firstMonth / 6);
  const firstWeek = shown[0]?.week ?? 0;
  const weeks = (shown.at(-1)?.week ?? 0) - firstWeek + 1;
  const months = shown.filter(({ date }) => date.endsWith("-01"));
  const focused = shown.find(({ date }) => date === today) ?? shown[0];
  return html`<svg
    class="heat"
    viewBox="0 0 ${weeks * SQUARE + 28} ${7 * SQUARE + 14}"
    role="group"
    aria-label="${firstMonth === 0 ? "January to June" : "July to December"} ${year}; arrow keys go from day to day"
    @keydown=${(event: KeyboardEvent) => onMarkKey(event, 7)}
  >
    ${HATCH}${months.map(({ date, week }) => svg`<text x=${28 + (week - firstWeek) * SQUARE} y="9">${monthName(date)}</text>`)}
    ${["Mon", "Thu", "Sun"].map((name, i) => svg`<text x="0" y=${14 + i * 3 * SQUARE + 9}>${name}</text>`)}
    ${shown.map((day) => {
      const isToCome = day.date > today;
      const kind = isToCome
        ? "to-come"
        : day.value === null
          ? "unknown"
          : `step${fifthOf(day.value, limits)}`;
      const text = `${dayOf(day.date)}: ${isToCome ? "not yet" : day.value === null ? "missing" : `${amount(view, day.value)}${day.coverage < 0.999 ? ", in part" : ""}`}`;
      return svg`<rect data-mark tabindex=${day === focused ? 0 : -1} role="img" aria-label=${text} class=${kind}
        x=${28 + (day.week - firstWeek) * SQUARE} y=${14 + day.weekday * SQUARE} width=${SQUARE - 2} height=${SQUARE - 2}><title>${text}</title></rect>`;
    })}
  </svg>`;
}

function amount({ address }: View, value: number): string {
  return address.amount === "energy" ? energyText(value) : carbonText(value);
}

/** As the bars write it. The date is one of a wall calendar already, so no zone moves it. */
function dayOf(date: string): string {
  return WALL.day(`${date}T00:00:00Z`);
}

const WALL = new Calendar("UTC");

function monthName(date: string): string {
  return new Date(`${date}T00:00:00Z`).toLocaleDateString("en-GB", { month: "short", timeZone: "UTC" });
}
