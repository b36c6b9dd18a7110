/** A server-sent event. */
export interface LiveEvent {
  readonly name: string;
  readonly id: string | undefined;
  // biome-ignore lint/suspicious/noExplicitAny: the tests look into it
  readonly data: any;
}

/** The events of a body as they come; what is no event is left out. */
export async function* allEventsOf(body: AsyncIterable<Uint8Array> | null): AsyncGenerator<LiveEvent> {
  let text = "";
  const decoder = new TextDecoder();
  for await (const chunk of body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    for (let end = text.indexOf("\n\n"); end >= 0; end = text.indexOf("\n\n")) {
      const lines = text.slice(0, end).split("\n");
      text = text.slice(end + 2);
      const field = (name: string) =>
        lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2);
      const [name, data] = [field("event"), field("data")];
      if (name !== undefined && data !== undefined) yield { name, id: field("id"), data: JSON.parse(data) };
    }
  }
}

/** The events of a reply without its heartbeats. */
export async function* eventsOf(reply: Response): AsyncGenerator<LiveEvent> {
  for await (const event of allEventsOf(reply.body)) if (event.name !== "heartbeat") yield event;
}

export async function next(events: AsyncGenerator<LiveEvent>): Promise<LiveEvent> {
  const { value, done } = await events.next();
  if (done) throw new Error("the stream ended");
  return value;
}
