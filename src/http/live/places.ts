import { tooManyOfOneClient, tooManyViewers } from "../problem.js";

/** Places of viewers who watch: their number is limited in all, and for each client. */
export class Places {
  readonly #most: number;
  readonly #mostPerClient: number;
  readonly #byClient = new Map<string, number>();
  #taken = 0;

  constructor(most: number, mostPerClient: number) {
    this.#most = most;
    this.#mostPerClient = mostPerClient;
  }

  /** Takes a place; the function returned gives it back. 429 for a client that has enough, 503 when there is none. */
  take(client: string | null): () => void {
    const own = client === null ? 0 : (this.#byClient.get(client) ?? 0);
    if (own >= this.#mostPerClient) throw tooManyOfOneClient(this.#mostPerClient);
    if (this.#taken >= this.#most) throw tooManyViewers(this.#most);
    this.#taken++;
    if (client !== null) this.#byClient.set(client, own + 1);
    let isTaken = true;
    return () => {
      if (!isTaken) return;
      isTaken = false;
      this.#taken--;
      if (client === null) return;
      const left = (this.#byClient.get(client) ?? 1) - 1;
      if (left > 0) this.#byClient.set(client, left);
      else this.#byClient.delete(client);
    };
  }
}
