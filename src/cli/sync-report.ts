import { GB_LICENCE } from "../intensity/gb-facts.js";
import type { SyncReport } from "../sync/events.js";
import { formatInstant, formatInterval } from "../usage/hour.js";
import { formatScope, type Scope } from "../usage/scope.js";
import type { Io } from "./io.js";
import { printable, projectTable } from "./table.js";

interface Paths {
  pathOf(scope: Scope): string;
}

interface Shown {
  readonly out: string;
  readonly json: boolean;
  readonly simulated: boolean;
}

/** The report of a run on standard output: for people, or as one JSON document. */
export function printReport(report: SyncReport, paths: Paths, shown: Shown, io: Io): void {
  io.stdout.write(shown.json ? asJson(report, paths, shown) : asText(report, paths, shown));
}

function asJson(report: SyncReport, paths: Paths, shown: Shown): string {
  const document = {
    ...report,
    interval: { from: formatInstant(report.interval.from), to: formatInstant(report.interval.to) },
    simulated: shown.simulated,
    out: shown.out,
    written: report.written.map((scope) => ({ scope: formatScope(scope), path: paths.pathOf(scope) })),
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

function asText(report: SyncReport, paths: Paths, shown: Shown): string {
  const lines = [
    `${shown.simulated ? "SIMULATED  " : ""}${formatInterval(report.interval)}`,
    "",
    projectTable(report.projectTotals, report.total),
    "",
    ...hourLines(report),
    "",
    ...fileLines(report, paths),
    "",
    shown.simulated ? "Hosts, users and carbon intensities are made up." : GB_LICENCE,
  ];
  return `${lines.join("\n")}\n`;
}

function hourLines(report: SyncReport): string[] {
  const { plan, statuses } = report;
  const counted = Object.entries(statuses).filter(([, hours]) => hours > 0);
  const notes: [number, string][] = [
    [report.provisional, "hours rest on an intensity that may still change; a later run looks again"],
    [report.restated, "hours had their carbon computed again"],
    [report.kept, "hours were left as stored, since the source now has less of them"],
    [report.failed, "hours could not be fetched; run it again"],
    [report.otherModel, "hours were stored under another power model and left as they are"],
    [report.findings.length, "findings about the data"],
  ];
  return [
    `hours: ${plan.wanted} wanted, ${plan.fetch} fetched, ${plan.done} done before`,
    `status: ${counted.map(([status, hours]) => `${hours} ${status}`).join(", ") || "no hour is over yet"}`,
    ...notes.filter(([count]) => count > 0).map(([count, text]) => `${count} ${text}`),
  ];
}

/** The paths of `ada` and the projects, and how many files of each other kind. */
function fileLines(report: SyncReport, paths: Paths): string[] {
  if (report.written.length === 0) return ["nothing had to be written"];
  const named = report.written.filter(({ kind }) => kind === "ada" || kind === "project");
  const others = report.written.filter(({ kind }) => kind !== "ada" && kind !== "project");
  const folders = new Map<string, number>();
  for (const scope of others) {
    const folder = paths.pathOf(scope).replace(/[^/\\]*$/, "");
    folders.set(folder, (folders.get(folder) ?? 0) + 1);
  }
  return [
    "written:",
    ...named.map((scope) => `  ${printable(paths.pathOf(scope))}`).sort(),
    ...[...folders]
      .sort()
      .map(([folder, files]) => `  ${folder}  (${files} ${files === 1 ? "file" : "files"})`),
  ];
}
