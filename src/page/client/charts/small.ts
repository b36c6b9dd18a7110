// Small drawings that stand beside a number.
import { html, svg, type TemplateResult } from "lit";
import { percentText } from "../amounts.js";
import { HATCH } from "./hatch.js";

/** One lying bar: busy, then idle. `share` is its length beside the longest of its kind. */
export function splitBar(busy: number | null, idle: number | null, longest: number): TemplateResult {
  const width = (amount: number | null): number => (longest > 0 ? ((amount ?? 0) / longest) * 100 : 0);
  const isUnknown = busy === null && idle === null;
  return html`<svg class="split" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
    ${HATCH}${
      isUnknown
        ? svg`<rect class="unknown" width="100" height="10" />`
        : svg`<rect class="busy" width=${width(busy)} height="10" />
            <rect class="idle" x=${width(busy)} width=${width(idle)} height="10" />`
    }
  </svg>`;
}

interface Day {
  readonly busyKwh: number | null;
  readonly idleKwh: number | null;
}

/** The last days of a machine. */
export function spark(days: readonly Day[], text: string): TemplateResult {
  const most = Math.max(0, ...days.map(({ busyKwh, idleKwh }) => (busyKwh ?? 0) + (idleKwh ?? 0))) || 1;
  const slot = 100 / Math.max(1, days.length);
  return html`<svg class="spark" viewBox="0 0 100 40" preserveAspectRatio="none" role="img" aria-label=${text}>
    ${HATCH}${days.map(({ busyKwh, idleKwh }, i) => {
      const [x, width] = [i * slot + slot * 0.1, slot * 0.8];
      if (busyKwh === null && idleKwh === null)
        return svg`<rect class="unknown" x=${x} width=${width} height="40" />`;
      const [busy, idle] = [((busyKwh ?? 0) / most) * 38, ((idleKwh ?? 0) / most) * 38];
      return svg`<rect class="busy" x=${x} width=${width} y=${39 - busy} height=${busy} />
        <rect class="idle" x=${x} width=${width} y=${39 - busy - idle} height=${idle} />`;
    })}
    <path class="level" d="M0 39.5H100" />
  </svg>`;
}

interface Usual {
  readonly p25: number;
  readonly median: number;
  readonly p75: number;
}

/** Where a machine's idle share stands beside the middle half of its kind. */
export function usualRange(share: number | null, { p25, p75 }: Usual): TemplateResult {
  const text = `${percentText(share)} idle; the middle half of such machines ${percentText(p25)} to ${percentText(p75)}`;
  return html`<svg class="usual" viewBox="0 0 100 20" preserveAspectRatio="none" role="img" aria-label=${text}>
    <path class="level" d="M0 10H100" />
    <rect class="band" x=${p25 * 100} width=${Math.max(1, (p75 - p25) * 100)} y="4" height="12" />
    ${share === null ? "" : svg`<path class="mark" d="M${share * 100} 1V19" />`}
  </svg>`;
}

/** Low, best and high of a number on one line. */
export function boundsLine(low: number, value: number, high: number): TemplateResult {
  const span = high - low || 1;
  const x = Math.min(99, Math.max(1, ((value - low) / span) * 100));
  return html`<svg class="usual" viewBox="0 0 100 20" preserveAspectRatio="none" aria-hidden="true">
    <rect class="band" x="0" width="100" y="6" height="8" />
    <path class="mark" d="M${x} 1V19" />
  </svg>`;
}
