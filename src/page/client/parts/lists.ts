// Who used most: a list a kind, with search, sort and change; a name opens it.
import { html, nothing, type TemplateResult } from "lit";
import type { Address } from "../address.js";
import { carbonText, energyText, percentText, sumOf } from "../amounts.js";
import { splitBar } from "../charts/small.js";
import { changeByHour } from "../findings.js";
import type { Owners, Sums } from "../replies.js";
import { link, nameText, type View, waiting } from "../view.js";

const TITLES: Readonly<Record<string, string>> = {
  project: "Projects",
  group: "Groups",
  machine: "Machine types",
  user: "Users",
  experiment: "Experiments",
  host: "Hosts",
};

const COLUMNS: readonly (readonly [Address["sort"], string])[] = [
  ["energy", "Energy"],
  ["idle", "Idle"],
  ["carbon", "Carbon"],
  ["change", "Change"],
];

export function ownersCard(view: View, kind: string): TemplateResult {
  const loaded = view.answers.lists.get(kind);
  const title = TITLES[kind] ?? kind;
  if (loaded === undefined) return html``;
  const reply = loaded.value;
  return html`<section class="card" aria-labelledby="list-${kind}">
    <div class="card-head"><h2 id="list-${kind}">${title}</h2></div>
    ${reply === undefined ? waiting(loaded, `the ${title.toLowerCase()}`) : list(view, kind, title, reply)}
  </section>`;
}

function list(view: View, kind: string, title: string, reply: Owners): TemplateResult {
  if (reply.owners.length === 0 && reply.rest.count === 0)
    return html`<p class="small">${emptyText(reply.reason, title)}</p>`;
  const longest = Math.max(
    0,
    ...reply.owners.map(({ totals }) => sumOf([totals.busyKwh, totals.idleKwh]) ?? 0),
  );
  const head = COLUMNS.map(
    ([sort, text]) => html`<th scope="col" aria-sort=${view.address.sort === sort ? "descending" : "none"}>
      ${link(view, { sort }, `${text}${view.address.sort === sort ? " ▼" : ""}`)}
    </th>`,
  );
  return html`<table class="list">
      <thead><tr><th scope="col">${title}</th><th class="bar-column" aria-hidden="true"></th>${head}</tr></thead>
      <tbody>
        ${reply.owners.map(
          ({ name, mine, totals, change }) => html`<tr class=${mine ? "is-mine" : ""}>
            <th scope="row">${link(view, { path: [...view.address.path, { kind, name }], explain: "" }, nameText(name))}${mine ? html` <span class="tag">you</span>` : nothing}</th>
            ${cells(totals, longest, changeByHour(change, reply.beside !== null))}
          </tr>`,
        )}
        ${restRow(reply)}
      </tbody>
    </table>
    <p class="small">${reply.owners.length} of ${reply.count}. A name opens it; the path above grows.${reply.basis === null ? "" : ` Grams: ${reply.basis}.`}</p>`;
}

/** Those the viewer may not see: how many, and their sum where it is not that of one alone. */
function restRow({ rest }: Owners): TemplateResult | typeof nothing {
  if (rest.count === 0) return nothing;
  const name = rest.count === 1 ? "1 other, not shown to you" : `${rest.count} others, not shown to you`;
  return html`<tr>
    <th scope="row" class="quiet">${name}</th>
    ${rest.totals === null ? html`<td class="bar-column"></td><td colspan="4" class="quiet">not shown alone</td>` : cells(rest.totals, 0, "")}
  </tr>`;
}

function cells(totals: Sums, longest: number, change: string): TemplateResult {
  const kwh = sumOf([totals.busyKwh, totals.idleKwh]);
  const share = kwh === null || kwh === 0 ? null : (totals.idleKwh ?? 0) / kwh;
  return html`<td class="bar-column" aria-hidden="true">${longest > 0 ? splitBar(totals.busyKwh, totals.idleKwh, longest) : nothing}</td>
    <td>${energyText(kwh)}</td><td>${kwh === 0 ? "–" : percentText(share)}</td>
    <td>${carbonText(sumOf([totals.busyGco2eq, totals.idleGco2eq]))}</td><td>${change}</td>`;
}

const REASONS: Readonly<Record<string, string>> = {
  "hosts-not-stored": "owners of hosts are not stored here.",
  "not-yours-to-see": "these names are not yours to see. Their electricity is in the sums above.",
  "no-match": "nothing fits what is searched for.",
  "nothing-stored": "nothing is stored of this period.",
};

function emptyText(reason: string | null, title: string): string {
  const why = reason === null ? "nothing was used in this period." : (REASONS[reason] ?? reason);
  return `No ${title.toLowerCase()}: ${why}`;
}
