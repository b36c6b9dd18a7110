// The library's routes. A reply that is a problem is thrown with its own words.

const BASE = "/api/carbon/v1";

export async function ask(path, parameters = {}) {
  const query = new URLSearchParams(parameters).toString();
  const reply = await fetch(`${BASE}${path}${query === "" ? "" : `?${query}`}`, {
    headers: { accept: "application/json" },
  });
  const body = await reply.json();
  if (!reply.ok) throw new Error(body.detail ?? `the service answered ${reply.status}`);
  return body;
}

/** A server that is not heard for so many heartbeats is taken for gone. */
const BEATS = 2;
/** All that a list may have. */
const LIMIT = 1000;

/**
 * Live workspaces of a site: calls back with the list whenever it differs. While the page is hidden nothing is
 * connected; shown again, it starts with the whole list. A server that stops without closing is missed by its
 * heartbeats, which say how often they come.
 */
export function watchWorkspaces(site, { onList, onState }) {
  const known = new Map();
  let source;
  let everyMs = 8000;
  let heardAt = Date.now();
  let triedAt = heardAt;
  let troubleAt = 0;
  const hear = () => {
    heardAt = Date.now();
  };
  const take = (data) => {
    onState("live", data.at);
    onList([...known.values()], data);
  };
  const open = () => {
    source = new EventSource(`${BASE}/sites/${encodeURIComponent(site)}/live?limit=${LIMIT}`);
    triedAt = Date.now();
    for (const name of ["workspaces", "changes", "heartbeat", "trouble"]) source.addEventListener(name, hear);
    source.addEventListener("heartbeat", (event) => {
      const { at, lookedAt, ...beat } = JSON.parse(event.data);
      everyMs = beat.everyMs;
      if (lookedAt === null) return;
      // The service is there; whether what it has is of now is another question.
      if (Date.parse(at) - Date.parse(lookedAt) > BEATS * everyMs) onState("trouble", lookedAt);
      else if (Date.parse(lookedAt) > troubleAt) onState("live", at);
    });
    source.addEventListener("workspaces", (event) => {
      const data = JSON.parse(event.data);
      known.clear();
      for (const workspace of data.workspaces) known.set(workspace.id, workspace);
      take(data);
    });
    source.addEventListener("changes", (event) => {
      const data = JSON.parse(event.data);
      for (const workspace of data.changed) known.set(workspace.id, workspace);
      for (const id of data.gone) known.delete(id);
      take(data);
    });
    source.addEventListener("trouble", (event) => {
      const { at } = JSON.parse(event.data);
      troubleAt = Date.parse(at);
      onState("trouble", at);
    });
    source.addEventListener("error", () => {
      onState("lost");
      // A refusal closes it for good; the browser reconnects after anything else.
      if (source.readyState === EventSource.CLOSED)
        setTimeout(() => source.readyState === EventSource.CLOSED && !document.hidden && reopen(), 15_000);
    });
  };
  const reopen = () => {
    source.close();
    open();
  };
  document.addEventListener("visibilitychange", () => (document.hidden ? source.close() : reopen()));
  setInterval(() => {
    const isWaiting = !document.hidden && source.readyState !== EventSource.CLOSED;
    if (!isWaiting || Date.now() - Math.max(heardAt, triedAt) <= BEATS * everyMs) return;
    onState("silent", new Date(heardAt).toISOString());
    reopen();
  }, 500);
  open();
}
