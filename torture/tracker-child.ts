import { trackWorkspaces } from "ada-carbon/workspaces";
import { openPlace } from "./open-place.ts";

// A tracker that polls every minute of a little more than an hour, by a clock of its own, and says which minute is done.
// Arguments: what `--store` names, and the minute to begin with.

const MINUTE_MS = 60_000;
const FROM = Date.UTC(2025, 8, 10, 12);
const LAST_MINUTE = 66;
const [store = "", first = "0"] = process.argv.slice(2);

const stores = await openPlace(store);
let minute = Number(first);
const now = (): number => FROM + minute * MINUTE_MS;
const host = (instance: string, user: string, idleFraction: number) => ({
  ...{ site: "isis", instance, project: "IDAaaS", machine: "Muon", user },
  ...{ seenAt: now(), bootedAt: FROM - 3 * 60 * MINUTE_MS, cores: 4, idleFraction, memoryActiveRatio: 0.5 },
});
const hostsNow = () => {
  const load = 0.5 + 0.4 * Math.sin(minute);
  const always = [host("a:9100", "amara", load), host("b:9100", "bjorn", 1 - load)];
  return minute >= 12 && minute <= 40 ? [...always, host("c:9100", "chidi", 0.5)] : always;
};
const period = { from: FROM - 60 * MINUTE_MS, to: FROM + 9e7, gco2eqPerKwh: 150, kind: "actual" as const };
const tracker = trackWorkspaces({
  hosts: {
    where: "a list",
    sites: ["isis"],
    activeHosts: async () => ({ hosts: hostsNow(), watching: true, warnings: [], findings: [] }),
  },
  store: stores.workspaces,
  usage: stores.usage,
  averages: stores.averages,
  intensity: { id: "grid", hasActual: true, periods: async () => [{ ...period, fetchedAt: FROM }] },
  clock: now,
});
for (; minute <= LAST_MINUTE; minute++) {
  await tracker.poll();
  process.stdout.write(`polled ${minute}\n`);
}
await stores.close();
