// The made-up cloud of the past year, in a thread of its own: a real Prometheus is another machine, and the
// work it has with a question is no trouble of the host application's.
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { type ClusterOptions, serveSimulation, simulateCluster } from "ada-carbon/testing";

export interface Cloud {
  readonly prometheusUrl: string;
  readonly intensityUrl: string;
  close(): Promise<void>;
}

/** Starts the thread; resolves when it answers. */
export async function startCloud(options: ClusterOptions): Promise<Cloud> {
  const worker = new Worker(new URL(import.meta.url), { workerData: options });
  const urls = await new Promise<Omit<Cloud, "close">>((resolve, reject) => {
    worker.once("message", resolve);
    worker.once("error", reject);
  });
  return {
    ...urls,
    close: async () => {
      await worker.terminate();
    },
  };
}

if (!isMainThread) {
  const { prometheusUrl, intensityUrl } = await serveSimulation({
    cluster: simulateCluster(workerData as ClusterOptions),
    clock: Date.now,
  });
  parentPort?.postMessage({ prometheusUrl, intensityUrl });
}
