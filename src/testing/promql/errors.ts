/** Why a query was refused, with the `errorType` that Prometheus would put in its reply. */
export class PromqlError extends Error {
  readonly type: "bad_data" | "execution";

  constructor(type: "bad_data" | "execution", message: string) {
    super(message);
    this.name = "PromqlError";
    this.type = type;
  }
}

/** The query is not PromQL, or its types do not fit. */
export function badQuery(message: string): PromqlError {
  return new PromqlError("bad_data", message);
}

/** The query may well be PromQL, but not the part of it that is simulated here. */
export function unsupported(what: string): PromqlError {
  return new PromqlError("bad_data", `unsupported by the simulated Prometheus: ${what}`);
}
