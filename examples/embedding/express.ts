import { toNodeListener } from "ada-carbon/http";
import express from "express";
import { carbonHandler, port, signedIn } from "./carbon.ts";

const app = express();
// Express takes /carbon off the path. `ip` is the client's once `trust proxy` says which proxies to believe.
app.use(
  "/carbon",
  toNodeListener<express.Request>(carbonHandler(), {
    context: (request) => ({ clientAddress: request.ip, viewer: signedIn(request.get("x-demo-user")) }),
  }),
);
app.listen(port, "127.0.0.1");
