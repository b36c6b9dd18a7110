import * as z from "zod";
import { htmlText } from "../../codecs/html.js";
import { VERSION } from "../../usage/version.js";
import { pathParameters, queryParameters } from "../openapi.js";
import { NONE } from "../query.js";
import { cacheControl } from "../reply.js";
import { type Route, rawRoute } from "../route.js";
import { PARAMETER_NOTES, ROUTE_NOTES, TAGS, type Tag } from "../route-notes.js";
import { folderOf } from "./about.js";

const HTML = "text/html; charset=utf-8";

/** Nothing runs here, and nothing comes from elsewhere. */
const SECURITY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/** The routes as a page to be read. */
export function docsRoute(routes: readonly Route[]): Route {
  return rawRoute({
    name: "docs",
    path: "/docs",
    summary: "What there is, as a page to be read.",
    query: NONE,
    reply: null,
    contentType: HTML,
    textExample: "<!doctype html>",
    answer: async ({ isPrivate, request }) =>
      new Response(page(routes, folderOf(request)), {
        headers: {
          "content-type": HTML,
          "content-security-policy": SECURITY,
          "cache-control": cacheControl(300, isPrivate),
        },
      }),
  });
}

/** `/docs` and `/docs/` are the same place, and links go to the folder that they are in. */
function page(routes: readonly Route[], folder: string): string {
  const up = folder === "" ? "../" : "";
  const tags = Object.entries(TAGS) as [Tag, string][];
  const sections = tags.map(([tag, meaning]) => {
    const ofTag = routes.filter(({ name }) => ROUTE_NOTES[name].tag === tag);
    return `<section><h2 id="${tag}">${tag}</h2><p>${htmlText(meaning)}</p>${ofTag.map((route) => article(route, up)).join("")}</section>`;
  });
  const contents = routes.map(
    ({ name, path, summary }) =>
      `<li><a href="#${name}"><code>${htmlText(path)}</code></a> ${htmlText(summary)}</li>`,
  );
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>ada-carbon: the API</title><style>${STYLE}</style></head><body><main>
<h1>ada-carbon ${htmlText(VERSION)}: the API</h1>
<p>${htmlText(INTRODUCTION)} The same for programs: <a href="${up}openapi.json">openapi.json</a>.</p>
<nav aria-label="Routes"><ul>${contents.join("")}</ul></nav>
${sections.join("\n")}
</main></body></html>
`;
}

const INTRODUCTION =
  "Electricity and carbon of a research cloud, by hour and by owner. Energy is in kWh, carbon in grams of CO2 equivalent, power in W, time in ISO 8601 with Z. What is not known is null, never 0. Everything is read with GET; errors are application/problem+json, with a type to switch on and the names that there are.";

function article(
  { name, path, summary, query, example, textExample, contentType, otherContentTypes }: Route,
  up: string,
): string {
  const parameters = [...pathParameters(path), ...queryParameters(query)];
  const shown = example === undefined ? (textExample ?? "") : JSON.stringify(example, null, 2);
  const canBeAsked = !path.includes("{") && parameters.every(({ required }) => required !== true);
  const address = `<code>GET ${htmlText(path)}</code>`;
  return `<article id="${name}"><h3>${canBeAsked ? `<a href="${htmlText(up + path.slice(1))}">${address}</a>` : address}</h3>
<p><strong>${htmlText(summary)}</strong> ${htmlText(ROUTE_NOTES[name].description)}</p>
<p>Answers with ${[contentType, ...otherContentTypes].map((type) => `<code>${htmlText(type)}</code>`).join(", ")}.</p>
${parameters.length === 0 ? "" : parameterTable(parameters)}
<details><summary>Example</summary><pre>${htmlText(shown)}</pre></details></article>`;
}

function parameterTable(parameters: readonly Readonly<Record<string, unknown>>[]): string {
  const rows = parameters.map(({ name, required, schema }) => {
    const text = String(name);
    return `<tr><th scope="row"><code>${htmlText(text)}</code></th><td>${required === true ? "needed" : ""}</td><td>${htmlText(PARAMETER_NOTES[text] ?? "")} ${htmlText(valuesOf(schema))}</td></tr>`;
  });
  return `<table><thead><tr><th scope="col">parameter</th><th scope="col"></th><th scope="col">meaning</th></tr></thead><tbody>${rows.join("")}</tbody></table>`;
}

const valued = z.looseObject({
  enum: z.array(z.string()).optional(),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
});

/** Which values there are, where they can be counted. */
function valuesOf(schema: unknown): string {
  const { enum: values, minimum, maximum } = valued.parse(schema);
  if (values !== undefined) return `One of ${values.join(", ")}.`;
  return minimum === undefined || maximum === undefined ? "" : `From ${minimum} to ${maximum}.`;
}

const STYLE = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 60rem; margin: auto; padding: 1rem; }
article { border-top: 1px solid currentColor; padding-top: .5rem; margin-top: 1.5rem; }
h3 { overflow-wrap: anywhere; }
pre { overflow-x: auto; max-height: 30rem; }
table { border-collapse: collapse; }
th, td { text-align: left; vertical-align: top; padding: .2rem .8rem .2rem 0; }
nav li { overflow-wrap: anywhere; }
`;
