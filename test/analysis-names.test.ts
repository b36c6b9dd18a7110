import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hasChromium, launch, type PageWorld, pageWorld, session } from "./analysis-world.js";

// Names that nobody would choose, on the Analysis page in a real browser.

describe.skipIf(!hasChromium)("a name on a card", () => {
  const NAMES = {
    long: "x".repeat(300),
    unseen: "\u200b\u200d\u2060",
    blank: "  ",
    turned: "admin\u202egnp.exe",
    hebrew: "מערכת",
  };
  let browser: Browser;
  let world: PageWorld;
  let cards: { id: string; height: number; text: string; title: string; bidi: string }[];

  beforeAll(async () => {
    browser = await launch();
    world = await pageWorld(0);
    const names = Object.values(NAMES);
    await world.workspaces.save([
      session(0, { machine: "Muon", id: "usual", idleKwh: 99 }),
      ...names.map((name, n) => session(n + 1, { machine: name, user: name, instance: name, id: name })),
    ]);
    const page = await browser.newPage();
    await page.goto(`${world.url}/analysis/isis/`);
    await page.locator(".card").nth(names.length).waitFor();
    cards = await page.locator(".card").evaluateAll((elements) =>
      elements.map((card) => {
        card.scrollIntoView();
        const name = card.querySelector(".card-name") as HTMLElement;
        return {
          id: name.title,
          height: card.getBoundingClientRect().height,
          text: name.textContent ?? "",
          title: name.title,
          bidi: getComputedStyle(name).unicodeBidi,
        };
      }),
    );
  });
  afterAll(async () => {
    await browser.close();
    await world.close();
  });

  const card = (name: string): (typeof cards)[number] | undefined =>
    cards.find(({ title }) => title === name);

  it("of 300 characters keeps the card's height, and is there whole to be read", () => {
    const usual = card("Muon")?.height ?? 0;
    expect(usual).toBeGreaterThan(100);
    for (const { height } of cards) expect(height).toBeLessThan(usual * 1.5);
    expect(card(NAMES.long)?.text).toBe(NAMES.long);
  });

  it("that cannot be seen has a stand-in", () => {
    expect(cards.map(({ text }) => text)).toEqual(
      expect.arrayContaining(["⟨U+200B⟩⟨U+200D⟩⟨U+2060⟩", "⟨U+0020⟩⟨U+0020⟩"]),
    );
  });

  it("that turns the direction round does so neither to itself nor to what follows", () => {
    expect(cards.map(({ text }) => text)).toEqual(
      expect.arrayContaining(["admin⟨U+202E⟩gnp.exe", NAMES.hebrew]),
    );
    for (const { bidi } of cards) expect(bidi).toMatch(/isolate|plaintext/);
  });
});
