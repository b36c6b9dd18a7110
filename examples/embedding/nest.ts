import "reflect-metadata";
import { Module } from "@nestjs/common";
import { NestFactory } from "@nestjs/core";
import { toNodeListener } from "ada-carbon/http";
import type { Request } from "express";
import { carbonHandler, port, signedIn } from "./carbon.ts";

/** Stands for your own. */
class AppModule {}
Module({})(AppModule);

const app = await NestFactory.create(AppModule, { logger: false });
// As in Express, on which Nest runs: /carbon is taken off the path.
app.use(
  "/carbon",
  toNodeListener<Request>(carbonHandler(), {
    context: (request) => ({ clientAddress: request.ip, viewer: signedIn(request.get("x-demo-user")) }),
  }),
);
await app.listen(port, "127.0.0.1");
