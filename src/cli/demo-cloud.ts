// The made-up cloud of the past year, in a thread of its own: a real Prometheus is another machine, and the work it has
// with a question does not hold up the service.
import { parentPort, workerData } from "node:worker_threads";
import { type ClusterOptions, serveSimulation, simulateCluster } from "../testing/index.js";

const { prometheusUrl, intensityUrl } = await serveSimulation({
  cluster: simulateCluster(workerData as ClusterOptions),
  clock: Date.now,
});
parentPort?.postMessage({ prometheusUrl, intensityUrl });
