import { type Load, sharesOf, steadyModes } from "ada-carbon/testing";

/** Per mille of the modes that are seldom used: enough for each counter to stand at more than half an hour. */
const SELDOM = { nice: 1, irq: 1, softirq: 2, iowait: 2, steal: 1 } as const;
const SELDOM_PER_MILLE = 7;

/** Every cpu busy for so many per cent of the time, always, with a little in every mode. */
export const everyMode = (busyPercent: number): Load => {
  const busy = busyPercent * 10 - SELDOM_PER_MILLE;
  return steadyModes({ ...SELDOM, user: busy - Math.floor(busy / 10), system: Math.floor(busy / 10) });
};

/** Another load every five minutes and on every cpu, from 4% to 96% busy, in every mode. Always the same. */
export const varied =
  (seed = 1): Load =>
  (cpu, blockStart) => {
    const block = Math.round(blockStart / 300_000);
    const busy = 40 + ((block * 7919 + cpu * 104_729 + seed * 1_299_709) % 920);
    const [iowait, steal, system] = [Math.floor(busy / 20), Math.floor(busy / 50), Math.floor(busy / 8)];
    const user = busy - iowait - steal - system - 4;
    return sharesOf({ user, system, iowait, steal, nice: 1, irq: 1, softirq: 2 });
  };
