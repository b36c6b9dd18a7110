import { readFileSync } from "node:fs";

// The reference of every public name, a page an import, for the site of docs/. typedoc: Apache-2.0, kept up, reads what
// tsc reads. A public name without a docstring, or a link to none, fails `npm run docs`.

const { exports } = JSON.parse(readFileSync(new URL("package.json", import.meta.url), "utf8"));
const entryPoints = Object.values(exports)
  .filter(({ types }) => types)
  .map(({ types }) => types.replace("./dist", "src").replace(".d.ts", ".ts"));

/** @type {import("typedoc").TypeDocOptions & import("typedoc-plugin-markdown").PluginOptions} */
export default {
  plugin: ["typedoc-plugin-markdown", "./docs/.vitepress/module-names.js"],
  entryPoints,
  tsconfig: "tsconfig.build.json",
  out: "docs/api",
  readme: "none",
  router: "module",
  entryFileName: "README",
  hidePageHeader: true,
  hideBreadcrumbs: true,
  useCodeBlocks: true,
  sanitizeComments: true,
  parametersFormat: "table",
  interfacePropertiesFormat: "table",
  typeDeclarationFormat: "table",
  expandParameters: true,
  excludeExternals: true,
  disableGit: true,
  sourceLinkTemplate: "https://github.com/stfc/ada-carbon/blob/main/{path}#L{line}",
  validation: { notDocumented: true, notExported: false, invalidLink: true, invalidPath: true },
  // Properties have their unit in their name (docs/names.md); where that does not say it all, they have a docstring.
  requiredToBeDocumented: [
    "Enum",
    "Variable",
    "Function",
    "Class",
    "Interface",
    "TypeAlias",
    "Method",
    "Accessor",
  ],
  treatWarningsAsErrors: true,
};
