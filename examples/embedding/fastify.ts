import { toNodeListener } from "ada-carbon/http";
import Fastify from "fastify";
import { carbonHandler, port, signedIn } from "./carbon.ts";

const app = Fastify();
const carbon = carbonHandler("/carbon");
app.all("/carbon/*", (request, reply) => {
  // Replies are streamed by the listener, live events too, so Fastify is told to leave this one alone.
  reply.hijack();
  const context = { clientAddress: request.ip, viewer: signedIn(request.headers["x-demo-user"]) };
  toNodeListener(carbon, { context: () => context })(request.raw, reply.raw);
});
await app.listen({ port, host: "127.0.0.1" });
