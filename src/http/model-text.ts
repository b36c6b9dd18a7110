// What a power model counts, in words for people. Its id stays what is stored, compared and sent.

/** A model whose id says watts, or names another that has the rest of the machines. */
const WORDINGS: readonly (readonly [RegExp, (parts: readonly string[]) => string])[] = [
  [
    /^per-core\/1 busy=(\S+)W idle=(\S+)W(?: pue=(\S+) modes:(\S*))?$/,
    ([busy, idle, pue = "1", modes = ""]) =>
      `${busy} W a busy core, ${idle} W an idle one${pueText(pue)}${modesText(modes)}`,
  ],
  [
    /^workspace\/1 cpu_tdp=(\S+)W\/core ram=(\S+)W other=(\S+)W$/,
    ([core, memory, other]) => `${core} W a busy core, ${memory} W for active memory, ${other} W always`,
  ],
  [
    /^machines\/1 catalogue=\S+ machines=(\d+) pue=(\S+) else (.+)$/s,
    ([count, pue = "1", others = ""]) =>
      `the catalogue's watts of ${typesText(count)}${pueText(pue)}; of others ${modelText(others)}`,
  ],
  [
    /^machine-average\/1 averages=\S+ given=(\d+) learnt=(\d+) else (.+)$/s,
    ([given, learnt, others = ""]) =>
      `the averages of ${typesText(String(Number(given) + Number(learnt)))}; of others ${modelText(others)}`,
  ],
];

/** The id of a model in words. One that this library does not make says itself what it is, and is kept. */
export function modelText(id: string): string {
  for (const [pattern, wording] of WORDINGS) {
    const match = pattern.exec(id);
    if (match !== null) return wording(match.slice(1));
  }
  return id;
}

function typesText(count = ""): string {
  return `${count} ${count === "1" ? "type of machine" : "types of machines"}`;
}

function pueText(pue: string): string {
  return pue === "1" ? "" : `, times ${pue} for the building`;
}

/** Of modes that do not count as is usual: idle is idle, all others are busy. */
function modesText(modes: string): string {
  const unusual = modes.split(",").filter((mode) => mode !== "" && mode !== "idle=idle");
  return unusual.map((mode) => `, ${mode.replace("=", " counted as ")}`).join("");
}
