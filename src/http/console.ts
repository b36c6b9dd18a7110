import type { Service } from "./service.js";
import type { WorkspaceView } from "./workspaces/view.js";

/** Where the host application lets a workspace be stopped. An address that a browser would run is none. */
export function consoleOf(service: Service, view: WorkspaceView, request: Request): string | null {
  const address = service.options.consoleUrl?.(view);
  if (address === undefined) return null;
  const { protocol } = new URL(address, "https://relative.invalid/");
  if (protocol === "https:" || protocol === "http:") return address;
  service.onError(new TypeError(`the console of ${view.id} is no web address: ${address}`), request);
  return null;
}
