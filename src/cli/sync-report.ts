import type { ScopeTotal, SyncReport } from "../sync/events.js";
import type { UnknownMachines } from "../sync/unknown-machines.js";
import { given } from "../usage/given.js";
import { formatEnds, formatInterval } from "../usage/hour.js";
import { formatScope, type Scope, type ScopeKind } from "../usage/scope.js";
import { tryNext } from "./demo.js";
import type { Io } from "./io.js";
import { decimals } from "./render.js";
import { columnsOver, type FormatFlags, printResult } from "./result.js";
import { basisDocument, basisLegend, haveMarket, ledgerLegend, SUM_LEGEND, sumColumns } from "./table.js";

/** Where the rows went: to files, or to a database. */
interface Place {
  readonly where: string;
  pathOf?(scope: Scope): string;
}

interface Shown extends FormatFlags {
  readonly simulated: boolean;
  /** Whether the intensities are, too. */
  readonly simulatedGrid: boolean;
  /** What the licence of the intensities wants shown. */
  readonly licence: string | undefined;
}

/** The report of a run on standard output: for people, or as one JSON document. */
export function printReport(report: SyncReport, place: Place, shown: Shown, io: Io): void {
  printResult(
    {
      title: formatInterval(report.interval),
      isSimulated: shown.simulated,
      columns: [
        { head: "project", name: "project", value: ({ scope }: ScopeTotal) => scope.name },
        ...columnsOver(sumColumns(haveMarket([report.total])), (total: ScopeTotal) => total),
      ],
      rows: [...report.projectTotals, report.total],
      facts: factsOf(report, place, shown),
      legend: [
        SUM_LEGEND,
        ...basisLegend([report.total]),
        ...ledgerLegend([report.total]),
        ...(shown.simulated ? whatNext(place) : []),
      ],
      document: documentOf(report, place, shown),
    },
    shown,
    io,
  );
}

function documentOf(report: SyncReport, place: Place, shown: Shown): object {
  return {
    ...report,
    interval: formatEnds(report.interval),
    simulated: shown.simulated,
    ...basisDocument([report.total]),
    store: place.where,
    written: report.written.map((scope) => ({
      scope: formatScope(scope),
      ...given({ path: place.pathOf?.(scope) }),
    })),
  };
}

function factsOf(report: SyncReport, place: Place, shown: Shown): string[] {
  return [
    ...hourLines(report),
    "",
    ...writtenLines(report, place),
    "",
    ...madeUpLines(shown),
    ...(shown.simulatedGrid || shown.licence === undefined ? [] : [shown.licence]),
  ];
}

function madeUpLines({ simulated, simulatedGrid }: Shown): string[] {
  if (!simulated) return [];
  return [
    simulatedGrid ? "Hosts, users and carbon intensities are made up." : "Hosts and users are made up.",
  ];
}

function whatNext({ where, pathOf }: Place): string[] {
  const flag = pathOf === undefined ? "--store" : "--out";
  const at = `${flag} ${where}`;
  return tryNext(
    `ada-carbon top users ${at}`,
    `ada-carbon report ${at} --graph energy`,
    `ada-carbon list ${at}`,
    "ada-carbon serve --demo",
  );
}

function hourLines(report: SyncReport): string[] {
  const { plan, statuses } = report;
  const counted = Object.entries(statuses).filter(([, hours]) => hours > 0);
  const notes: [number, string][] = [
    [
      report.provisional,
      "hours rest on an intensity that may still change: each run looks again for --repair-days, later one a day",
    ],
    [plan.restate, "hours had their carbon looked up again"],
    [report.restated, "hours had their carbon computed again"],
    [report.tooYoung, "hours are too young: their last scrapes have not arrived; the next run finishes them"],
    [plan.unfinished, "hours are not over yet and were left out"],
    [report.kept, "hours were left as stored, since the source now has less of them"],
    [report.failed, "hours could not be fetched; run it again"],
    [
      report.otherModel,
      "hours were stored under another power model and left as they are; restate computes them again",
    ],
    [
      report.otherIntensity,
      "hours were stored with another grid's or region's intensity and left as they are",
    ],
    [
      report.wanting,
      "hours are still wanting (not downloaded, incomplete or without carbon); a later run tries again",
    ],
    [
      report.givenUp,
      "hours are incomplete or were counted by the tracker, and older than --repair-days: fetched again only with a larger one",
    ],
    [report.findings.length, "findings about the data"],
  ];
  return [
    ...unknownMachineLines(report.unknownMachines),
    `hours: ${plan.wanted} wanted, ${plan.fetch} fetched, ${plan.done} done before`,
    `status: ${counted.map(([status, hours]) => `${hours} ${status}`).join(", ") || "no hour is over yet"}`,
    ...notes.filter(([count]) => count > 0).map(([count, text]) => `${count} ${text}`),
  ];
}

/** What was estimated by the default, where the model knows some machines. */
export function unknownMachineLines(unknownMachines: UnknownMachines | null): string[] {
  if (unknownMachines === null || unknownMachines.coreHours === 0) return [];
  const { coreHours, ofCoreHours, names } = unknownMachines;
  const some = names.slice(0, 5).join(", ");
  const more = names.length > 5 ? ` and ${names.length - 5} more` : "";
  return [
    `${decimals(coreHours, 0)} of ${decimals(ofCoreHours, 0)} core-hours are of machines that the model does not know, and by its default: ${some}${more}`,
  ];
}

/** The paths of `ada` and the projects, and where how many scopes of each other kind are. */
function writtenLines(report: SyncReport, place: Place): string[] {
  if (report.written.length === 0) return ["nothing had to be written"];
  const kinds = Map.groupBy(report.written, ({ kind }) => kind);
  const counted = (kind: ScopeKind, scopes: readonly Scope[]): string =>
    `${scopes.length} ${kind}${scopes.length === 1 ? "" : "s"}`;
  if (place.pathOf === undefined) {
    const scopes = [...kinds].map(([kind, list]) => (kind === "ada" ? kind : counted(kind, list)));
    return [`written to ${place.where}: ${scopes.reverse().join(", ")}`];
  }
  const lines: string[] = [];
  for (const [kind, scopes] of kinds) {
    const paths = scopes.map((scope) => place.pathOf?.(scope) ?? "").sort();
    if (kind === "ada" || kind === "project") lines.unshift(...paths.map((path) => `  ${path}`));
    else lines.push(`  ${paths[0] ?? ""}  (${counted(kind, scopes)})`);
  }
  return ["written:", ...lines];
}
