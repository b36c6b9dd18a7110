import { assertArgument, LIST, listOf, optionsBy, type Rule, TEXT } from "../usage/options.js";
import type { Scope } from "../usage/scope.js";
import { COLUMNS, SERIES, type UsageSeries } from "../usage/series.js";
import type { StoredIntensities } from "./stored-intensities.js";
import type { UsageStore } from "./usage-store.js";

const WHOLE_SERIES: Rule = {
  allowed: `${SERIES.allowed}, all its columns as long as its hours`,
  holds: (value) => SERIES.holds(value) && isRectangular(value as UsageSeries),
};

function isRectangular(series: UsageSeries): boolean {
  const { hours, status, provenance } = series;
  return [status, provenance, ...COLUMNS.map((name) => series[name])].every(
    ({ length }) => length === hours.length,
  );
}

/** What a store answers that may be one of somebody's own: what is no answer would else be a fault somewhere behind it. */
const ANSWERS: { readonly [Name in keyof UsageStore]?: Rule } = {
  read: WHOLE_SERIES,
  readKind: {
    allowed: `a list, each ${WHOLE_SERIES.allowed}`,
    holds: (value) => LIST.holds(value) && (value as unknown[]).every(WHOLE_SERIES.holds),
  },
  scopes: listOf<Scope>({ kind: TEXT, name: TEXT }),
  spans: LIST,
  intensities: optionsBy<StoredIntensities>({ grid: LIST, market: LIST }),
  forgottenAmong: { allowed: "a Set", holds: (value) => value instanceof Set },
};

/** The store, whose calls reject (`bad-input`) if it answers what a store does not. */
export function withCheckedAnswers(store: UsageStore): UsageStore {
  return new Proxy(store, {
    get(target, name) {
      const call: unknown = Reflect.get(target, name);
      if (typeof call !== "function") return call;
      const rule = Object.hasOwn(ANSWERS, name) ? ANSWERS[name as keyof UsageStore] : undefined;
      if (rule === undefined) return call.bind(target);
      return async (...given: unknown[]) => {
        const answer: unknown = await Reflect.apply(call, target, given);
        assertArgument(`${String(name)} of the store`, "what it gave", answer, rule);
        return answer;
      };
    },
  });
}
