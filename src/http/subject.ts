import { UnknownScopeError } from "../reports/unknown-scope.js";
import type { Interval } from "../usage/hour.js";
import { formatScope, parseScope, type Scope } from "../usage/scope.js";
import type { UsageSeries } from "../usage/series.js";
import type { Admitted } from "./admitted.js";
import { notFound } from "./problem.js";
import { projectsOf } from "./service.js";

/** What a history is about: a scope, or `site:isis`, which is all projects of a site. */
export type Subject = { readonly site: string } | { readonly scope: Scope };

export function parseSubject(text: string): Subject {
  return text.startsWith("site:") && text.length > "site:".length
    ? { site: text.slice("site:".length) }
    : { scope: parseScope(text) };
}

export function formatSubject(subject: Subject): string {
  return "site" in subject ? `site:${subject.site}` : formatScope(subject.scope);
}

/** The hours of a subject. 404 for a site that there is not, or a scope of which nothing was ever stored. */
export async function readSubject(
  { service, reader }: Pick<Admitted, "service" | "reader">,
  subject: Subject,
  interval: Interval,
): Promise<UsageSeries> {
  if ("site" in subject) return reader.projects(projectsOf(service, subject.site), interval);
  try {
    return await reader.series(subject.scope, interval);
  } catch (error) {
    if (error instanceof UnknownScopeError) throw unknownScope(error);
    throw error;
  }
}

const SHOWN = 20;

/** Which users and hosts there are is not for everybody. */
function unknownScope({ scope, stored }: UnknownScopeError): Error {
  const isOpen = scope.kind !== "user" && scope.kind !== "host";
  const nearest = isOpen ? stored.slice(0, SHOWN).map(formatScope) : [];
  const more = stored.length > SHOWN ? ", ..." : "";
  const hint = nearest.length === 0 ? "" : `; there are ${nearest.join(", ")}${more}`;
  return notFound("unknown-scope", `nothing is stored of ${formatScope(scope)}${hint}`, nearest);
}
