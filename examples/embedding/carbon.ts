// What all examples here mount. Put your stores in place of those in memory, and your projects in place of IDAaaS.
import { createHandler, type Handler, type Viewer } from "ada-carbon/http";
import { memoryUsageStore, memoryWorkspaceStore } from "ada-carbon/memory";

/** @param basePath What the framework leaves in front of the paths that it hands over. */
export function carbonHandler(basePath = ""): Handler {
  return createHandler({
    usage: memoryUsageStore(),
    workspaces: memoryWorkspaceStore(),
    sites: { isis: ["IDAaaS"] },
    basePath,
  });
}

/** Stands for your own sign-in. Nobody may be believed for a header that anybody can send. */
export function signedIn(name: string | string[] | null | undefined): Viewer | undefined {
  return typeof name === "string" && name !== "" ? { user: name } : undefined;
}

export const port: number = Number(process.env.PORT ?? 3000);
