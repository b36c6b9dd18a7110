import { DAY_MS } from "ada-carbon";
import type { RequestContext } from "ada-carbon/http";
import { NOW, world } from "../http-fixture.js";

// A program: every route is asked in thousands of ways, and how much memory each left behind is printed as JSON.

export interface Left {
  readonly route: string;
  readonly requests: number;
  readonly heapBytes: number;
  /** The whole process, in which the formatters of time zones are. */
  readonly residentBytes: number;
}

interface Asked {
  readonly path: string;
  readonly headers?: Record<string, string>;
  readonly context?: RequestContext;
}

const WARM_UP = 100;
const REQUESTS = 2000;
/** Routes that take long are asked for so long, but so many times at least. */
const LONGEST_MS = 2000;
const FEWEST = 200;

const zones = Intl.supportedValuesOf("timeZone");
const two = (n: number): string => String(n).padStart(2, "0");

/** One zone in as many spellings as it has letters to be large or small. */
function spelt(zone: string, n: number): string {
  return [...zone]
    .map((letter, i) => ((n >> (i % 12)) & 1 ? letter.toUpperCase() : letter.toLowerCase()))
    .join("");
}

/** Offsets, aliases and names, each number another text. */
function zoneOf(n: number): string {
  const offset = Math.floor(n / 4) % 1440;
  const [sign, hours, minutes] = [n % 8 < 4 ? "+" : "-", two(Math.floor(offset / 60)), two(offset % 60)];
  if (n % 4 === 0) return `${sign}${hours}:${minutes}`;
  if (n % 4 === 1) return `${sign}${hours}${minutes}`;
  if (n % 4 === 2)
    return spelt(["Etc/GMT+5", "Etc/Universal", "GB-Eire", "US/Pacific"][(n % 16) >> 2] ?? "UTC", n);
  return spelt(zones[n % zones.length] ?? "UTC", n);
}

const instantOf = (n: number): string => new Date(NOW - 3 * DAY_MS + n * 1000).toISOString();
const encoded = encodeURIComponent;

/** By route, the request of each number. */
const ROUTES: Readonly<Record<string, (n: number) => Asked>> = {
  "/v1/history by zone": (n) => ({ path: `/v1/history?scope=site:isis&by=month&zone=${encoded(zoneOf(n))}` }),
  "/v1/history by date": (n) => ({ path: `/v1/history?scope=site:isis&by=hour&from=${instantOf(n)}` }),
  "/v1/history by name": (n) => ({ path: `/v1/history?scope=project:${encoded(`project ${n}`)}` }),
  "/v1/heatmap": (n) => ({
    path: `/v1/heatmap?scope=project:IDAaaS&year=${1000 + n}&zone=${encoded(zoneOf(n))}`,
  }),
  "/v1/intensity": (n) => ({ path: `/v1/intensity?hours=${n / 40}&window=${0.5 + n / 100}` }),
  "/v1/estimate": (n) => ({ path: `/v1/estimate?busyCpuSeconds=${n}&machine=${encoded(`machine ${n}`)}` }),
  "/v1/equivalencies": (n) => ({ path: `/v1/equivalencies?gco2eq=${n * 1.1}` }),
  "/v1/averages": (n) => ({ path: "/v1/averages", headers: { "if-none-match": `"${n}"` } }),
  "/v1/projects": (n) => ({ path: `/v1/projects?from=${instantOf(n)}&limit=${1 + (n % 1000)}` }),
  "/v1/users": (n) => ({ path: `/v1/users?to=${instantOf(n)}` }),
  "/v1/sites/{site}/machines": (n) => ({ path: `/v1/sites/isis/machines?from=${instantOf(n)}` }),
  "/v1/sites/{site}/totals": (n) => ({ path: `/v1/sites/isis/totals?from=${instantOf(n)}` }),
  "/v1/sites/{site}/workspaces": (n) => ({
    path: `/v1/sites/isis/workspaces?search=${encoded(`muon ${n}`)}`,
  }),
  "/v1/sites/{site}/workspaces of unknown sites": (n) => ({
    path: `/v1/sites/${encoded(`site ${n}`)}/workspaces`,
  }),
  "/v1/sites/{site}/live": (n) => ({
    path: `/v1/sites/isis/live?search=${n}&limit=${1 + (n % 1000)}`,
    headers: {
      "last-event-id": `${n}`,
      "accept-encoding": n % 2 === 0 ? "gzip" : "identity",
      "x-user": `user${n}`,
    },
    context: n % 2 === 0 ? { identity: `viewer ${n}` } : { clientAddress: `2001:db8:${n.toString(16)}::1` },
  }),
  "/v1/sites/{site}/hosts": (n) => ({ path: `/v1/sites/isis/hosts?search=${encoded(`host ${n}`)}` }),
  "/v1/sites/{site}/idle": (n) => ({ path: `/v1/sites/isis/idle?from=${instantOf(n)}` }),
  "/v1/sites/{site}/my-machines": (n) => ({
    path: "/v1/sites/isis/my-machines",
    headers: { "x-user": `user${n}` },
  }),
  "/v1/me": (n) => ({ path: "/v1/me", headers: { "x-user": `user${n}` } }),
  "/v1/explain": (n) => ({ path: `/v1/explain?scope=user:${encoded(`user ${n}`)}&from=${instantOf(n)}` }),
  "/v1/budget": (n) => ({ path: `/v1/budget?scope=user:${encoded(`user ${n}`)}` }),
  "/v1/search": (n) => ({ path: `/v1/search?q=${encoded(`muon ${n}`)}` }),
  "/v1/best-time": (n) => ({ path: `/v1/best-time?hours=${1 + n / 1000}` }),
  "/docs": (n) => ({ path: "/docs", headers: { "if-none-match": `"${n}"` } }),
  "/ready": (n) => ({ path: "/ready", headers: { origin: `https://${n}.example` } }),
  "/metrics": (n) => ({ path: "/metrics", headers: { accept: `text/plain;q=0.${n}` } }),
  "/health": (n) => ({ path: "/health", headers: { "if-none-match": `"${n}"` } }),
  "/v1/sites": (n) => ({ path: "/v1/sites", headers: { origin: `https://${n}.example` } }),
  "/openapi.json": (n) => ({ path: "/openapi.json", headers: { "if-none-match": `"${n}"` } }),
  "/ with parameters that there are not": (n) => ({ path: `/?p${n}=${n}` }),
  "paths that there are not": (n) => ({ path: `/v1/no/${n}` }),
};

const { handler } = await world({
  authorise: (request) => ({ allow: true, users: [request.headers.get("x-user") ?? "amara"] }),
  corsOrigins: ["*"],
  live: { everyMs: 50 },
});

// Somebody is watching all the time, so that what is kept for viewers is kept.
const watching = (await handler(new Request("http://test/v1/sites/isis/live"))).body?.getReader();
void (async () => {
  while (!(await watching?.read())?.done);
})();

async function ask({ path, headers = {}, context = {} }: Asked): Promise<void> {
  const reply = await handler(new Request(`http://test${path}`, { headers }), context);
  await reply.text();
}

async function askLive(asked: Asked): Promise<void> {
  const stop = new AbortController();
  const { path, headers = {}, context = {} } = asked;
  const reply = await handler(new Request(`http://test${path}`, { headers, signal: stop.signal }), context);
  if (reply.status !== 200) throw new Error(`${path} answered ${reply.status}: ${await reply.text()}`);
  await reply.body?.getReader().read();
  stop.abort();
}

async function memory(): Promise<{ heap: number; resident: number }> {
  for (let time = 0; time < 3; time++) {
    await new Promise((resolve) => setTimeout(resolve, 10));
    globalThis.gc?.();
  }
  return { heap: process.memoryUsage().heapUsed, resident: process.memoryUsage.rss() };
}

const left: Left[] = [];
for (const [route, askedOf] of Object.entries(ROUTES)) {
  const send = route.endsWith("/live") ? askLive : ask;
  for (let n = 0; n < WARM_UP; n++) await send(askedOf(n));
  const before = await memory();
  const startedAt = performance.now();
  let requests = 0;
  while (requests < REQUESTS && (requests < FEWEST || performance.now() - startedAt < LONGEST_MS))
    await send(askedOf(WARM_UP + requests++));
  const after = await memory();
  const [heapBytes, residentBytes] = [after.heap - before.heap, after.resident - before.resident];
  left.push({ route, requests, heapBytes, residentBytes });
}
console.log(JSON.stringify(left));
process.exit();
