// The events of a site: who works there now, and whether the service is still there.
import type { ReactiveController, ReactiveControllerHost } from "lit";
import type { ChangesEvent, HeartbeatEvent, WorkspacesReply, WorkspaceView } from "./replies.js";

/** `silent`: connected, and nothing was heard for two beats. `trouble`: the service says that it cannot measure. */
export type LiveState = "connecting" | "live" | "silent" | "trouble" | "off";

/** How long the service may be silent between two beats, milliseconds, until it says so itself. */
const USUAL_BEAT_MS = 15_000;
/** After a refusal the browser does not try again by itself. */
const RETRY_MS = 5000;

/**
 * Follows a site. "Live" is the age of what was heard last, by this page's own clock: a connection that stays open
 * while its server is dead is found out after two beats.
 */
export class LiveWorkspaces implements ReactiveController {
  workspaces: readonly WorkspaceView[] = [];
  totals: WorkspacesReply["totals"] | undefined;
  /** When the service was heard last, by its own clock, milliseconds; 0 before. */
  heardAt = 0;
  /** The service's clock minus ours. */
  clockOffset = 0;
  readonly #host: ReactiveControllerHost;
  readonly #onBack: () => void;
  readonly #known = new Map<string, WorkspaceView>();
  #source: EventSource | undefined;
  #url = "";
  #heardOn = 0;
  #beatMs = USUAL_BEAT_MS;
  #isInTrouble = false;
  #wasSilent = false;

  /** @param onBack called when the service is heard again after an outage. */
  constructor(host: ReactiveControllerHost, onBack: () => void) {
    this.#host = host;
    this.#onBack = onBack;
    host.addController(this);
  }

  get state(): LiveState {
    if (this.#url === "") return "off";
    if (this.#heardOn === 0) return "connecting";
    if (performance.now() - this.#heardOn > 2 * this.#beatMs) return "silent";
    return this.#isInTrouble ? "trouble" : "live";
  }

  /** Follows the events at this URL; an empty one ends it. */
  follow(url: string): void {
    if (url === this.#url) return;
    this.#url = url;
    this.#known.clear();
    this.workspaces = [];
    this.#heardOn = 0;
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
    if (this.state !== "silent") return;
    this.#wasSilent = true;
    const silentMs = performance.now() - this.#heardOn;
    if (silentMs % RETRY_MS < 1000 && !document.hidden) this.#open();
  }

  /** Nobody looks at a hidden page: nothing is connected until it is shown again. */
  readonly #onVisibility = (): void => {
    if (document.hidden) this.#source?.close();
    else if (this.#url !== "") this.#open();
  };

  #open(): void {
    this.#source?.close();
    if (this.#url === "") return;
    const source = new EventSource(this.#url);
    this.#source = source;
    const on = <Data>(name: string, take: (data: Data) => void): void =>
      source.addEventListener(name, (event) => {
        take(JSON.parse((event as MessageEvent<string>).data) as Data);
        this.#host.requestUpdate();
      });
    on<WorkspacesReply>("workspaces", (data) => {
      this.#known.clear();
      this.#take(data.at, data.workspaces, [], data.totals);
    });
    on<ChangesEvent>("changes", (data) => this.#take(data.at, data.changed, data.gone, data.totals));
    on<HeartbeatEvent>("heartbeat", ({ at, everyMs }) => {
      this.#beatMs = everyMs;
      this.#heard(at);
    });
    on<{ at: string }>("trouble", () => {
      this.#isInTrouble = true;
    });
    source.addEventListener("error", () => {
      this.#host.requestUpdate();
      if (source.readyState === EventSource.CLOSED)
        setTimeout(() => this.#source === source && !document.hidden && this.#open(), RETRY_MS);
    });
  }

  #take(
    at: string,
    changed: readonly WorkspaceView[],
    gone: readonly string[],
    totals: WorkspacesReply["totals"],
  ): void {
    for (const workspace of changed) this.#known.set(workspace.id, workspace);
    for (const id of gone) this.#known.delete(id);
    this.workspaces = [...this.#known.values()];
    this.totals = totals;
    this.#isInTrouble = false;
    this.#heard(at);
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
