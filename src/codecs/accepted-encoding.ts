/** The first of the codings, best first, that a client takes by its `Accept-Encoding`; else none. */
export function acceptedEncoding<Coding extends string>(
  header: string | null,
  codings: readonly Coding[],
): Coding | "identity" {
  const qualities = new Map(
    (header ?? "").split(",").map((item) => {
      const [name = "", ...parameters] = item.split(";").map((part) => part.trim().toLowerCase());
      const quality = parameters.find((part) => part.startsWith("q="))?.slice(2) ?? "1";
      return [name, Number(quality)] as const;
    }),
  );
  const isTaken = (coding: string): boolean => (qualities.get(coding) ?? qualities.get("*") ?? 0) > 0;
  return codings.find(isTaken) ?? "identity";
}
