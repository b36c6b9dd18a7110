import { readFileSync } from "node:fs";
import { posix } from "node:path";
import { Converter, ReflectionKind } from "typedoc";

const { exports } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));

/** What is imported to get the module that lies in `src/...`: `stores/files` is `ada-carbon/files`. */
const importOf = new Map(
  Object.entries(exports)
    .filter(([, { types }]) => types)
    .map(([name, { types }]) => [
      types.replace(/^\.\/dist\//, "").replace(/(\/?index)?\.d\.ts$/, "") || "index",
      posix.join("ada-carbon", name),
    ]),
);

/** A plugin of typedoc: modules are called as they are imported. */
export function load(app) {
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
    for (const module of project.getReflectionsByKind(ReflectionKind.Module))
      module.name = importOf.get(module.name) ?? module.name;
  });
}
