/** The shortest encoding that a browser accepts. */
export function acceptedEncoding(accept: string | null): "br" | "gzip" | "identity" {
  const accepted = new Map(
    (accept ?? "").split(",").map((part) => {
      const [name = "", quality = "q=1"] = part
        .trim()
        .toLowerCase()
        .split(/\s*;\s*/);
      return [name, Number(quality.replace("q=", ""))];
    }),
  );
  const isAccepted = (name: string): boolean => (accepted.get(name) ?? accepted.get("*") ?? 0) > 0;
  return isAccepted("br") ? "br" : isAccepted("gzip") ? "gzip" : "identity";
}
