import type { Finding } from "../../usage/cpu.js";
import { formatInstant, HOUR_MS, type Interval } from "../../usage/hour.js";
import type { HostTable } from "../client/hosts.js";
import type { Machine } from "../scrapes/machines.js";
import type { MachineUse } from "../scrapes/measure-machine.js";
import type { InstanceScrapes } from "../scrapes/read-scrapes.js";
import type { GroupHours } from "./clean-hours.js";
import { describeImpossible, describeOddities, doubleFinding } from "./findings.js";

/** What an operator should know of the hosts of a group whose raw samples were read. */
export function describeUnclear(
  of: GroupHours,
  own: InstanceScrapes,
  machines: readonly Machine[],
  measured: readonly MachineUse[],
  { hosts }: HostTable,
  span: Interval,
): Finding[] {
  const { isClean } = of;
  const instance = of.instances.join(" and ");
  const oddities = measured.flatMap(({ oddities }) => oddities);
  const breaches = measured.flatMap(({ impossible, cpus }) =>
    [...impossible.keys()]
      .filter((hour) => impossible[hour] === 1 && isClean[hour] !== 1)
      .map((hour): Finding => {
        const when = formatInstant(span.from + hour * HOUR_MS);
        const message = `${instance} at ${when}: more CPU-seconds than ${cpus} CPUs have in an hour; the hour is not complete`;
        return { kind: "impossible-cpu-seconds", message };
      }),
  );
  return [
    ...describeOddities(instance, oddities),
    ...describeImpossible(instance, own.impossible),
    ...breaches,
    ...machines.flatMap(({ rows, doubledRows }) => {
      const counted = hosts[rows.find((row) => !doubledRows.includes(row)) ?? -1];
      return doubledRows.map((row) => doubleFinding(counted, hosts[row]));
    }),
  ];
}
