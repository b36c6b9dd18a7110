import { readFileSync } from "node:fs";
import { join, posix, relative } from "node:path";
import { fileURLToPath } from "node:url";
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

const root = fileURLToPath(new URL("../..", import.meta.url));

/** A plugin of typedoc: modules are called as they are imported, and every name of ours says where its source is. */
export function load(app) {
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
    for (const module of project.getReflectionsByKind(ReflectionKind.Module))
      module.name = importOf.get(module.name.replace(/^src(\/|$)/, "") || "index") ?? module.name;
  });
  // After typedoc itself has worked out its paths, which depend on what else is documented.
  app.converter.on(
    Converter.EVENT_RESOLVE_END,
    ({ project }) => {
      for (const reflection of project.getReflectionsByKind(ReflectionKind.All)) {
        const ours = reflection.sources?.filter(({ fullFileName }) =>
          fullFileName.startsWith(join(root, "src")),
        );
        for (const source of ours ?? []) {
          source.fileName = relative(root, source.fullFileName);
          source.url = `https://github.com/stfc/ada-carbon/blob/main/${source.fileName}#L${source.line}`;
        }
        reflection.sources = ours;
      }
    },
    -1000,
  );
}
