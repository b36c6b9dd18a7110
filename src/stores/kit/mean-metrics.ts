import type { MachineAverages, RunningSum } from "../average-store.js";

/**
 * The source documents' running averages of a machine: energy counts its data points by mode, carbon once.
 *
 * @param mean The members of one mean, which is 0 without data points; it may be too large for a double.
 */
export function meanMetrics<Mean>(averages: MachineAverages, mean: (average: number) => Mean) {
  const { hours, weight, hoursWithCarbon, weightWithCarbon } = averages;
  const energy = (sum: RunningSum) => ({ number_data_points: hours, ...mean(quotient(sum, weight)) });
  const carbon = (sum: RunningSum): Mean => mean(quotient(sum, weightWithCarbon));
  return {
    energy_kwh: { busy: energy(averages.busyKwh), idle: energy(averages.idleKwh) },
    carbon_gCo2eq: {
      number_data_points: hoursWithCarbon,
      busy: carbon(averages.busyGco2eq),
      idle: carbon(averages.idleGco2eq),
    },
  };
}

function quotient(sum: RunningSum, weight: RunningSum): number {
  const by = weight.sum + weight.lost;
  // Adding 0 makes 0 of -0.
  return by > 0 ? (sum.sum + sum.lost) / by + 0 : 0;
}
