import { createServer } from "node:http";
import { toNodeListener } from "ada-carbon/http";
import { carbonHandler, port, signedIn } from "./carbon.ts";

const carbon = toNodeListener(carbonHandler("/carbon"), {
  context: ({ headers, socket }) => ({
    clientAddress: socket?.remoteAddress,
    viewer: signedIn(headers["x-demo-user"]),
  }),
});

createServer((request, response) => {
  if (request.url?.startsWith("/carbon/")) return carbon(request, response);
  response.writeHead(404).end();
}).listen(port, "127.0.0.1");
