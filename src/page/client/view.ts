import { html, type TemplateResult } from "lit";
import type { Address } from "./address.js";
import { capital } from "./findings.js";
import type { LiveWorkspaces } from "./live.js";
import type { Loaded } from "./loaded.js";
import type {
  BestTime,
  Budget,
  Explanation,
  Heatmap,
  History,
  IdleMachines,
  Me,
  MyMachines,
  Owners,
  SearchReply,
  WorkspacesReply,
} from "./replies.js";
import type { Parameters } from "./service.js";
import type { Calendar } from "./times.js";

/** What the page has asked for. */
export interface Answers {
  readonly me: Loaded<Me>;
  readonly mine: Loaded<MyMachines>;
  readonly bestTime: Loaded<BestTime>;
  readonly month: Loaded<History>;
  readonly budget: Loaded<Budget>;
  readonly idle: Loaded<IdleMachines>;
  readonly history: Loaded<History>;
  readonly heatmap: Loaded<Heatmap>;
  readonly explanation: Loaded<Explanation>;
  readonly found: Loaded<SearchReply>;
  readonly workspaces: Loaded<WorkspacesReply>;
  /** By kind; those that were shown before are among them. */
  readonly lists: ReadonlyMap<string, Loaded<Owners>>;
  /** The list of a kind, begun if it was not shown before. */
  list(kind: string): Loaded<Owners>;
}

/** What a part of the page is drawn from. Parts are functions of it and keep nothing. */
export interface View {
  readonly address: Address;
  readonly answers: Answers;
  readonly live: LiveWorkspaces;
  readonly calendar: Calendar;
  /** By the clock of the service, milliseconds. */
  readonly now: number;
  /** Of {@link Calendar.latestDay}: 30 days are 30 days of measured hours, and a month is never empty. */
  readonly latestDay: string;
  /** Where the service is. */
  readonly api: string;
  url(path: string, parameters?: Parameters): string;
  /** The address with something else in it. */
  href(change: Partial<Address>): string;
  go(change: Partial<Address>): void;
}

/** A link within the page: the browser's own handling of links stays for other buttons and keys. */
export function link(
  view: View,
  change: Partial<Address>,
  text: unknown,
  more: LinkOptions = {},
): TemplateResult {
  const follow = (event: MouseEvent): void => {
    if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    view.go(change);
  };
  return html`<a
    class=${more.class ?? ""}
    href=${view.href(change)}
    aria-current=${more.current === true ? "page" : "false"}
    title=${more.title ?? ""}
    @click=${follow}
    >${text}</a
  >`;
}

interface LinkOptions {
  readonly class?: string;
  readonly current?: boolean;
  readonly title?: string;
}

/** A number with a way to where it comes from. */
export function explained(view: View, key: string, text: string, bounds = ""): TemplateResult {
  const isOpen = view.address.explain === key;
  const toggle = (event: Event): void => {
    event.preventDefault();
    view.go({ explain: isOpen ? "" : key });
  };
  return html`<a
    class="explained"
    href=${view.href({ explain: key })}
    data-explains=${key}
    title=${bounds === "" ? "Where does this come from?" : `${bounds}. Where does this come from?`}
    @click=${toggle}
    >${text}</a
  >`;
}

/** What a part shows in place of numbers: that it waits, or why there are none. */
export function waiting<Reply>(loaded: Loaded<Reply>, what: string): TemplateResult {
  if (loaded.error === undefined) {
    const late = loaded.isLate ? " Our service has not answered yet; still waiting." : "";
    return html`<p class="small" aria-busy="true">Asking for ${what}.${late}</p>`;
  }
  return html`<p class="small">${reasonText(loaded.error.type, loaded.error.message, what)}</p>`;
}

/** The grid by which forecasts are; where the site spans several, which of its projects are of which. */
export function gridText({ answers }: Pick<View, "answers">, without: string): string {
  const { grid, grids = [] } = answers.bestTime.value ?? {};
  const [first, ...others] = grids;
  if (first === undefined) return grid?.zone ?? answers.me.value?.grid?.zone ?? without;
  const rest = others.map(({ zone, projects }) => `${projects.join(", ")}: ${zone}`);
  return `${first.zone}, of ${first.projects.join(", ")} (${rest.join("; ")})`;
}

/** That the numbers shown are of an earlier reply. */
export function staleNote<Reply>(view: View, loaded: Loaded<Reply>): TemplateResult | string {
  if (loaded.error === undefined || loaded.value === undefined) return "";
  const since = view.calendar.clock(loaded.loadedAt);
  return html`<p class="note">${sentence(loaded.error.message)} These numbers are of ${since}.</p>`;
}

/** Why watts of now and hours do not add up to each other, where they are by two models. */
export function modelNote({ answers }: View): TemplateResult | string {
  const note = answers.me.value?.models.note ?? null;
  return note === null ? "" : html`<p class="note">${note}</p>`;
}

function reasonText(type: string, message: string, what: string): string {
  const known: Readonly<Record<string, string>> = {
    "not-stored": `There is no list: the hosts and their owners are not stored here.`,
    "not-offered": `This service does not offer ${what}.`,
    "unknown-scope": `Nothing is stored of it yet.`,
    "no-forecast": "The grid's service has no forecast now.",
    forbidden: "This belongs to somebody outside your groups. Its electricity is in the sums of the site.",
  };
  return known[type] ?? sentence(message);
}

function sentence(text: string): string {
  const trimmed = text.trim();
  return /[.!?]$/.test(trimmed) ? capital(trimmed) : `${capital(trimmed)}.`;
}

/** Sites of Ada whose names are initials. */
const INITIALS = ["isis", "clf"];

/** A name of a site as people write it: one that is given with a capital, such as `HPC` or `eScience`, is kept. */
export function siteTitle(site: string): string {
  if (INITIALS.includes(site)) return site.toUpperCase();
  return site === site.toLowerCase() ? capital(site) : site;
}

/** The name of a host, without the port at which it is scraped. */
export function hostName(instance: string): string {
  return instance.replace(/:\d+$/, "");
}

/** A name from outside: isolated, so that it cannot turn the text around it; with a stand-in where nothing shows. */
export function nameText(name: string | null, unknown = "not known"): TemplateResult {
  if (name === null) return html`<span class="quiet">${unknown}</span>`;
  const visible = name.replace(/[\p{Cc}\p{Cf}\p{Z}\u115f\u1160\u3164\uffa0]/gu, "");
  if (visible === "") return html`<span class="quiet">name without visible letters</span>`;
  return html`<bdi class="name" title=${name}>${name.replace(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu, "\ufffd")}</bdi>`;
}
