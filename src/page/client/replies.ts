// The replies of the service that the page reads. The service checks them against its own schemas before they are sent.

export interface Kwh {
  readonly kwh: number | null;
  readonly low: number | null;
  readonly high: number | null;
}

export interface Grams {
  readonly gco2eq: number | null;
  readonly low: number | null;
  readonly high: number | null;
}

export interface Me {
  readonly viewer: {
    /** `null` where the host application says that the viewer sees everything, and does not name them. */
    readonly user: string | null;
    readonly groups: readonly string[];
    readonly seesEveryone: boolean;
  } | null;
  readonly simulated: boolean;
  readonly zone: string;
  readonly now: string;
  readonly sites: readonly { readonly site: string; readonly projects: readonly string[] }[];
  readonly model: string;
  readonly licence: string | null;
  readonly grid: { readonly name: string; readonly zone: string } | null;
  readonly has: Readonly<
    Record<"workspaces" | "intensity" | "averages" | "hosts" | "budgets" | "console", boolean>
  >;
}

/** What stopping an idle machine from now until an instant would save, by the model. */
export interface Stop {
  readonly name: "tonight" | "until-monday";
  readonly from: string;
  readonly to: string;
  readonly kwh: Kwh;
  readonly gco2eq: Grams;
  readonly forecastUntil: string | null;
  readonly beyond: "usual-of-4-weeks" | null;
}

export interface MyMachine {
  readonly id: string;
  readonly instance: string;
  readonly machine: string | null;
  readonly project: string | null;
  readonly cores: number | null;
  readonly startedAt: string;
  readonly countedUntil: string;
  readonly busyWatts: number | null;
  readonly idleWatts: number | null;
  readonly idleSince: string | null;
  readonly lastBusyAt: string | null;
  readonly idleShare30d: number | null;
  readonly usualIdleShare: {
    readonly p25: number;
    readonly median: number;
    readonly p75: number;
    readonly machines: number;
  } | null;
  readonly idleKwhADay: number | null;
  readonly idleGco2eqADay: number | null;
  readonly usualIdleKwhADay: number | null;
  readonly days: readonly {
    readonly starts: string;
    readonly ends: string;
    readonly busyKwh: number | null;
    readonly idleKwh: number | null;
  }[];
  readonly stop: readonly Stop[];
  readonly consoleUrl: string | null;
}

export interface MyMachines {
  readonly site: string;
  readonly at: string;
  readonly zone: string;
  readonly model: string;
  readonly simulated: boolean;
  readonly machines: readonly MyMachine[];
  readonly totals: {
    readonly busyWatts: number | null;
    readonly idleWatts: number | null;
    readonly stop: readonly Stop[];
  };
}

export interface WorkspaceView {
  readonly id: string;
  readonly site: string;
  readonly instance: string | null;
  readonly project: string | null;
  readonly machine: string | null;
  readonly user: string | null;
  readonly group: string | null;
  readonly ownerHidden: boolean;
  readonly startedAt: string;
  readonly countedUntil: string;
  readonly runtimeSeconds: number;
  readonly unknownSeconds: number;
  readonly busyKwh: number;
  readonly idleKwh: number;
  readonly busyGco2eq: number;
  readonly idleGco2eq: number;
  readonly kwhWithoutCarbon: number;
}

export interface IdleMachines {
  readonly site: string;
  readonly at: string;
  readonly days: number;
  readonly machines: number;
  readonly watts: number | null;
  readonly mine: number;
  readonly group: number;
  readonly hidden: number;
  readonly stop: Stop | null;
  readonly list: readonly (WorkspaceView & {
    readonly idleSince: string | null;
    readonly watts: number | null;
    readonly kwh: number | null;
  })[];
}

interface JobWindow {
  readonly from: string;
  readonly to: string;
  readonly gco2eqPerKwh: number;
  readonly kwh: Kwh;
  readonly gco2eq: Grams;
}

export interface Period {
  readonly from: string;
  readonly to: string;
  readonly gco2eqPerKwh: number;
  readonly kind: "actual" | "forecast" | "fallback";
}

export interface BestTime {
  readonly zone: string;
  readonly grid: { readonly name: string; readonly zone: string };
  readonly forecastAt: string | null;
  readonly model: string;
  readonly now: JobWindow | null;
  readonly best: JobWindow | null;
  readonly savesGco2eq: number | null;
  readonly savesShare: number | null;
  readonly periods: readonly Period[];
}

type Column = readonly (number | null)[];

export interface Bins {
  readonly starts: readonly string[];
  readonly ends: readonly string[];
  readonly labels: readonly string[];
  readonly busyKwh: Column;
  readonly idleKwh: Column;
  readonly busyGco2eq: Column;
  readonly idleGco2eq: Column;
  readonly coverage: Column;
  readonly hoursKnown: readonly number[];
  readonly hours: readonly number[];
}

interface HistoryTotals {
  readonly kwh: Kwh;
  readonly gco2eq: Grams;
  readonly idleKwh: number | null;
  readonly idleShare: number | null;
  readonly gco2eqPerKwh: number | null;
  readonly actualShare: number | null;
  readonly hours: number;
  readonly hoursKnown: number;
  readonly hoursWithoutCarbon: number;
}

export interface History {
  readonly scope: string;
  readonly by: string;
  readonly zone: string;
  readonly from: string;
  readonly to: string;
  readonly simulated: boolean;
  readonly model: string | null;
  readonly bins: Bins;
  readonly totals: HistoryTotals;
  readonly beside: {
    readonly from: string;
    readonly to: string;
    readonly bins: Bins;
    readonly totals: HistoryTotals;
  } | null;
  /** Both periods over the hours that are known in both: the first is now, the second before. */
  readonly comparison: {
    readonly hours: number;
    readonly kwh: readonly [number | null, number | null];
    readonly idleShare: readonly [number | null, number | null];
    readonly gco2eq: readonly [number | null, number | null];
  } | null;
  readonly gaps: readonly { readonly from: string; readonly to: string; readonly reason: string }[];
}

/** Sums as the lists have them. */
export interface Sums {
  readonly busyKwh: number | null;
  readonly idleKwh: number | null;
  readonly busyGco2eq: number | null;
  readonly idleGco2eq: number | null;
}

export interface Owners {
  readonly kind: string;
  readonly from: string;
  readonly to: string;
  readonly count: number;
  readonly owners: readonly {
    readonly name: string;
    readonly mine: boolean;
    readonly totals: Sums;
    readonly before: Sums | null;
    readonly change: number | null;
  }[];
  /** Those the viewer may not see, as one sum; `null` where it would be the sum of one. */
  readonly rest: { readonly count: number; readonly totals: Sums | null };
  readonly reason: string | null;
  readonly cursor: string | null;
}

export interface Explanation {
  readonly scope: string;
  readonly from: string;
  readonly to: string;
  readonly model: string | null;
  readonly sum: readonly {
    /** A type of machine; `null` for what no stored host accounts for. */
    readonly what: string | null;
    readonly busyCpuSeconds: number | null;
    readonly idleCpuSeconds: number | null;
    readonly kwh: number | null;
  }[];
  readonly kwh: Kwh;
  readonly gco2eq: Grams;
  readonly intensity: readonly {
    readonly kind: string;
    readonly source: string;
    readonly hours: number;
    readonly gco2eqPerKwh: number | null;
  }[];
  readonly coverage: number | null;
  readonly hours: {
    readonly asked: number;
    readonly known: number;
    readonly provisional: number;
    readonly withoutCarbon: number;
  };
  readonly notes: readonly string[];
}

export interface Budget {
  readonly scope: string;
  readonly month: string;
  readonly budgetKwh: number;
  readonly setBy: string | null;
  readonly usedKwh: number | null;
  readonly wattsNow: number | null;
  readonly projectedKwh: number | null;
  readonly projectedIfIdleStoppedKwh: number | null;
  readonly assumption: string;
}

export interface SearchReply {
  readonly results: readonly { readonly kind: string; readonly name: string; readonly site: string | null }[];
}

export interface Heatmap {
  readonly year: number;
  readonly unit: string;
  readonly today: string;
  readonly days: readonly {
    readonly date: string;
    readonly value: number | null;
    readonly busy: number | null;
    readonly idle: number | null;
    readonly coverage: number;
    readonly weekday: number;
    readonly week: number;
  }[];
}

export interface WorkspacesReply {
  readonly site: string;
  readonly at: string;
  readonly workspaces: readonly WorkspaceView[];
  readonly totals: { readonly active: number; readonly busyKwh: number; readonly idleKwh: number };
}
