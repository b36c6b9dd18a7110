import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server } from "node:net";

/** Stands between a browser and a service, and counts what the browser is sent, headers and events included. */
export class CountingProxy {
  readonly url: string;
  readonly #server: Server;
  bytes = 0;

  private constructor(server: Server, path: string) {
    this.#server = server;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`;
  }

  static async before(service: URL): Promise<CountingProxy> {
    const server = createServer((browser) => {
      const there = connect(Number(service.port), service.hostname);
      there.on("data", (chunk) => {
        proxy.bytes += chunk.length;
      });
      browser.pipe(there).pipe(browser);
      // Whoever leaves takes the other along.
      for (const end of [browser, there])
        end
          .on("error", () => {})
          .on("close", () => {
            browser.destroy();
            there.destroy();
          });
    });
    await once(server.listen(0, "127.0.0.1"), "listening");
    const proxy = new CountingProxy(server, service.pathname);
    return proxy;
  }

  close(): void {
    this.#server.close();
  }
}
