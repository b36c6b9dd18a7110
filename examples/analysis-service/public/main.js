// Puts the parts of the page together.
import { ask, watchWorkspaces } from "./api.js";
import { Cards } from "./cards.js";
import { byId, el, setText } from "./dom.js";
import { clockText } from "./format.js";
import { GridForecast } from "./grid.js";
import { Heatmap } from "./heatmap.js";
import { History } from "./history.js";
import { showLikes } from "./likes.js";
import { everySecond } from "./ticker.js";
import { Tiles } from "./tiles.js";

const site = decodeURIComponent(location.pathname.split("/")[2] ?? "");
const title = (name) =>
  name.length <= 4 ? name.toUpperCase() : name.slice(0, 1).toUpperCase() + name.slice(1);
/** Numbers of the past change by the hour; the grid's by the half hour. */
const RELOAD_MS = 300_000;

document.title = `${title(site)}: energy and carbon`;
setText(byId("heading"), `Workspaces at ${title(site)}`);

async function showSites() {
  const { sites, simulated } = await ask("/sites");
  byId("simulated").hidden = !simulated;
  const link = (name) =>
    el(
      "a",
      {
        href: `/analysis/${encodeURIComponent(name)}/`,
        ...(name === site ? { "aria-current": "page" } : {}),
      },
      title(name),
    );
  byId("sites").replaceChildren(...sites.map(({ site: name }) => el("li", {}, link(name))));
}

const STATES = {
  live: (at) => `Live, ${clockText(at)}`,
  trouble: (at) => `The service cannot be asked since ${clockText(at)}`,
  silent: (at) => `No news since ${clockText(at)}; trying again`,
  lost: (at) => `Connection lost at ${clockText(at)}; trying again`,
};

function showState(state, at = new Date().toISOString()) {
  const element = byId("state");
  const before = element.dataset.is;
  if (before === state && state !== "live") return;
  // Since when there is no news stays said until there is some.
  if (before === "silent" && state === "lost") return;
  // What was missed of the past while nobody answered is loaded anew.
  if (state === "live" && (before === "silent" || before === "lost")) loadAll();
  // Told once, not with every second: a screen reader would read it out.
  element.setAttribute("aria-live", element.dataset.is === state ? "off" : "polite");
  element.dataset.is = state;
  setText(element, STATES[state](Date.parse(at)));
}

// What scrolls sideways is scrolled by the keyboard too.
for (const element of document.querySelectorAll(".scroll")) element.tabIndex = 0;

const tiles = new Tiles();
const cards = new Cards();
const history = new History(site);
const heatmap = new Heatmap(site);
const grid = new GridForecast(tiles);
/** The server's clock minus ours: what is carried on is carried on by its time. */
let offset = 0;

watchWorkspaces(site, {
  onState: showState,
  onList(workspaces, { at, totals }) {
    offset = Date.parse(at) - Date.now();
    cards.show(workspaces);
    tiles.show({ at, totals, workspaces });
  },
});

async function loadAll() {
  await Promise.all([history.load(), heatmap.load(), grid.load(), showLikes(site)]);
}

let loadedAt = Date.now();
everySecond((now) => {
  // Nothing is carried on that nobody counts any more.
  if (byId("state").dataset.is === "live") {
    cards.tick(now + offset);
    tiles.tick(now + offset);
  }
  if (now - loadedAt < RELOAD_MS) return;
  loadedAt = now;
  loadAll();
});

showSites().catch((error) => setText(byId("state"), error.message));
loadAll();
