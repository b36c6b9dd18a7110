import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import formats from "ajv-formats";
import type { HostileRequest } from "./kinds.js";
import type { HostileReply } from "./send.js";
import { type OpenApi, type Operation, SECRETS } from "./world.js";

// ajv judges the replies and not zod, which has made the document: it would share the mistakes of its own conversion.

/** Says what is wrong with a reply; `undefined` if nothing is. */
export type Check = (request: HostileRequest, reply: HostileReply) => string | undefined;

export function checkAgainst(document: OpenApi): Check {
  const ajv = new Ajv2020({ strict: false });
  formats.default(ajv);
  ajv.addSchema({ $id: "openapi", components: document.components });
  const validators = new Map<string, ValidateFunction>();
  const fits = (reference: string, value: unknown): string | undefined => {
    const validate = validators.get(reference) ?? ajv.compile({ $ref: `openapi${reference}` });
    validators.set(reference, validate);
    return validate(value) ? undefined : `is not as ${reference} says: ${ajv.errorsText(validate.errors)}`;
  };

  return (request, reply) => {
    const { status, text } = reply;
    if (status >= 500) return `answers ${status}: ${text.slice(0, 200)}`;
    if (request.statuses !== undefined && !request.statuses.includes(status) && status !== 414)
      return `answers ${status} in place of ${request.statuses.join(" or ")}`;
    const leaked = leakOf(request, reply);
    if (leaked !== undefined) return `tells ${request.viewer} of ${leaked}`;
    if (status === 405 && reply.headers.allow !== "GET, HEAD, OPTIONS") return "does not say what is allowed";
    if (status === 401 && reply.headers["www-authenticate"] === undefined)
      return "does not say how to sign in";
    if (request.method === "HEAD" || status === 204 || status === 304)
      return text === "" ? undefined : `has a body with ${status}`;
    return shapeOf(request.operation, reply, fits);
  };
}

/** A name that the viewer may not see and has not sent. */
function leakOf({ viewer, target, headers }: HostileRequest, reply: HostileReply): string | undefined {
  if (viewer === "operator" && headers.authorization === undefined) return undefined;
  const said = reply.text + JSON.stringify(reply.headers);
  const asked = target.replaceAll("%3A", ":");
  return SECRETS.find((name) => said.includes(name) && !asked.includes(name));
}

function shapeOf(
  operation: Operation | undefined,
  { status, headers, text }: HostileReply,
  fits: (reference: string, value: unknown) => string | undefined,
): string | undefined {
  const type = headers["content-type"];
  if (type === "application/problem+json") {
    const problem: { status?: unknown } = JSON.parse(text);
    if (problem.status !== status) return `says ${problem.status} in a problem with status ${status}`;
    return fits("#/components/schemas/Problem", problem);
  }
  // The parser of Node answers by itself what is no HTTP.
  if (operation === undefined) return status < 500 ? undefined : `answers ${status}`;
  const media = operation.responses[status]?.content?.[String(type)];
  if (media === undefined) return `answers ${status} with ${type}, which the document does not have`;
  if (type === "text/event-stream") return fits(`#/components/schemas/Live`, firstEvent(text));
  return media.schema.$ref === undefined ? undefined : fits(media.schema.$ref, JSON.parse(text));
}

function firstEvent(text: string): unknown {
  return JSON.parse(/^data: (.*)$/m.exec(text)?.[1] ?? "null");
}
