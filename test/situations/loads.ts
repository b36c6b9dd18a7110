import { type Load, sharesOf } from "ada-carbon/testing";

/** Another load every five minutes and on every cpu, from 4% to 96% busy, in several modes. Always the same. */
export const varied =
  (seed = 1): Load =>
  (cpu, blockStart) => {
    const block = Math.round(blockStart / 300_000);
    const busy = 40 + ((block * 7919 + cpu * 104_729 + seed * 1299709) % 920);
    const [iowait, steal, system] = [busy * 0.05, busy * 0.02, busy * 0.13].map(Math.floor);
    const [waiting = 0, stolen = 0, kernel = 0] = [iowait, steal, system];
    return sharesOf({
      user: busy - waiting - stolen - kernel,
      system: kernel,
      iowait: waiting,
      steal: stolen,
    });
  };
