import { badInput } from "../usage/errors.js";

/** How callers say who they are: by a bearer token, by name and password, or by a session in a cookie. */
export type SignIn = "bearer" | "basic" | { readonly cookie: string };

/** What a cookie, like any token of HTTP, may be named. */
const TOKEN = /^[\w!#$%&'*+.^`|~-]+$/;

/** Refuses (`bad-input`) a cookie that cannot be. */
export function assertSignIn(signIn: SignIn): void {
  if (typeof signIn === "string" || TOKEN.test(signIn.cookie)) return;
  throw badInput(`${JSON.stringify(signIn.cookie)} is not the name of a cookie`);
}

/** The `WWW-Authenticate` of a 401. Cookies have no registered scheme; `Cookie` is the name that drafts give it. */
export function challengeOf(signIn: SignIn): string {
  if (signIn === "bearer") return 'Bearer realm="ada-carbon"';
  if (signIn === "basic") return 'Basic realm="ada-carbon", charset="UTF-8"';
  return `Cookie realm="ada-carbon", cookie-name="${signIn.cookie}"`;
}

/** The way to sign in, as an OpenAPI document has it. */
export function securitySchemeOf(signIn: SignIn): Record<string, string> {
  if (typeof signIn === "string") return { type: "http", scheme: signIn };
  return { type: "apiKey", in: "cookie", name: signIn.cookie };
}
