import type { HttpOptions } from "../../transport/http.js";
import { badInput } from "../../usage/errors.js";
import { DAY_MS, HOUR_MS } from "../../usage/hour.js";
import { assertOptions, type Rules, TEXT } from "../../usage/options.js";
import { cutInto, onSteps } from "../../usage/pieces.js";
import { SERVICE_OPTIONS, serviceClient } from "../requests.js";
import type { GenerationSource } from "./generation.js";
import { type FuelRow, sourceOfRows } from "./generation-rows.js";

/** The Transparency Platform's API: https://transparencyplatform.zendesk.com (12783), read 2026-11-28. */
export const ENTSOE_URL = "https://web-api.tp.entsoe.eu";

/** Which zone of ENTSO-E, and how it is asked. */
export interface EntsoeOptions extends Partial<HttpOptions> {
  /** Code of a control area or bidding zone, such as `10YFR-RTE------C`. */
  readonly domain: string;
  /** A security token of the platform. It goes into the address, so that it is in no message of ours. */
  readonly token: string;
}

const ENTSOE_OPTIONS: Rules<EntsoeOptions> = {
  ...SERVICE_OPTIONS,
  domain: TEXT,
  token: TEXT,
};

/** How codes of areas begin, and their length: https://www.entsoe.eu/data/energy-identification-codes-eic. */
const EIC_CODE = /^\d{2}Y[0-9A-Z-]{13}$/;

/**
 * What a zone of Europe generated, from ENTSO-E (document A75, actual generation per type). Steps of 15, 30 or 60
 * minutes, as the zone reports. What stations consume is left out.
 *
 * Errors: `bad-input` for a domain that is no EIC code, `unauthorised` for a wrong token, `bad-reply` for an answer of
 * another shape. A time for which nothing is published is not known.
 */
export function entsoeGeneration(options: EntsoeOptions): GenerationSource {
  assertOptions("entsoeGeneration", options, ENTSOE_OPTIONS);
  const { domain, token, ...http } = options;
  if (!EIC_CODE.test(domain))
    throw badInput(
      `${JSON.stringify(domain)} is no code of a zone; give its EIC code of 16 characters, such as 10YFR-RTE------C for France`,
    );
  const client = serviceClient({ url: ENTSOE_URL, maxResponseBytes: 32 * 2 ** 20, ...http });
  return sourceOfRows(
    { id: `entsoe/${domain}` },
    (interval) => cutInto(onSteps(interval, HOUR_MS), 28 * DAY_MS),
    async ({ from, to }, { signal }) => {
      // The reader of XML is loaded by those who need it.
      const { readEntsoe } = await import("./entsoe-document.js");
      const search = new URLSearchParams({
        securityToken: token,
        documentType: "A75",
        processType: "A16",
        in_Domain: domain,
        periodStart: formatMinutes(from),
        periodEnd: formatMinutes(to),
      });
      const read = (body: Uint8Array, where: string): FuelRow[] =>
        readEntsoe(new TextDecoder().decode(body), where);
      return client.request({ path: "api", search, signal, read });
    },
  );
}

/** `202509100000`, the platform's own format. */
function formatMinutes(ms: number): string {
  return new Date(ms).toISOString().slice(0, 16).replace(/\D/g, "");
}
