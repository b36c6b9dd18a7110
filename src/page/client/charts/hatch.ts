import { type SVGTemplateResult, svg } from "lit";

/** The pattern of what is not known. Each drawing has its own: a reference does not reach into another shadow tree. */
export const HATCH: SVGTemplateResult = svg`<defs>
  <pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
    <path class="hatch-line" d="M0 0v6" />
  </pattern>
</defs>`;
