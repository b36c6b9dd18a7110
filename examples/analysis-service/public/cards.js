// The list of workspaces. A thousand are drawn a few at a time, and only those in view tick.
import { Card } from "./card.js";
import { byId, setText } from "./dom.js";
import { plural } from "./format.js";

/** So many are shown until all are asked for. */
const FIRST = 8;
/** Drawn in one go; the browser gets a turn in between. */
const AT_ONCE = 40;

const ORDERS = {
  idle: (a, b) => b.idleKwh - a.idleKwh,
  energy: (a, b) => b.busyKwh + b.idleKwh - (a.busyKwh + a.idleKwh),
  newest: (a, b) => Date.parse(b.startedAt) - Date.parse(a.startedAt),
  machine: (a, b) => (a.machine ?? "").localeCompare(b.machine ?? ""),
};

export class Cards {
  #cards = new Map();
  #workspaces = [];
  #isWhole = false;
  #drawing = 0;
  #list = byId("cards");
  #byRoot = new WeakMap();
  #inView = new Set();
  #observer = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) {
      const card = this.#byRoot.get(target);
      card.isSeen = isIntersecting;
      if (isIntersecting) this.#inView.add(card);
      else this.#inView.delete(card);
    }
  });

  constructor() {
    byId("sort").addEventListener("change", () => this.#arrange());
    byId("more").addEventListener("click", () => {
      this.#isWhole = !this.#isWhole;
      this.#arrange();
    });
  }

  /** The workspaces as they are now. Cards that are there keep their place until some come or go. */
  show(workspaces) {
    const ids = new Set(workspaces.map(({ id }) => id));
    const isSame = ids.size === this.#cards.size && workspaces.every(({ id }) => this.#cards.has(id));
    this.#workspaces = workspaces;
    for (const workspace of workspaces) this.#update(workspace);
    for (const [id, card] of this.#cards) if (!ids.has(id)) this.#drop(id, card);
    setText(byId("count"), plural(workspaces.length, "in use", "in use"));
    byId("none").hidden = workspaces.length > 0;
    setText(byId("none"), "No workspace is in use.");
    if (!isSame) this.#arrange();
  }

  tick(now) {
    for (const card of this.#inView) card.tick(now);
  }

  #update(workspace) {
    let card = this.#cards.get(workspace.id);
    if (card === undefined) {
      card = new Card();
      this.#cards.set(workspace.id, card);
    }
    card.update(workspace);
  }

  #drop(id, card) {
    this.#cards.delete(id);
    this.#inView.delete(card);
    if (card.root === undefined) return;
    this.#observer.unobserve(card.root);
    card.root.remove();
  }

  /** Puts the cards in order, a few at a time; a later call ends an earlier one. */
  async #arrange() {
    const mine = ++this.#drawing;
    const sorted = this.#workspaces.toSorted(ORDERS[byId("sort").value] ?? ORDERS.idle);
    const shown = this.#isWhole ? sorted : sorted.slice(0, FIRST);
    this.#showButton(sorted.length);
    const cards = shown.map(({ id }) => this.#cards.get(id));
    const wanted = new Set(cards.map((card) => card.root));
    for (const child of [...this.#list.children]) if (!wanted.has(child)) child.remove();
    for (let i = 0; i < cards.length; i += AT_ONCE) {
      for (const [k, card] of cards.slice(i, i + AT_ONCE).entries()) this.#place(card, i + k);
      await new Promise((resolve) => setTimeout(resolve));
      if (mine !== this.#drawing) return;
    }
  }

  #place(card, index) {
    const root = card.build();
    this.#byRoot.set(root, card);
    this.#observer.observe(root);
    const there = this.#list.children[index];
    if (there !== root) this.#list.insertBefore(root, there ?? null);
  }

  #showButton(count) {
    const more = byId("more");
    more.hidden = count <= FIRST;
    setText(
      more,
      this.#isWhole ? `Show the first ${FIRST}` : `Show all ${plural(count, "workspace", "workspaces")}`,
    );
    more.setAttribute("aria-expanded", String(this.#isWhole));
  }
}
