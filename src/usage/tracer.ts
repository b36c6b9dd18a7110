/**
 * The part of OpenTelemetry's `Tracer` that is used, so that `trace.getTracer("carbon")` is one as it is. Nothing of
 * OpenTelemetry is imported, and without a tracer nothing is done.
 */
export interface Tracer {
  /** Does the work in a new span, which is the active one meanwhile. */
  startActiveSpan<T>(
    name: string,
    options: { readonly attributes?: SpanAttributes },
    work: (span: Span) => T,
  ): T;
}

/** The part of OpenTelemetry's `Span` that is used. */
export interface Span {
  /** Adds to what is known of the span. */
  setAttributes(attributes: SpanAttributes): unknown;
  /** Notes what was thrown in the span. */
  recordException(error: Error): void;
  /** How the span went: 2 is a failure. */
  setStatus(status: { readonly code: number; readonly message?: string }): unknown;
  /** The span is over. */
  end(): void;
}

/** What is known of a span. Names begin with `ada_carbon.`. */
export type SpanAttributes = Record<string, string | number | boolean>;

/** OpenTelemetry's `SpanStatusCode.ERROR`. */
const FAILED = 2;

/**
 * Does something in a span of its own, below the span that is active. What it throws is recorded, and thrown on.
 *
 * @param known What is known of the result once it is there.
 */
export async function inSpan<T>(
  tracer: Tracer | undefined,
  name: string,
  attributes: SpanAttributes,
  work: () => Promise<T>,
  known?: (result: T) => SpanAttributes,
): Promise<T> {
  if (tracer === undefined) return work();
  return tracer.startActiveSpan(name, { attributes }, async (span) => {
    try {
      const result = await work();
      if (known !== undefined) span.setAttributes(known(result));
      return result;
    } catch (error) {
      const failure = error instanceof Error ? error : new Error(String(error));
      span.recordException(failure);
      span.setStatus({ code: FAILED, message: failure.message });
      throw error;
    } finally {
      span.end();
    }
  });
}

/** The same for each element of what comes one after the other: a span is the wait for it. */
export async function* eachInSpan<T>(
  tracer: Tracer | undefined,
  name: string,
  elements: AsyncIterable<T>,
  known: (element: T) => SpanAttributes,
): AsyncGenerator<T> {
  if (tracer === undefined) return yield* elements;
  const iterator = elements[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await inSpan(
        tracer,
        name,
        {},
        () => iterator.next(),
        ({ done, value }) => (done === true ? {} : known(value)),
      );
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    await iterator.return?.();
  }
}
