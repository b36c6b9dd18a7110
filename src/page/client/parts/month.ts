// This month beside the one before, over the same days, and the budget if one is set.
import { html, nothing, type TemplateResult } from "lit";
import { carbonText, energyText, intensityText, isKnown, percentText } from "../amounts.js";
import { splitBar } from "../charts/small.js";
import { budgetFinding, monthFinding } from "../findings.js";
import type { Budget, History } from "../replies.js";
import { explained, staleNote, type View, waiting } from "../view.js";

export function monthCard(view: View): TemplateResult {
  const { month, me } = view.answers;
  const reply = month.value;
  // The lists below are of one site.
  const name = (me.value?.sites.length ?? 0) > 1 ? "This month at all sites" : "This month";
  if (reply === undefined)
    return html`<section class="card"><h2>${name}</h2>${waiting(month, "this month")}</section>`;
  const { calendar } = view;
  const { comparison, beside } = reply;
  return html`<section class="card">
    <h2>${monthFinding(name, reply)}</h2>
    <p class="small">
      ${calendar.day(reply.from)} to ${calendar.dayAndClock(reply.to)}${
        beside === null ? "" : `, beside the same days of ${calendar.month(beside.from)}`
      }${comparison === null ? "" : `: ${comparison.hours.toLocaleString("en-GB")} of ${reply.totals.hours.toLocaleString("en-GB")} hours known in both`}.
    </p>
    ${comparison === null ? alone(view, reply) : compared(view, reply, comparison)} ${staleNote(view, month)}
  </section>`;
}

function alone(view: View, { totals, from }: History): TemplateResult {
  const { kwh, idleShare, gco2eq } = totals;
  const known = totals.hours === totals.hoursKnown ? "" : `; ${totals.hoursKnown} of ${totals.hours} h known`;
  return html`<p class="value">${explained(view, "month", energyText(kwh.kwh))}</p>
    <p class="small">${view.calendar.month(from)}: ${percentText(idleShare)} idle, ${carbonText(gco2eq.gco2eq)}${known}</p>`;
}

function compared(
  view: View,
  reply: History,
  comparison: NonNullable<History["comparison"]>,
): TemplateResult {
  const longest = Math.max(...comparison.kwh.map((kwh) => kwh ?? 0));
  const starts = [reply.from, reply.beside?.from ?? reply.from] as const;
  return html`${([0, 1] as const).map((i) => {
    const [kwh, share, grams] = [comparison.kwh[i], comparison.idleShare[i], comparison.gco2eq?.[i]];
    const idle = isKnown(kwh) && isKnown(share) ? kwh * share : null;
    // Grams of some of the hours only are not those of all their kWh.
    const isWhole = comparison.hoursWithCarbon === comparison.hours;
    const perKwh = isWhole && isKnown(grams) && kwh > 0 ? `, at ${intensityText(grams / kwh)}` : "";
    return html`<div class="lying">
      <b>${i === 0 ? explained(view, "month", energyText(kwh)) : energyText(kwh)}</b>
      ${splitBar(isKnown(kwh) && idle !== null ? kwh - idle : kwh, idle, longest)}
      <p class="small">${view.calendar.month(starts[i])}: ${percentText(share)} idle, ${carbonText(grams)}${perKwh}</p>
    </div>`;
  })}`;
}

export function budgetCard(view: View): TemplateResult | typeof nothing {
  const budget = view.answers.budget.value;
  if (budget === undefined) return nothing;
  const { budgetKwh, usedKwh, projectedKwh, projectedIfIdleStoppedKwh, setBy, assumption } = budget;
  return html`<section class="card">
    <h2>${budgetFinding(budget)}</h2>
    <p class="small">${energyText(budgetKwh)} for ${view.calendar.month(`${budget.month}-15`)}${setBy === null ? "" : `, set by ${setBy}`}.</p>
    ${budgetBar(usedKwh, projectedKwh, budget, "if nothing changes")}
    ${projectedIfIdleStoppedKwh === null ? nothing : budgetBar(usedKwh, projectedIfIdleStoppedKwh, budget, "with what is idle now stopped")}
    <p class="small">${assumption}</p>
  </section>`;
}

function budgetBar(
  used: number | null,
  projected: number | null,
  budget: Budget,
  when: string,
): TemplateResult {
  const longest = Math.max(budget.budgetKwh, budget.projectedKwh ?? 0, used ?? 0) * 1.05;
  const more = isKnown(projected) && isKnown(used) ? Math.max(0, projected - used) : 0;
  return html`<div class="lying budget">
    <b>${energyText(projected)}</b>
    <svg class="split" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
      <rect class="used" width=${((used ?? 0) / longest) * 100} height="10"></rect>
      <rect class="projected" x=${((used ?? 0) / longest) * 100} width=${(more / longest) * 100} height="10"></rect>
      <path class="mark" d="M${(budget.budgetKwh / longest) * 100} 0V10"></path>
    </svg>
    <p class="small">${energyText(used)} used (filled), ${when} (outlined); the line is the budget</p>
  </div>`;
}
