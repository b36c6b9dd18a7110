import { byCodeUnit } from "../../usage/code-units.js";
import type { ScopeKind } from "../../usage/scope.js";
import { expectCode, expectEqual } from "./expect.js";
import { hostileNames } from "./names.js";
import { marked, sampleHours } from "./samples.js";
import { expectStored, namesOf, project, type UsageSuite } from "./usage-tools.js";

/** Names are kept as they are, all apart from one another. */
export function nameTests({ suite, options }: UsageSuite): void {
  for (const kind of ["project", "user"] as const satisfies readonly ScopeKind[]) {
    suite.add(`keeps hostile names of kind ${kind} apart and as they are`, async (store) => {
      const names = hostileNames(options);
      const batch = names.map((name, i) => marked({ kind, name }, sampleHours(2), i + 1));
      await store.replace(batch);
      expectEqual(await namesOf(store, kind), [...names].sort(byCodeUnit), "their list");
      for (const series of batch) await expectStored(store, series, JSON.stringify(series.scope.name));
    });
  }

  suite.add("hostile names written one by one, backwards and twice", async (store) => {
    const names = hostileNames(options).slice(0, 40);
    for (const mark of [1, 2]) {
      for (const [i, name] of [...names.entries()].reverse()) {
        await store.replace([marked({ kind: "machine", name }, sampleHours(1), mark + i)]);
      }
    }
    expectEqual(await namesOf(store, "machine"), [...names].sort(byCodeUnit), "their list");
    for (const [i, name] of names.entries()) {
      await expectStored(
        store,
        marked({ kind: "machine", name }, sampleHours(1), 2 + i),
        JSON.stringify(name),
      );
    }
  });

  if (options.caseSensitive !== false) return;
  suite.add("refuses a name that it cannot tell from a stored one", async (store) => {
    await store.replace([marked(project("bob"), sampleHours(1), 1)]);
    const other = marked(project("Bob"), sampleHours(1), 2);
    await expectCode(() => store.replace([other]), "store-unavailable", "Bob after bob");
    await expectStored(store, marked(project("bob"), sampleHours(1), 1), "bob");
    expectEqual(await namesOf(store, "project"), ["bob"], "projects");
  });
}
