// A whole run in a script: npx tsx examples/notebook.ts, or in a Deno notebook with npm:ada-carbon.
// It uses a simulated cluster; put your own URLs in place of the simulation's.
import { runSync } from "ada-carbon";
import { gbCarbonIntensity } from "ada-carbon/intensity";
import { memoryUsageStore } from "ada-carbon/memory";
import { prometheusCpuSource } from "ada-carbon/prometheus";
import { UsageReader } from "ada-carbon/reports";
import { serveSimulation, simulateCluster } from "ada-carbon/testing";
import { rollup } from "ada-carbon/timeseries";

const interval = { from: Date.UTC(2025, 8, 10), to: Date.UTC(2025, 8, 12) };
const simulation = await serveSimulation({ cluster: simulateCluster({ interval, hosts: 12 }) });

const store = memoryUsageStore();
const report = await runSync({
  cpu: prometheusCpuSource({ url: simulation.prometheusUrl }),
  intensity: gbCarbonIntensity({ url: simulation.intensityUrl }),
  store,
  interval,
  fake: true,
});
await simulation.close();

// What is not known is null, and shown as such.
const shown = (value: number | null | undefined): string => value?.toFixed(2) ?? "-";
for (const { scope, busyKwh, idleKwh } of report.projectTotals) {
  console.log(`${scope.name}: ${shown(busyKwh)} kWh busy and ${shown(idleKwh)} idle`);
}
const reader = new UsageReader(store);
for (const scope of await store.scopes("user")) {
  const [day] = rollup(await reader.series(scope, interval), interval, "day");
  console.log(`${scope.name}: ${shown(day?.idleGco2eq)} g of carbon while idle on the first day`);
}
