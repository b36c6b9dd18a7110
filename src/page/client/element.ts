import {
  type CSSResultGroup,
  html,
  LitElement,
  nothing,
  type PropertyDeclarations,
  type PropertyValues,
  type TemplateResult,
  unsafeCSS,
} from "lit";
import { type Address, readAddress, scopeOf, writeAddress } from "./address.js";
import { LiveWorkspaces } from "./live.js";
import { Loaded } from "./loaded.js";
import { cleanHours } from "./parts/clean-hours.js";
import { explanation, explanationUrl } from "./parts/explanation.js";
import { header, searchBox } from "./parts/header.js";
import { ownersCard } from "./parts/lists.js";
import { budgetCard, monthCard } from "./parts/month.js";
import { idleLead, machineRows } from "./parts/my-machines.js";
import { nextJob } from "./parts/next-job.js";
import {
  crumbs,
  figures,
  filters,
  historyParameters,
  idleBanner,
  idleList,
  kindsBelow,
  placeHeading,
} from "./parts/place.js";
import { trend } from "./parts/trend.js";
import { firstListed, listParameters, type Scrolling, workspacesCard } from "./parts/workspaces.js";
import { yearCard } from "./parts/year.js";
import type { Owners } from "./replies.js";
import { Service, sitePath } from "./service.js";
import style from "./style.css";
import { addDays, Calendar, msOf } from "./times.js";
import { type Answers, modelNote, siteTitle, staleNote, type View, waiting } from "./view.js";

/** Numbers of the past change by the hour, the grid's by the half hour, watts by the minute. */
const SECOND_MS = 1000;
const MINUTE_MS = 60_000;
/** Watts are known from the second measurement on. */
const UNMEASURED_EVERY_MS = 5000;
const PAST_EVERY_MS = 5 * MINUTE_MS;
/** The rows in view of the list of machines in use. */
const LIST_EVERY_MS = 30_000;
/** Rows are asked for when scrolling rests. */
const SCROLL_RESTS_MS = 100;
const NOTHING_KNOWN_EVERY_MS = 10_000;
/** Lists shown side by side before others are asked for by name. */
const FIRST_LISTS = ["machine", "user"];

/**
 * The Analysis page as an element: `<ada-carbon-analysis api="/carbon/api" site="isis">`. It keeps what it shows in the
 * address of the page it stands in, beside whatever that page keeps there.
 */
export class AdaCarbonAnalysis extends LitElement {
  static override styles: CSSResultGroup = unsafeCSS(style);
  static override properties: PropertyDeclarations = {
    api: {},
    site: {},
    zone: {},
    pace: { type: Number },
  };

  declare api: string;
  declare site: string;
  declare zone: string;
  /** A factor of how long the page waits before it asks again. */
  declare pace: number;

  #address: Address = readAddress("", "");
  #calendar = new Calendar("UTC");
  #scrolling: Scrolling = { top: 0, height: 600 };
  #listedFrom = 0;
  #scrollRests: ReturnType<typeof setTimeout> | undefined;
  #timer: ReturnType<typeof setInterval> | undefined;
  #reloadedAt = Date.now();
  #hadDrawer = false;
  readonly #live = new LiveWorkspaces(this, () => this.#reloadAll());
  readonly #answers: Answers & { readonly lists: Map<string, Loaded<Owners>> } = {
    me: this.#loaded(),
    mine: this.#loaded(),
    bestTime: this.#loaded(),
    month: this.#loaded(),
    budget: this.#loaded(),
    idle: this.#loaded(),
    history: this.#loaded(),
    heatmap: this.#loaded(),
    explanation: this.#loaded(),
    found: this.#loaded(),
    workspaces: this.#loaded(),
    lists: new Map(),
  };

  constructor() {
    super();
    this.api = "api";
    this.site = "";
    this.zone = "";
    this.pace = 1;
  }

  #loaded<Reply>(): Loaded<Reply> {
    return new Loaded<Reply>(this, () => new Service(this.api, this.pace));
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#readAddress();
    addEventListener("popstate", this.#onBackOrForward);
    this.#timer = setInterval(() => this.#everySecond(), SECOND_MS);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    removeEventListener("popstate", this.#onBackOrForward);
    clearInterval(this.#timer);
  }

  readonly #onBackOrForward = (): void => {
    this.#readAddress();
    this.requestUpdate();
  };

  #readAddress(): void {
    this.#address = readAddress(location.search, this.site);
  }

  #go(change: Partial<Address>): void {
    this.#address = { ...this.#address, ...change };
    // Another list begins with its first row.
    if ("liveSort" in change || "liveSearch" in change) this.#showRows({ ...this.#scrolling, top: 0 });
    history.pushState(null, "", this.#href({}));
    this.requestUpdate();
  }

  #href(change: Partial<Address>): string {
    const query = writeAddress({ ...this.#address, ...change }, location.search, this.site);
    return `${location.pathname}${query}`;
  }

  #everySecond(): void {
    this.#live.tick();
    const now = Date.now();
    const { mine } = this.#answers;
    const isMeasured = mine.value?.machines.every(({ busyWatts }) => busyWatts !== null) !== false;
    const everyMs = (isMeasured ? MINUTE_MS : UNMEASURED_EVERY_MS) * this.pace;
    if (
      mine.value !== undefined &&
      now - mine.askedAt > everyMs &&
      this.#live.state !== "silent" &&
      !document.hidden
    )
      void mine.reload();
    const { workspaces } = this.#answers;
    if (
      now - workspaces.askedAt > LIST_EVERY_MS * this.pace &&
      this.#live.state === "live" &&
      !document.hidden
    )
      void workspaces.reload();
    if (!document.hidden) for (const loaded of this.#allLoaded()) loaded.retry();
    // A service that has just been started may have no hours yet, and some seconds later all of them.
    const isNothingKnown = this.#answers.history.value?.totals.hoursKnown === 0;
    const pastMs = (isNothingKnown ? NOTHING_KNOWN_EVERY_MS : PAST_EVERY_MS) * this.pace;
    if (now - this.#reloadedAt > pastMs && !document.hidden) this.#reloadAll();
    this.requestUpdate();
  }

  #reloadAll(): void {
    this.#reloadedAt = Date.now();
    for (const loaded of this.#allLoaded()) void loaded.reload();
  }

  #allLoaded(): Loaded<unknown>[] {
    const { lists, ...single } = this.#answers;
    return [...Object.values(single), ...lists.values()];
  }

  protected override willUpdate(): void {
    const zone = this.zone || this.#answers.me.value?.zone || "UTC";
    if (zone !== this.#calendar.zone) this.#calendar = new Calendar(zone);
    this.#ask();
  }

  protected override updated(_changed: PropertyValues): void {
    const drawer = this.renderRoot.querySelector<HTMLElement>("[data-drawer]");
    if (drawer !== null && !this.#hadDrawer) drawer.focus();
    if (drawer === null && this.#hadDrawer) this.#focusNumber();
    this.#hadDrawer = drawer !== null;
    document.title = `${siteTitle(this.#address.site)}: energy and carbon`;
  }

  #explainedLast = "";

  #focusNumber(): void {
    const number = this.renderRoot.querySelector<HTMLElement>(
      `[data-explains="${CSS.escape(this.#explainedLast)}"]`,
    );
    number?.focus();
  }

  /** What the address asks for. What is asked already is not asked again. */
  #ask(): void {
    const { answers, address, url } = this.#view();
    answers.me.want(url("/me"));
    const me = answers.me.value;
    if (me === undefined || address.site === "") return;
    const { site } = address;
    const isSite = address.path.length === 0;
    const user = me.viewer?.user ?? null;
    // The events say that the service is there and how many machines are in use; the list is asked for as it is looked at.
    this.#live.follow(me.has.workspaces ? url(sitePath(site, "/live"), { limit: 1 }) : "");
    const isListed = isSite && me.has.workspaces && address.machines === "all";
    answers.workspaces.want(
      isListed ? url(sitePath(site, "/workspaces"), listParameters(address, this.#listedFrom)) : "",
    );
    const hasMine = user !== null && me.has.workspaces;
    answers.mine.want(hasMine && isSite ? url(sitePath(site, "/my-machines")) : "");
    this.#askForMonth();
    answers.bestTime.want(me.has.intensity ? this.#bestTimeUrl() : "");
    answers.idle.want(isSite && me.has.hosts ? url(sitePath(site, "/idle"), { days: 3 }) : "");
    answers.history.want(url("/history", historyParameters(this.#view())));
    answers.heatmap.want(
      url("/heatmap", {
        scope: scopeOf(address),
        metric: address.amount,
        year: address.year === "" ? undefined : address.year,
        zone: this.#calendar.zone,
      }),
    );
    answers.explanation.want(
      address.explain.startsWith("use") || address.explain === "month" ? explanationUrl(this.#view()) : "",
    );
    answers.found.want(address.search === "" ? "" : url("/search", { q: address.search, site }));
    this.#askForLists();
  }

  #bestTimeUrl(): string {
    const { cores, hours, before, site } = this.#address;
    return this.#view().url("/best-time", {
      site,
      cores,
      hours,
      before: before === "" ? undefined : new Date(before).toISOString(),
    });
  }

  /** This month up to the hour, beside the same days of the one before. */
  #askForMonth(): void {
    const { answers, url, today, now, address } = this.#view();
    const user = answers.me.value?.viewer?.user ?? null;
    if (user === null || address.path.length > 0) {
      answers.month.want("");
      answers.budget.want("");
      return;
    }
    const scope = `user:${user}`;
    const first = `${today.slice(0, 8)}01`;
    const firstBefore = `${addDays(first, -1).slice(0, 8)}01`;
    const hour = Math.floor(now / 3_600_000) * 3_600_000;
    const sameTimeBefore = msOf(`${firstBefore}T00:00:00Z`) + hour - msOf(`${first}T00:00:00Z`);
    const lastBefore = Math.min(sameTimeBefore, msOf(`${first}T00:00:00Z`));
    answers.month.want(
      url("/history", {
        scope,
        by: "month",
        from: first,
        to: new Date(hour).toISOString(),
        zone: this.#calendar.zone,
        beside: `${firstBefore}/${new Date(lastBefore).toISOString()}`,
      }),
    );
    answers.budget.want(
      answers.me.value?.has.budgets === true ? url("/budget", { scope, month: today.slice(0, 7) }) : "",
    );
  }

  #askForLists(): void {
    const view = this.#view();
    const { address, url } = view;
    const parameters = historyParameters(view);
    const wanted = new Set(this.#listsShown());
    for (const kind of [...this.#answers.lists.keys()])
      if (!wanted.has(kind)) this.#answers.lists.get(kind)?.want("");
    for (const kind of wanted) {
      const list = this.#answers.lists.get(kind) ?? this.#loaded<Owners>();
      this.#answers.lists.set(kind, list);
      list.want(
        url(sitePath(address.site, `/${kind}s`), {
          from: parameters.from,
          to: parameters.to,
          beside: parameters.beside,
          sort: address.sort,
          limit: 10,
          within: address.path.map(({ kind: step, name }) => `${step}:${name}`),
        }),
      );
    }
  }

  /** Two lists at first; every list of what is opened below a name. */
  #listsShown(): readonly string[] {
    const below = kindsBelow(this.#view());
    return this.#address.path.length === 0 ? [...FIRST_LISTS, "project", "group"] : below;
  }

  #view(): View {
    const now = Date.now() + this.#live.clockOffset;
    const service = new Service(this.api, this.pace);
    return {
      address: this.#address,
      answers: this.#answers,
      live: this.#live,
      calendar: this.#calendar,
      now,
      today: this.#calendar.plainDate(now),
      api: this.api,
      url: (path, parameters) => service.url(path, parameters),
      href: (change) => this.#href(change),
      go: (change) => {
        if (change.explain !== undefined && change.explain !== "") this.#explainedLast = change.explain;
        this.#go(change);
      },
    };
  }

  protected override render(): TemplateResult {
    const view = this.#view();
    const { address, answers } = view;
    const isSilent = this.#live.state === "silent";
    return html`<div class="page ${isSilent ? "is-stale" : ""}" @keydown=${this.#onKey}>
      <a class="skip" href="#main">Skip to the numbers</a>
      ${header(view)}
      <main id="main" class="wide">
        ${
          answers.me.value === undefined
            ? html`<div class="card first">${waiting(answers.me, "the service")}</div>`
            : html`
        <div class=${address.explain === "" ? "" : "with-drawer"}>
          <div>
            ${address.path.length === 0 ? this.#mine(view) : nothing}
            <section class="place" aria-labelledby="place-h">
              ${searchBox(view, "find-below")} ${crumbs(view)} ${placeHeading(view)} ${filters(view)} ${idleBanner(view)} ${idleList(view)} ${figures(view)}
              ${trend(view)} ${yearCard(view)} ${answers.bestTime.value === undefined ? nothing : cleanHours(view)}
              <div class="pair">${this.#listsShown().map((kind) => ownersCard(view, kind))}</div>
              ${workspacesCard(view, this.#scrolling, this.#onScroll)}
            </section>
          </div>
          ${explanation(view)}
        </div>`
        }
      </main>
      ${this.#footer(view)}
    </div>`;
  }

  #mine(view: View): TemplateResult {
    const { me, mine, bestTime } = view.answers;
    const user = me.value?.viewer?.user ?? null;
    const site = siteTitle(view.address.site);
    const isSimulated = me.value?.simulated === true;
    const { calendar } = view;
    const short = calendar.zoneName(view.now);
    // "16:40 GMT, Europe/London", but not "16:40 UTC, UTC".
    const zone = short === calendar.zone ? short : `${short}, ${calendar.zone}`;
    const when = `${calendar.dayAndClock(view.now)} ${zone}`;
    const grid = bestTime.value?.grid.zone ?? me.value?.grid?.zone ?? "no grid is configured";
    const lead =
      mine.value === undefined
        ? html`<div><h2>Your machines</h2>${waiting(mine, "your machines")}</div>`
        : idleLead(view, mine.value);
    return html`<section class="mine" aria-labelledby="mine-h">
      <div class="heading">
        <h2 class="title" id="mine-h">${user === null ? `Energy and carbon at ${site}` : `My machines at ${site}`}</h2>
        ${isSimulated ? html`<span class="tag">Simulated data</span>` : nothing}
      </div>
      <p class="sub">${when}. Model ${me.value?.model ?? ""}. Grid: ${grid}.</p>
      <div class="card lead">
        ${user === null ? html`<div><h2>Sign in to see your machines</h2><p class="small">Sums of the site are for everybody.</p></div>` : me.value?.has.workspaces === true ? lead : html`<div><h2>Live machines are not followed here</h2><p class="small">Stored hours are below.</p></div>`}
        ${me.value?.has.intensity === true || bestTime.value !== undefined ? nextJob(view) : html`<div><h2>Your next job</h2><p class="small">No grid is configured, so no best time is known.</p></div>`}
      </div>
      ${mine.value === undefined ? nothing : machineRows(view, mine.value)} ${modelNote(view)}
      ${user === null ? nothing : html`<div class="pair">${monthCard(view)}${budgetCard(view)}</div>`}
    </section>`;
  }

  #footer(view: View): TemplateResult {
    const me = view.answers.me.value;
    const live = staleNote(view, view.answers.me);
    return html`<footer class="wide">
      ${live}
      <p>
        Electricity is estimated from processor time${me === undefined ? "" : ` with ${me.model}`}, not metered. What is missing is shown as missing, never as
        zero. ${me?.licence ?? ""} Times: ${view.calendar.zone}. <a href="${this.api}/docs">API</a> ·
        <a href="${this.api}/metrics">Metrics</a>
      </p>
      <p class="paper-only">${location.href}, ${view.calendar.dayAndClock(view.now)} ${view.calendar.zoneName(view.now)}</p>
    </footer>`;
  }

  #showRows(scrolling: Scrolling): void {
    this.#scrolling = scrolling;
    this.#listedFrom = firstListed(scrolling);
    this.requestUpdate();
  }

  readonly #onKey = (event: KeyboardEvent): void => {
    if (event.key === "Escape" && this.#address.explain !== "") this.#go({ explain: "" });
  };

  readonly #onScroll = (event: Event): void => {
    const { scrollTop, clientHeight } = event.target as HTMLElement;
    this.#scrolling = { top: scrollTop, height: clientHeight };
    clearTimeout(this.#scrollRests);
    this.#scrollRests = setTimeout(() => this.#showRows(this.#scrolling), SCROLL_RESTS_MS);
    this.requestUpdate();
  };
}

customElements.define("ada-carbon-analysis", AdaCarbonAnalysis);
