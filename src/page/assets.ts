import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import { brotliCompress, gzip } from "node:zlib";
import { acceptedEncoding } from "../codecs/accepted-encoding.js";
import { shortDigest } from "../usage/digest.js";
import { remembered } from "../usage/remembered.js";

/** The files of the page as the build leaves them, beside this module, with their types. */
const TYPES: Readonly<Record<string, string>> = {
  "analysis.js": "text/javascript; charset=utf-8",
  "page.css": "text/css; charset=utf-8",
  "icon.svg": "image/svg+xml",
};

interface Asset {
  readonly type: string;
  readonly etag: string;
  readonly bodies: Readonly<Record<"br" | "gzip" | "identity", Uint8Array<ArrayBuffer>>>;
}

/** The files of one page. Each is read and compressed once, when it is first asked for. */
export class Assets {
  readonly #loaded = new Map<string, Promise<Asset>>();

  /** A file: compressed as the browser likes, 304 if it has it already, 404 for any other name. */
  async reply(request: Request, name: string): Promise<Response> {
    const type = Object.hasOwn(TYPES, name) ? TYPES[name] : undefined;
    if (type === undefined)
      return new Response("There is no such file.\n", {
        status: 404,
        headers: { "content-type": "text/plain; charset=utf-8" },
      });
    const asset = await this.#assetOf(name, type);
    const encoding = acceptedEncoding(request.headers.get("accept-encoding"), ["br", "gzip"]);
    const headers = new Headers({
      "content-type": asset.type,
      etag: asset.etag,
      "cache-control": "no-cache",
      vary: "accept-encoding",
      // The script may be taken into a page of another origin, such as a portal's template.
      "access-control-allow-origin": "*",
      "cross-origin-resource-policy": "cross-origin",
    });
    if (request.headers.get("if-none-match")?.includes(asset.etag) === true)
      return new Response(null, { status: 304, headers });
    if (encoding !== "identity") headers.set("content-encoding", encoding);
    const body = asset.bodies[encoding];
    headers.set("content-length", String(body.byteLength));
    return new Response(body, { headers });
  }

  async #assetOf(name: string, type: string): Promise<Asset> {
    const asset = remembered(this.#loaded, name, () => load(name, type));
    try {
      return await asset;
    } catch (error) {
      // A file that could not be read is tried again by the next request.
      this.#loaded.delete(name);
      throw error;
    }
  }
}

async function load(name: string, type: string): Promise<Asset> {
  const file = new Uint8Array(await readFile(new URL(`./assets/${name}`, import.meta.url)));
  const etag = `"${await shortDigest(file, 24)}"`;
  const [br, gz] = await Promise.all([promisify(brotliCompress)(file), promisify(gzip)(file)]);
  return { type, etag, bodies: { br: new Uint8Array(br), gzip: new Uint8Array(gz), identity: file } };
}
