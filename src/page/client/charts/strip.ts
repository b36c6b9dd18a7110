import { html, svg, type TemplateResult } from "lit";
import type { Period } from "../replies.js";

export interface Bracket {
  readonly from: string;
  readonly to: string;
  readonly text: string;
}

/** The limits of five groups of equal size: the greatest of each. */
export function fifths(values: readonly number[]): number[] {
  const sorted = [...values].sort((a, b) => a - b);
  return [0.2, 0.4, 0.6, 0.8, 1].map((share) => sorted[Math.ceil(share * sorted.length) - 1] ?? 0);
}

/** Which of the five groups a value is in, 0 to 4. */
export function fifthOf(value: number, limits: readonly number[]): number {
  const group = limits.findIndex((limit) => value <= limit);
  return group === -1 ? limits.length - 1 : group;
}

/** The coming hours as one strip, darker where electricity is dirtier; best times are bracketed and named below. */
export function intensityStrip(periods: readonly Period[], brackets: readonly Bracket[]): TemplateResult {
  const start = Date.parse(periods[0]?.from ?? "");
  const end = Date.parse(periods.at(-1)?.to ?? "");
  const x = (instant: string): number => ((Date.parse(instant) - start) / (end - start)) * 100;
  const limits = fifths(periods.map(({ gco2eqPerKwh }) => gco2eqPerKwh));
  return html`<svg class="strip" viewBox="0 0 100 10" preserveAspectRatio="none" role="img"
      aria-label="Carbon intensity of the coming hours; the text beside it has the best times">
      ${periods.map(
        ({ from, to, gco2eqPerKwh }) =>
          svg`<rect class="step${fifthOf(gco2eqPerKwh, limits)}" x=${x(from)} width=${x(to) - x(from) + 0.05} height="10" />`,
      )}
    </svg>
    ${brackets.map(
      ({ from, to, text }) => html`<div class="bracket">
        <i .style=${`left:${x(from)}%;width:${x(to) - x(from)}%`}></i>
        <span .style=${x(to) > 60 ? `right:${100 - x(from) + 1}%` : `left:${x(to) + 1}%`}>${text}</span>
      </div>`,
    )}
    <div class="steps">
      <ol>
        ${limits.map((limit, i) => html`<li><i class="step${i}"></i>to ${Math.round(limit)}</li>`)}
      </ol>
      <span>gCO₂e/kWh</span>
    </div>`;
}

/** The coming hours as columns, with now and the best time marked by word and outline. */
export function intensityColumns(
  periods: readonly Period[],
  now: Bracket | null,
  best: Bracket | null,
): TemplateResult {
  const most = Math.max(1, ...periods.map(({ gco2eqPerKwh }) => gco2eqPerKwh));
  const slot = 100 / Math.max(1, periods.length);
  const isIn = (period: Period, bracket: Bracket | null): boolean =>
    bracket !== null && period.from >= bracket.from && period.from < bracket.to;
  return html`<svg class="columns" viewBox="0 0 100 40" preserveAspectRatio="none" role="img"
    aria-label="Carbon intensity of the coming hours, with the best time marked">
    ${periods.map((period, i) => {
      const height = (period.gco2eqPerKwh / most) * 38;
      const kind = isIn(period, best) ? "best" : isIn(period, now) ? "now" : "other";
      return svg`<rect class="column-${kind}" x=${i * slot + slot * 0.1} width=${slot * 0.8} y=${40 - height} height=${height} />`;
    })}
  </svg>`;
}
