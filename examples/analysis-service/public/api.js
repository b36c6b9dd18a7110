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

/**
 * Live workspaces of a site: calls back with the list whenever it differs. While the page is hidden nothing is
 * connected; shown again, it starts with the whole list.
 */
export function watchWorkspaces(site, { onList, onState }) {
  const known = new Map();
  let source;
  const take = (data) => {
    onState("live", data.at);
    onList([...known.values()], data);
  };
  const open = () => {
    source = new EventSource(`${BASE}/sites/${encodeURIComponent(site)}/live`);
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
    source.addEventListener("trouble", (event) => onState("trouble", JSON.parse(event.data).at));
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
  open();
}
