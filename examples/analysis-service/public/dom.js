// Elements with text in them. Text is always set as text: a host may be called anything.

import { nameText } from "./format.js";

export const byId = (id) => document.getElementById(id);

/** An element with attributes and with children, which are elements or text. */
export function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** Sets text only when it differs: an unchanged page is not laid out again. */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** Shows a name as far as there is room, with all of it to be read where it is pointed at. */
export function setName(element, name) {
  setText(element, nameText(name));
  element.title = name;
}

const waiting = new Map();

/** Marks the panel around an element as busy while something is fetched for it. */
export async function whileBusy(element, work) {
  const panel = element.closest(".panel");
  const count = (step) => {
    waiting.set(panel, (waiting.get(panel) ?? 0) + step);
    panel.setAttribute("aria-busy", String(waiting.get(panel) > 0));
  };
  count(1);
  try {
    return await work();
  } finally {
    count(-1);
  }
}

/** A bar of two parts, the first of which takes `percent` of it; only to look at. */
export function splitBar() {
  const svg = (tag, attributes) => {
    const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    return element;
  };
  const part = svg("rect", { class: "split-part", height: "4", width: "0" });
  const bar = svg("svg", {
    class: "split",
    viewBox: "0 0 100 4",
    preserveAspectRatio: "none",
    "aria-hidden": "true",
  });
  bar.append(part);
  return { bar, show: (percent) => part.setAttribute("width", String(percent)) };
}
