// The events of a site: how many work there now, and whether the service is still there.
import type { ReactiveController } from "lit";
import type { PacedHost } from "./loaded.js";
import type { HeartbeatEvent, WorkspacesReply } from "./replies.js";

/**
 * `unheard`: asked for some seconds ago, and nothing was ever heard. `silent`: nothing for two beats. `trouble`: the
 * service says that its store does not answer. `unmeasured`: all is well but that no machine was measured for long.
 */
export type LiveState = "connecting" | "unheard" | "live" | "silent" | "trouble" | "unmeasured" | "off";

/** How long the service may be silent between two beats, milliseconds, until it says so itself. */
const USUAL_BEAT_MS = 15_000;
/** After a refusal the browser does not try again by itself. */
const RETRY_MS = 5000;
/** A service that is there says something sooner. */
const FIRST_WORD_MS = 5000;
/** Between a scrape, the poll that finds it and the next poll, time passes: two measurements are usual. */
const MOST_UNMEASURED = 2.5;
/** Until the service knows how often machines are measured. */
const USUAL_UNMEASURED_MS = 10 * 60_000;

/**
 * Follows a site. "Live" is the age of what was heard last, by this page's own clock: a connection that stays open
 * while its server is dead is found out after two beats.
 */
export class LiveWorkspaces implements ReactiveController {
  totals: WorkspacesReply["totals"] | undefined;
  /** What the site takes now. */
  now: WorkspacesReply["now"] | undefined;
  /** When the service was heard last, by its own clock, milliseconds; 0 before. */
  heardAt = 0;
  /** The service's clock minus ours. */
  clockOffset = 0;
  /** Up to when the tracker has counted, milliseconds; 0 where that is not known. */
  countedUntil = 0;
  #mostUnmeasuredMs = USUAL_UNMEASURED_MS;
  readonly #host: PacedHost;
  readonly #onBack: () => void;
  #source: EventSource | undefined;
  #url = "";
  #askedOn = 0;
  #openedOn = 0;
  #heardOn = 0;
  #toldBeatMs: number | undefined;
  #isInTrouble = false;
  #wasSilent = false;

  /** @param onBack called when the service is heard again after an outage. */
  constructor(host: PacedHost, onBack: () => void) {
    this.#host = host;
    this.#onBack = onBack;
    host.addController(this);
  }

  get state(): LiveState {
    if (this.#url === "") return "off";
    const now = performance.now();
    if (this.#heardOn === 0)
      return now - this.#askedOn > FIRST_WORD_MS * this.#host.pace ? "unheard" : "connecting";
    if (now - this.#heardOn > 2 * (this.#toldBeatMs ?? USUAL_BEAT_MS * this.#host.pace)) return "silent";
    if (this.#isInTrouble) return "trouble";
    const isOld = this.countedUntil > 0 && this.heardAt - this.countedUntil > this.#mostUnmeasuredMs;
    return isOld ? "unmeasured" : "live";
  }

  /** Follows the events at this URL; an empty one ends it. */
  follow(url: string): void {
    if (url === this.#url) return;
    this.#url = url;
    this.totals = undefined;
    this.now = undefined;
    this.#heardOn = 0;
    this.countedUntil = 0;
    this.#askedOn = performance.now();
    this.#open();
  }

  hostConnected(): void {
    document.addEventListener("visibilitychange", this.#onVisibility);
  }

  hostDisconnected(): void {
    document.removeEventListener("visibilitychange", this.#onVisibility);
    this.#source?.close();
    this.#url = "";
  }

  /** Looks whether the service has gone silent; called every second. A connection that is silent is made anew. */
  tick(): void {
    if (this.state !== "silent" && this.state !== "unheard") return;
    this.#wasSilent = true;
    if (performance.now() - this.#openedOn > RETRY_MS * this.#host.pace && !document.hidden) this.#open();
  }

  /** Nobody looks at a hidden page: nothing is connected until it is shown again. */
  readonly #onVisibility = (): void => {
    if (document.hidden) this.#source?.close();
    else if (this.#url !== "") this.#open();
  };

  #open(): void {
    this.#source?.close();
    if (this.#url === "") return;
    this.#openedOn = performance.now();
    const source = new EventSource(this.#url);
    this.#source = source;
    const on = <Data>(name: string, take: (data: Data) => void): void =>
      source.addEventListener(name, (event) => {
        take(JSON.parse((event as MessageEvent<string>).data) as Data);
        this.#host.requestUpdate();
      });
    for (const name of ["workspaces", "changes"])
      on<Pick<WorkspacesReply, "at" | "totals" | "now">>(name, ({ at, totals, now }) => {
        this.totals = totals;
        this.now = now;
        this.#isInTrouble = false;
        this.#heard(at);
      });
    on<HeartbeatEvent>("heartbeat", ({ at, everyMs, countedUntil, measuredEveryMs }) => {
      this.#toldBeatMs = everyMs;
      this.#mostUnmeasuredMs =
        measuredEveryMs === null ? USUAL_UNMEASURED_MS : MOST_UNMEASURED * measuredEveryMs;
      this.countedUntil = countedUntil === null ? 0 : Date.parse(countedUntil);
      this.#heard(at);
    });
    on<{ at: string }>("trouble", () => {
      this.#isInTrouble = true;
    });
    source.addEventListener("error", () => {
      this.#host.requestUpdate();
      if (source.readyState === EventSource.CLOSED)
        setTimeout(
          () => this.#source === source && !document.hidden && this.#open(),
          RETRY_MS * this.#host.pace,
        );
    });
  }

  #heard(at: string): void {
    this.#heardOn = performance.now();
    this.heardAt = Date.parse(at);
    this.clockOffset = this.heardAt - Date.now();
    if (!this.#wasSilent) return;
    this.#wasSilent = false;
    this.#onBack();
  }
}
