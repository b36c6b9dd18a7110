// The last 30 days as things that people know.
import { ask } from "./api.js";
import { byId, el, setText } from "./dom.js";
import { carbon, kwh, percent } from "./format.js";

export async function showLikes(site) {
  try {
    const { usage } = await ask(`/sites/${encodeURIComponent(site)}/totals`);
    const { busyKwh, idleKwh, busyGco2eq, idleGco2eq, coverage } = usage;
    const [energy, grams] = [
      busyKwh === null ? null : busyKwh + idleKwh,
      busyGco2eq === null ? null : busyGco2eq + idleGco2eq,
    ];
    if (energy === null) {
      setText(byId("like-total"), "Nothing is known of the last 30 days yet.");
      return byId("like").replaceChildren();
    }
    const part = coverage < 0.995 ? ` That is from the ${percent(coverage)} of the time that is known.` : "";
    setText(byId("like-total"), `${kwh(energy)} and ${carbon(grams)}.${part}`);
    const [byCarbon, byEnergy] = await Promise.all([
      grams === null ? { equivalencies: [] } : ask("/equivalencies", { gco2eq: grams }),
      ask("/equivalencies", { kwh: energy }),
    ]);
    const item =
      (of) =>
      ({ sentence, source, year }) =>
        el("li", {}, `${of} ${sentence}`, el("small", {}, `${source}, ${year}`));
    byId("like").replaceChildren(
      ...byCarbon.equivalencies.slice(0, 3).map(item("The carbon is")),
      ...byEnergy.equivalencies.slice(0, 1).map(item("The electricity is")),
    );
  } catch (error) {
    setText(byId("like-total"), `This cannot be shown now: ${error.message}.`);
  }
}
