import type { TenureSource } from "./tenure.js";

/** A store that says which of some names are of users who were forgotten. */
export interface KnowsForgotten {
  forgottenAmong(
    names: Iterable<string>,
    options?: { readonly signal?: AbortSignal | undefined },
  ): Promise<ReadonlySet<string>>;
}

/** The hosts, those of forgotten users as nobody's: labels go on to name them. */
export async function withoutForgotten<T extends { readonly user: string | null }>(
  hosts: readonly T[],
  store: KnowsForgotten,
  signal: AbortSignal | undefined,
): Promise<readonly T[]> {
  const names = new Set(hosts.flatMap(({ user }) => user ?? []));
  const forgotten = await store.forgottenAmong(names, { signal });
  if (forgotten.size === 0) return hosts;
  return hosts.map((host) =>
    host.user !== null && forgotten.has(host.user) ? { ...host, user: null } : host,
  );
}

/** The same tenures, those of forgotten users without the user. */
export function tenuresWithoutForgotten(source: TenureSource, store: KnowsForgotten): TenureSource {
  return {
    id: source.id,
    async tenures(interval, hosts, options = {}) {
      const held = await source.tenures(interval, hosts, options);
      const names = new Set(held.flatMap(({ user }) => user ?? []));
      const forgotten = await store.forgottenAmong(names, options);
      return held.map((tenure) =>
        tenure.user !== undefined && forgotten.has(tenure.user) ? { ...tenure, user: undefined } : tenure,
      );
    },
  };
}
