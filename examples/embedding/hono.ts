import { createServer } from "node:http";
import { toNodeListener } from "ada-carbon/http";
import { Hono } from "hono";
import { carbonHandler, port, signedIn } from "./carbon.ts";

const carbon = carbonHandler();
// Hono takes /carbon off the path.
const app = new Hono().mount("/carbon", (request) =>
  carbon(request, { viewer: signedIn(request.headers.get("x-demo-user")) }),
);

// In Deno and Bun `export default app` is enough; in Node, our listener serves Hono as well.
createServer(toNodeListener(async (request) => app.fetch(request))).listen(port, "127.0.0.1");
