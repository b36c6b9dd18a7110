// One command, one process: `npm run demo:analysis`, then open the address it prints.
import { once } from "node:events";
import { createServer } from "node:http";
import { fileURLToPath } from "node:url";
import { toNodeListener } from "ada-carbon/http";
import { analysisApp } from "./app.js";
import { startSimulation } from "./simulation.js";
import { viewerOf } from "./viewers.js";

async function main(): Promise<void> {
  const stop = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => stop.abort());
  const say = (line: string): void => console.log(line);

  const simulation = await startSimulation();
  const app = analysisApp({ ...simulation.options, zone: "Europe/London", signal: stop.signal }, viewerOf);
  const server = createServer(toNodeListener(app)).listen(Number(process.env.PORT ?? 8080), "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : "";
  say(`http://127.0.0.1:${port}/analysis/isis/  (a simulated cluster; Ctrl-C ends it)`);

  try {
    await simulation.run(stop.signal, say);
  } catch (error) {
    if (!stop.signal.aborted) throw error;
  } finally {
    server.close();
    server.closeAllConnections();
    await simulation.close();
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
