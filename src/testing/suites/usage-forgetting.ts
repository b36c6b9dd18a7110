import { UNATTRIBUTED } from "../../usage/scope.js";
import { outsideOf } from "../../usage/series.js";
import { expectCode, expectEqual } from "./expect.js";
import { ALL_SAMPLES, hourAt, marked, sampleHours } from "./samples.js";
import { expectStored, namesOf, project, type UsageSuite } from "./usage-tools.js";

const AMARA = { kind: "user", name: "amara" } as const;
const BJORN = { kind: "user", name: "bjorn" } as const;

/** Forgetting users, of whom a store keeps nothing but that they were forgotten. */
export function forgettingTests({ suite, options }: UsageSuite): void {
  const { tolerance = 0, concurrentHandles = true } = options;

  suite.add("a forgotten user has no rows and is not listed; all others stay", async (store, another) => {
    const others = [marked(BJORN, sampleHours(30), 2), marked(project("amara"), sampleHours(30), 3)];
    await store.replace([marked(AMARA, sampleHours(30), 1), ...others]);
    await store.forgetUser("amara");
    await store.forgetUser("amara");
    for (const reader of concurrentHandles ? [store, await another()] : [store]) {
      expectEqual(await namesOf(reader, "user"), ["bjorn"], "users");
      expectEqual((await reader.read(AMARA, ALL_SAMPLES)).hours, [], "rows of the forgotten user");
      for (const other of others) await expectStored(reader, other, "of somebody else", tolerance);
    }
  });

  suite.add("says who was forgotten, to the last code unit, and whoever asks", async (store, another) => {
    expectEqual(await store.forgottenAmong(["amara"]), new Set(), "forgotten before");
    await store.forgetUser("amara");
    await store.forgetUser("Chidi \u{1f600}");
    for (const reader of concurrentHandles ? [store, await another()] : [store]) {
      const asked = ["amara", "Amara", "amara ", "bjorn", "Chidi \u{1f600}", "amara", UNATTRIBUTED];
      expectEqual(await reader.forgottenAmong(asked), new Set(["amara", "Chidi \u{1f600}"]), "forgotten");
      expectEqual(await reader.forgottenAmong([]), new Set(), "among none");
    }
  });

  suite.add("forgets a user of whom it has nothing, but never nobody", async (store) => {
    await store.forgetUser("never seen");
    expectEqual(await store.forgottenAmong(["never seen"]), new Set(["never seen"]), "forgotten");
    await expectCode(() => store.forgetUser(UNATTRIBUTED), "bad-input", "forgetting nobody");
    await expectCode(() => store.forgetUser(""), "bad-input", "an empty name");
  });

  suite.add(
    "forgets a user whose rows are removed already, and keeps the rest of the hours",
    async (store) => {
      const twoSpans = { from: hourAt(0), to: hourAt(10) };
      await store.replace([marked(AMARA, sampleHours(30), 1), marked(BJORN, sampleHours(30), 2)]);
      await store.remove([AMARA, BJORN], twoSpans);
      await store.remove([AMARA], ALL_SAMPLES);
      await store.forgetUser("amara");
      await expectStored(
        store,
        outsideOf(marked(BJORN, sampleHours(30), 2), twoSpans),
        "not forgotten",
        tolerance,
      );
    },
  );
}
