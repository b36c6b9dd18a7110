import type { StepGrid } from "../src/prometheus/replies/matrix.js";

// Range replies as `increase()` of CPU counters gives them: values of 15 to 17 digits.

/** The shape of a reply. */
export interface BodyShape {
  readonly series: number;
  readonly points: number;
}

/** 33 MB. */
export const LONG: BodyShape = { series: 1_600, points: 720 };
/** 6.7 MB. */
export const WIDE: BodyShape = { series: 8_000, points: 24 };

export function gridOf(shape: BodyShape): StepGrid {
  return { from: 1_757_462_400_000, stepMs: 3_600_000, count: shape.points };
}

const MODES = ["idle", "iowait", "irq", "nice", "softirq", "steal", "system", "user"];

const PROJECTS = 3;
const MACHINES = 8;

/** Always the same bytes for the same shape. */
export function bodyOf(shape: BodyShape): Uint8Array {
  let seed = 1;
  const random = (): number => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) | 0;
    return (seed >>> 0) / 2 ** 32;
  };
  const grid = gridOf(shape);
  const parts: string[] = [];
  for (let s = 0; s < shape.series; s++) {
    const values: string[] = [];
    const mode = MODES[s % MODES.length] ?? "";
    const most = mode === "idle" ? 230_400 : 9_000;
    for (let t = 0; t < shape.points; t++) {
      const value = (random() + random() / 2 ** 30) * most;
      values.push(`[${grid.from / 1000 + (t * grid.stepMs) / 1000},"${value}"]`);
    }
    const h = Math.floor(s / MODES.length);
    const metric = {
      cloud_project_name: `Project ${h % PROJECTS}`,
      instance: `host-${String(h).padStart(5, "0")}.ada.example:9100`,
      machine_name: `Machine ${h % MACHINES}`,
      mode,
    };
    parts.push(`{"metric":${JSON.stringify(metric)},"values":[${values.join(",")}]}`);
  }
  return new TextEncoder().encode(
    `{"status":"success","data":{"resultType":"matrix","result":[${parts.join(",")}]}}`,
  );
}
