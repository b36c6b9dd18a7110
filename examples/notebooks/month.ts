// A month of hourly energy as rows, from a simulated cluster: npx tsx examples/notebooks/month.ts
// Put the URL of your own Prometheus in the place of the simulation's. month.ipynb is the same as a notebook.
import { runSync } from "ada-carbon";
import { constantIntensity } from "ada-carbon/intensity";
import { memoryUsageStore } from "ada-carbon/memory";
import { prometheusCpuSource } from "ada-carbon/prometheus";
import { usageTable } from "ada-carbon/reports";
import { serveSimulation, simulateCluster } from "ada-carbon/testing";

const month = { from: "2025-09", to: "2025-10", zone: "UTC" };
const cluster = simulateCluster({ interval: month, hosts: 6, scrapeSeconds: 300 });
const { prometheusUrl: url, close } = await serveSimulation({ cluster });

const store = memoryUsageStore();
await runSync({ cpu: prometheusCpuSource({ url }), store, interval: month, fake: true });
const table = await usageTable(store, { kind: "project", from: "2025-09", by: "hour" });
console.log(`${table.rows.length} rows, of which the first is`, table.rows[0]);

// Energy needs no intensity. With one, such as a yearly mean of the grid, the same hours get their carbon.
await runSync({
  cpu: prometheusCpuSource({ url }),
  store,
  interval: month,
  fake: true,
  intensity: constantIntensity(125),
});
await close();

const weeks = await usageTable(store, { scope: "ada", from: "2025-W36", to: "2025-W41", by: "week" });
console.log(String(weeks));
console.log(weeks.toCsv());
console.log(`${(await table.toArrow()).numCols} columns of Arrow`);
