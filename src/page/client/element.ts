import {
  type CSSResultGroup,
  html,
  LitElement,
  nothing,
  type PropertyDeclarations,
  type TemplateResult,
  unsafeCSS,
} from "lit";
import { type Address, readAddress, writeAddress } from "./address.js";
import { LiveWorkspaces } from "./live.js";
import { Loaded } from "./loaded.js";
import { cleanHours } from "./parts/clean-hours.js";
import { explanation } from "./parts/explanation.js";
import { footer } from "./parts/footer.js";
import { header, searchBox } from "./parts/header.js";
import { ownersCard } from "./parts/lists.js";
import { mySection } from "./parts/mine.js";
import { crumbs, figures, filters, idleBanner, idleList, placeHeading } from "./parts/place.js";
import { trend } from "./parts/trend.js";
import { firstListed, type Scrolling, workspacesCard } from "./parts/workspaces.js";
import { yearCard } from "./parts/year.js";
import { ask, listsShown } from "./questions.js";
import type { History, Owners } from "./replies.js";
import { Service } from "./service.js";
import style from "./style.css";
import { Calendar } from "./times.js";
import { type Answers, siteTitle, type View, waiting } from "./view.js";

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
/** While the service computes its past. */
const GROWING_EVERY_MS = 10_000;

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
  #isPastGrowing = true;
  #followedAt = Date.now();
  #hadDrawer = false;
  readonly #live = new LiveWorkspaces(this, () => this.#reloadAll());
  readonly #lists = new Map<string, Loaded<Owners>>();
  readonly #answers: Answers = {
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
    lists: this.#lists,
    list: (kind) => {
      const list = this.#lists.get(kind) ?? this.#loaded<Owners>();
      this.#lists.set(kind, list);
      return list;
    },
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
    if (!document.hidden) this.#askAgain(Date.now());
    this.requestUpdate();
  }

  /** Asks again what may have changed since it was asked. */
  #askAgain(now: number): void {
    const { mine } = this.#answers;
    const isMeasured = mine.value?.machines.every(({ busyWatts }) => busyWatts !== null) !== false;
    const everyMs = (isMeasured ? MINUTE_MS : UNMEASURED_EVERY_MS) * this.pace;
    if (mine.value !== undefined && now - mine.askedAt > everyMs && this.#live.state !== "silent")
      void mine.reload();
    const { workspaces } = this.#answers;
    if (now - workspaces.askedAt > LIST_EVERY_MS * this.pace && this.#live.state === "live")
      void workspaces.reload();
    for (const loaded of this.#allLoaded()) loaded.retry();
    if (this.#isPastGrowing && now - this.#followedAt > GROWING_EVERY_MS * this.pace) void this.#followPast();
    if (now - this.#reloadedAt > PAST_EVERY_MS * this.pace) this.#reloadAll();
  }

  /** A service that has just been started computes its past meanwhile: what is shown changes as long as hours come. */
  async #followPast(): Promise<void> {
    const { me, history } = this.#answers;
    const before = hoursKnown(history.value);
    if (before === undefined) return;
    this.#followedAt = Number.POSITIVE_INFINITY;
    await Promise.all([me.reload(), history.reload("no-cache")]);
    this.#followedAt = Date.now();
    const hours = hoursKnown(history.value);
    this.#isPastGrowing = hours === 0 || hours !== before;
    if (hours !== before) this.#reloadAll("no-cache");
  }

  #reloadAll(cache?: RequestCache): void {
    this.#reloadedAt = Date.now();
    for (const loaded of this.#allLoaded()) void loaded.reload(cache);
  }

  #allLoaded(): Loaded<unknown>[] {
    const single = Object.values(this.#answers).filter((answer) => answer instanceof Loaded);
    return [...single, ...this.#lists.values()];
  }

  protected override willUpdate(): void {
    const zone = this.zone || this.#answers.me.value?.zone || "UTC";
    if (zone !== this.#calendar.zone) this.#calendar = new Calendar(zone);
    ask(this.#view(), this.#listedFrom);
  }

  protected override updated(): void {
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

  /** The service's clock minus the browser's, which may be days off: by its events, or by its first answer. */
  get #clockOffset(): number {
    const { value: me, loadedAt } = this.#answers.me;
    return this.#live.heardAt > 0 || me === undefined
      ? this.#live.clockOffset
      : Date.parse(me.now) - loadedAt;
  }

  #view(): View {
    const now = Date.now() + this.#clockOffset;
    const service = new Service(this.api, this.pace);
    return {
      address: this.#address,
      answers: this.#answers,
      live: this.#live,
      calendar: this.#calendar,
      now,
      latestDay: this.#calendar.latestDay(now),
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
            ${address.path.length === 0 ? mySection(view) : nothing}
            <section class="place" aria-labelledby="place-h">
              ${searchBox(view, "find-below")} ${crumbs(view)} ${placeHeading(view)} ${filters(view)} ${idleBanner(view)} ${idleList(view)} ${figures(view)}
              ${trend(view)} ${yearCard(view)} ${answers.bestTime.value === undefined ? nothing : cleanHours(view)}
              <div class="pair">${listsShown(view).map((kind) => ownersCard(view, kind))}</div>
              ${workspacesCard(view, this.#scrolling, this.#onScroll)}
            </section>
          </div>
          ${explanation(view)}
        </div>`
        }
      </main>
      ${footer(view)}
    </div>`;
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

/** In the period that is shown, and in both it and the one beside it. */
function hoursKnown(history: History | undefined): number | undefined {
  return history && history.totals.hoursKnown + (history.comparison?.hours ?? 0);
}

customElements.define("ada-carbon-analysis", AdaCarbonAnalysis);
