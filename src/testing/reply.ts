/** What a simulated service answers. */
export interface Reply {
  readonly status: number;
  /** `application/json` unless it says otherwise. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
}

/** A request as the simulated services see it and tests read it back. */
export interface SimulatedRequest {
  readonly method: string;
  /** Without the query string, not decoded. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Parameters of the query string and of a form body together. */
  readonly parameters: URLSearchParams;
}

export function json(status: number, document: unknown): Reply {
  return { status, body: JSON.stringify(document) };
}
