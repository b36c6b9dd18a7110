import type { CpuSlices } from "../../usage/cpu.js";

/** Of each host the steps of the source that knows most of them. All have the same hosts; those with other steps are left out. */
export function joinedSlices(all: readonly CpuSlices[]): CpuSlices {
  const [first, ...others] = all;
  if (first === undefined) throw new Error("no source has steps");
  const alike = others.filter(({ stepMs, count }) => stepMs === first.stepMs && count === first.count);
  const [busy, idle] = [first.busyCpuSeconds.slice(), first.idleCpuSeconds.slice()];
  first.instances.forEach((_, host) => {
    const [from, to] = [host * first.count, (host + 1) * first.count];
    let most = knownSteps(first, from, to);
    for (const slices of alike) {
      const known = knownSteps(slices, from, to);
      if (known <= most) continue;
      most = known;
      busy.set(slices.busyCpuSeconds.subarray(from, to), from);
      idle.set(slices.idleCpuSeconds.subarray(from, to), from);
    }
  });
  return { ...first, busyCpuSeconds: busy, idleCpuSeconds: idle };
}

function knownSteps({ busyCpuSeconds }: CpuSlices, from: number, to: number): number {
  return busyCpuSeconds.subarray(from, to).filter((seconds) => !Number.isNaN(seconds)).length;
}
