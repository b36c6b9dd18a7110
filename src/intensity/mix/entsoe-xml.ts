import sax from "sax";
import { tooLarge } from "../../transport/body.js";
import { AdaCarbonError } from "../../usage/errors.js";

// sax reads the XML: no dependencies, 80 kB, typed; strict, and it resolves no entities from elsewhere.

/** An element, with its text and the elements in it. */
export interface Element {
  readonly name: string;
  readonly children: Element[];
  text: string;
}

/** Five times what a month of quarters of all kinds has. Each takes a hundred times the memory of its text. */
const MOST_ELEMENTS = 1_000_000;

/** The document's root. Names are without namespace prefixes. `bad-reply` for what is not XML, `too-large`. */
export function parseXml(text: string, where: string): Element {
  const root: Element = { name: "", children: [], text: "" };
  const open = [root];
  const reader = sax.parser(true, { trim: true });
  let count = 0;
  reader.onopentag = ({ name }) => {
    if (++count > MOST_ELEMENTS) throw tooLarge(where, `of more than ${MOST_ELEMENTS} elements`);
    const element: Element = { name: name.replace(/^.*:/, ""), children: [], text: "" };
    open.at(-1)?.children.push(element);
    open.push(element);
  };
  reader.ontext = (part) => {
    const element = open.at(-1);
    if (element !== undefined) element.text += part;
  };
  reader.onclosetag = () => void open.pop();
  reader.onerror = (error) => {
    throw new AdaCarbonError("bad-reply", `${where}: not XML: ${error.message.replace(/\s+/g, " ")}`, {
      cause: error,
    });
  };
  reader.write(text).close();
  const [document] = root.children;
  if (document !== undefined) return document;
  throw new AdaCarbonError("bad-reply", `${where}: not XML: it is empty`);
}

/** The text of the element that this path of names leads to; `undefined` where there is none. */
export function textIn(element: Element, ...path: readonly string[]): string | undefined {
  return path.reduce<Element | undefined>(
    (within, name) => within?.children.find((child) => child.name === name),
    element,
  )?.text;
}

export function childrenOf(element: Element, name: string): Element[] {
  return element.children.filter((child) => child.name === name);
}
