import { AVERAGE_COUNTS, AVERAGE_SUMS } from "../../stores/assert-averages.js";
import type { AverageStore, MachineAverages } from "../../stores/average-store.js";
import { markedAverages } from "./average-samples.js";
import { expectCode, expectEqual } from "./expect.js";
import { IMPOSSIBLE_NAMES } from "./names.js";
import type { AverageSuiteOptions, Suite } from "./suite.js";

/** Bad input is refused, and nothing of its call is written. */
export function refusedAveragesTests(suite: Suite<AverageStore>, { largestName }: AverageSuiteOptions): void {
  const refuses = (name: string, cases: readonly (readonly [string, MachineAverages])[]): void => {
    suite.add(`refuses ${name}, and writes nothing of the call`, async (store) => {
      for (const [what, bad] of cases) {
        const call = [markedAverages("before", 1), bad, markedAverages("after", 1)];
        await expectCode(() => store.put(call), "bad-input", what);
        expectEqual(await store.list(), [], `the list after ${what}`);
      }
      await store.put([markedAverages("before", 1)]);
      expectEqual(await store.list(), ["before"], "the list after a good call");
    });
  };
  const good = markedAverages("good", 1);
  const bad = (change: Partial<MachineAverages>): MachineAverages => ({
    ...markedAverages("bad", 1),
    ...change,
  });

  refuses(
    "sums that are not finite",
    AVERAGE_SUMS.flatMap((name) =>
      [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY].flatMap((value) => [
        [`${name}.sum of ${value}`, bad({ [name]: { sum: value, lost: 0 } })] as const,
        [`${name}.lost of ${value}`, bad({ [name]: { sum: 0, lost: value } })] as const,
      ]),
    ),
  );

  refuses(
    "counts that are not whole, or negative",
    AVERAGE_COUNTS.flatMap((name) =>
      [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY].map(
        (value) => [`${name} of ${value}`, bad({ [name]: value })] as const,
      ),
    ),
  );

  refuses("what they were learnt from, if it cannot be", [
    ["an instant that is none", bad({ learnt: { isStale: false, pruned: { before: 0.5, sums: good } } })],
    [
      "a beginning that is no instant",
      bad({ learnt: { isStale: false, pruned: { from: Number.NaN, before: 0, sums: good } } }),
    ],
    [
      "pruned hours that are negative",
      bad({ learnt: { isStale: false, pruned: { before: 0, sums: { ...good, hours: -1 } } } }),
    ],
  ]);

  refuses(
    "names that are empty or not Unicode",
    IMPOSSIBLE_NAMES.map((name) => [JSON.stringify(name), markedAverages(name, 1)] as const),
  );

  suite.add("refuses to get and to remove under such names", async (store) => {
    for (const name of IMPOSSIBLE_NAMES) {
      await expectCode(() => store.get(name), "bad-input", `get of ${JSON.stringify(name)}`);
      await expectCode(() => store.remove([name]), "bad-input", `removal of ${JSON.stringify(name)}`);
    }
  });

  if (largestName === undefined) return;
  refuses(`names longer than ${largestName}`, [
    ["one longer", markedAverages("x".repeat(largestName + 1), 1)],
  ]);
}
