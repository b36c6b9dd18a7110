import { AdaCarbonError, badInput, isAdaCarbonError } from "../../usage/errors.js";
import { assertArgument, assertOptions, LIST, type Rules } from "../../usage/options.js";

/** One of several sources. */
export interface NamedSource<Source> {
  /** What it is called in messages, such as the name of its site. */
  readonly name: string;
  readonly source: Source;
}

/** Refuses (`bad-input`) what is no list of sources that each have a name of their own. */
export function assertNamed<Named extends NamedSource<unknown>>(
  caller: string,
  sources: readonly Named[],
  rules: Rules<Named>,
): void {
  assertArgument(caller, "sources", sources, LIST);
  for (const source of sources) assertOptions(caller, source, rules);
  const names = sources.map(({ name }) => name);
  const twice = names.find((name, i) => name === "" || names.indexOf(name) !== i);
  if (sources.length > 0 && twice === undefined) return;
  const what = twice === "" ? "a source has no name" : `two sources are called ${JSON.stringify(twice)}`;
  const fault = sources.length === 0 ? "there is no source" : what;
  throw badInput(`${caller}: ${fault}; give each a name of its own`);
}

/** All of them as one, for messages. */
export function wherePlaces(sources: readonly NamedSource<{ readonly where: string }>[]): string {
  return sources.map(({ name, source }) => `${name} ${source.where}`).join(", ");
}

/** The same error with the name of the source, if it has one; whatever is no error of the source is thrown. */
export function errorOf(name: string, error: unknown): AdaCarbonError {
  if (!isAdaCarbonError(error)) throw error;
  if (name === "") return error;
  return new AdaCarbonError(error.code, `${name}: ${error.message}`, { cause: error });
}

/** What each of several sources could not, as one error. */
export function errorOfAll(errors: readonly Error[]): Error {
  const [first = new Error("no source has failed"), ...others] = errors;
  if (others.length === 0 || !isAdaCarbonError(first)) return first;
  const message = errors.map((error) => error.message).join("; ");
  return new AdaCarbonError(first.code, message, { cause: new AggregateError(errors) });
}

/** What a source answered, or why it did not. */
export type Answer<Source, T> = NamedSource<Source> &
  ({ readonly answer: T } | { readonly error: AdaCarbonError });

/** Asks all at once, and waits for all. */
export async function askEach<Named extends NamedSource<unknown>, T>(
  sources: readonly Named[],
  ask: (named: Named) => Promise<T>,
): Promise<readonly Answer<Named["source"], T>[]> {
  const asked = sources.map(async (named): Promise<Answer<Named["source"], T>> => {
    const { name, source } = named;
    try {
      return { name, source, answer: await ask(named) };
    } catch (error) {
      return { name, source, error: errorOf(name, error) };
    }
  });
  return Promise.all(asked);
}

/** The answers there are. Rejects if there is none, or if one is missing and nobody is to be told. */
export function answersOf<Source, T>(
  all: readonly Answer<Source, T>[],
  onMissing: ((error: Error) => void) | undefined,
): T[] {
  const errors = all.flatMap((reply) => ("error" in reply ? [reply.error] : []));
  if (errors.length === all.length || (errors.length > 0 && onMissing === undefined))
    throw errorOfAll(errors);
  for (const error of errors) onMissing?.(error);
  return all.flatMap((reply) => ("answer" in reply ? [reply.answer] : []));
}
