import type { CallOptions } from "../stores/call-options.js";
import type { Scope } from "../usage/scope.js";

/** How much electricity a scope should use in a month at most. */
export interface Budget {
  readonly kwh: number;
  /** Who set it, to be shown with it. */
  readonly setBy: string;
}

/** Where budgets are kept: a table of the host application. This library sets none. */
export interface BudgetSource {
  /** The budget of a scope in a calendar month such as `2026-11`; `undefined` if there is none. */
  budget(scope: Scope, month: string, options?: CallOptions): Promise<Budget | undefined>;
}
