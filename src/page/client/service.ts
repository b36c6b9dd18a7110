// Questions to the service. A reply that is a problem is thrown with its own words.

/** A refusal of the service, or no answer at all. */
export class ServiceError extends Error {
  /** The last part of the problem's type, such as `not-stored`; empty where nobody answered. */
  readonly type: string;
  readonly status: number;

  constructor(message: string, type: string, status: number, options?: ErrorOptions) {
    super(message, options);
    this.name = "ServiceError";
    this.type = type;
    this.status = status;
  }
}

export type Parameters = Readonly<Record<string, string | number | readonly string[] | undefined>>;

export class Service {
  readonly #base: string;

  /** @param api where the service is, such as `../api`; relative to the page. */
  constructor(api: string) {
    this.#base = api.replace(/\/+$/, "");
  }

  url(path: string, parameters: Parameters = {}): string {
    const query = new URLSearchParams();
    for (const [name, value] of Object.entries(parameters))
      for (const text of value === undefined ? [] : [value].flat()) query.append(name, String(text));
    const text = query.toString();
    return `${this.#base}/v1${path}${text === "" ? "" : `?${text}`}`;
  }

  async ask<Reply>(url: string, signal?: AbortSignal): Promise<Reply> {
    const headers = { accept: "application/json" };
    let reply: Response;
    try {
      reply = await fetch(url, {
        headers,
        credentials: "same-origin",
        ...(signal === undefined ? {} : { signal }),
      });
    } catch (error) {
      if (signal?.aborted === true) throw error;
      throw new ServiceError("the service cannot be reached", "", 0, { cause: error });
    }
    const body: unknown = await reply.json().catch(() => undefined);
    if (reply.ok && body !== undefined) return body as Reply;
    const { detail, type } = (body ?? {}) as { detail?: unknown; type?: unknown };
    throw new ServiceError(
      typeof detail === "string" ? detail : `the service answered ${reply.status}`,
      typeof type === "string" ? (type.split(/[/:]/).at(-1) ?? "") : "",
      reply.status,
    );
  }
}

/** The path of a site in the service. */
export function sitePath(site: string, rest: string): string {
  return `/sites/${encodeURIComponent(site)}${rest}`;
}
