import { html, type SVGTemplateResult, svg, type TemplateResult } from "lit";
import { HATCH } from "./hatch.js";
import { onMarkKey } from "./keys.js";

/** A bar: busy below, idle above; `null` where nothing is known. */
export interface Bar {
  readonly busy: number | null;
  readonly idle: number | null;
  /** The same of the period before, drawn as a line. */
  readonly before: number | null;
  /** Whether only a part of its hours is known. */
  readonly isPartial: boolean;
  /** The bar in words, for those who hear it and for the pointer. */
  readonly text: string;
}

interface BarsOptions {
  readonly label: string;
  readonly bars: readonly Bar[];
  /** Text at the left, the middle and the right of the axis. */
  readonly ticks: readonly string[];
  readonly unit: string;
}

const WIDTH = 1000;
const HEIGHT = 220;

/** Bars of busy and idle with the period before as a line. The drawing is stretched; its text is not. */
export function barChart({ label, bars, ticks, unit }: BarsOptions): TemplateResult {
  const most = niceTop(highest(bars));
  const slot = WIDTH / Math.max(1, bars.length);
  const y = (value: number): number => HEIGHT - (value / most) * HEIGHT;
  const levels = [1, 0.5, 0].map((share) => share * most);
  return html`<div class="plot">
    <div class="levels" aria-hidden="true">
      ${levels.map((level) => html`<span>${levelText(level)}${level === most ? ` ${unit}` : ""}</span>`)}
    </div>
    <svg
      class="bars"
      viewBox="0 0 ${WIDTH} ${HEIGHT}"
      preserveAspectRatio="none"
      role="group"
      aria-label=${label}
      @keydown=${(event: KeyboardEvent) => onMarkKey(event)}
    >
      ${HATCH}${levels.map((level) => svg`<path class="level" d="M0 ${y(level)}H${WIDTH}" />`)}
      ${bars.map((bar, i) => oneBar(bar, i, slot, y))}
      <path class="before-halo" d=${beforeLine(bars, slot, y)} /><path
        class="before"
        d=${beforeLine(bars, slot, y)}
      />
    </svg>
    <div class="ticks" aria-hidden="true">${ticks.map((tick) => html`<span>${tick}</span>`)}</div>
  </div>`;
}

/** How high the highest bar is, or the line of the period before. */
export function highest(bars: readonly Bar[]): number {
  return Math.max(
    0,
    ...bars.map(({ busy, idle, before }) => Math.max((busy ?? 0) + (idle ?? 0), before ?? 0)),
  );
}

function oneBar(bar: Bar, i: number, slot: number, y: (value: number) => number): SVGTemplateResult {
  const gap = Math.min(6, slot * 0.2);
  const [x, width] = [i * slot + gap / 2, slot - gap];
  const [busy, idle] = [bar.busy ?? 0, bar.idle ?? 0];
  const isUnknown = bar.busy === null && bar.idle === null;
  const drawn = isUnknown
    ? svg`<rect class="unknown" x=${x} width=${width} y="0" height=${HEIGHT} />`
    : svg`<rect class="busy" x=${x} width=${width} y=${y(busy)} height=${HEIGHT - y(busy)} />
        <rect class="idle" x=${x} width=${width} y=${y(busy + idle)} height=${y(busy) - y(busy + idle)} />
        ${bar.isPartial ? svg`<rect class="partial" x=${x} width=${width} y="0" height=${y(busy + idle)} />` : ""}`;
  return svg`<g data-mark tabindex=${i === 0 ? 0 : -1} role="img" aria-label=${bar.text}>
    <title>${bar.text}</title>
    <rect class="touch" x=${i * slot} width=${slot} y="0" height=${HEIGHT} />${drawn}
  </g>`;
}

function beforeLine(bars: readonly Bar[], slot: number, y: (value: number) => number): string {
  const steps: string[] = [];
  let isDown = false;
  bars.forEach(({ before }, i) => {
    if (before === null) {
      isDown = false;
      return;
    }
    steps.push(`${isDown ? "L" : "M"}${i * slot} ${y(before)}H${(i + 1) * slot}`);
    isDown = true;
  });
  return steps.join("");
}

/** A round number that is no smaller: 1, 2, 4, 5 or 10 times a power of ten. */
function niceTop(most: number): number {
  if (!(most > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(most));
  return ([1, 2, 4, 5, 10].find((factor) => factor * power >= most) ?? 10) * power;
}

function levelText(level: number): string {
  return level >= 1000 ? level.toLocaleString("en-GB") : String(Number(level.toPrecision(3)));
}
