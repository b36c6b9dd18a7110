import { parser } from "@prometheus-io/lezer-promql";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ADA_MODES, WAITING_IS_IDLE } from "../usage/modes.js";
import { activeQuery, countersQuery, loadQuery } from "./host-queries.js";
import {
  allScrapesQuery,
  countedQueries,
  type HostSelection,
  heartbeatQuery,
  hostFactsQuery,
  lastScrapeQuery,
  presentQuery,
  projectSelector,
  rawSamplesQuery,
  scrapesQuery,
  sightingsQuery,
} from "./queries.js";
import { recordingRulesFile } from "./rules/file.js";

// Every query that is built is held against the grammar that Prometheus's own editor uses.

/** Where the grammar finds no meaning in a query; undefined where it finds one everywhere. */
function faultIn(query: string): string | undefined {
  const cursor = parser.parse(query).cursor();
  do {
    if (cursor.type.isError) return `${query.slice(0, cursor.from)}<here>${query.slice(cursor.from)}`;
  } while (cursor.next());
  return undefined;
}

const value = fc.string({ unit: "binary", maxLength: 12 });
const labelName = fc.oneof(
  fc.constantFrom("cloud_project_name", "cloud.project.name", "größe", "a b", 'say "x"', "host-id"),
  fc.string({ unit: "grapheme", minLength: 1, maxLength: 8 }),
);
const selection: fc.Arbitrary<HostSelection> = fc.record({
  labels: fc.record({ project: labelName, machine: labelName, user: labelName, instance: labelName }),
  projects: fc.array(value, { minLength: 1, maxLength: 3 }),
  matchers: fc.array(fc.record({ label: labelName, op: fc.constantFrom("=", "!=", "=~", "!~"), value }), {
    maxLength: 2,
  }),
});

describe("every query is PromQL", () => {
  it("for the hours of hosts", () => {
    fc.assert(
      fc.property(selection, fc.array(value, { minLength: 1, maxLength: 3 }), (hosts, instances) => {
        const queries = [
          ...[ADA_MODES, WAITING_IS_IDLE].flatMap((modes) =>
            (["only", "earlier", "later"] as const).flatMap((scrape) =>
              countedQueries(hosts, modes, scrape).map(({ query }) => query),
            ),
          ),
          scrapesQuery(hosts),
          allScrapesQuery(hosts),
          lastScrapeQuery(hosts, instances),
          hostFactsQuery(hosts),
          presentQuery(hosts),
          sightingsQuery(hosts, 300, instances),
          heartbeatQuery(hosts, 300),
          rawSamplesQuery(hosts, instances, 600),
          projectSelector(hosts.labels, hosts.matchers),
        ];
        for (const query of queries) expect(faultIn(query)).toBeUndefined();
      }),
    );
  });

  it("for the hosts that are up", () => {
    fc.assert(
      fc.property(selection, fc.array(value, { minLength: 1, maxLength: 3 }), (hosts, instances) => {
        for (const query of [
          activeQuery(hosts, 60),
          loadQuery(hosts, 120),
          countersQuery(hosts, instances, 600),
        ])
          expect(faultIn(query)).toBeUndefined();
      }),
    );
  });

  it("in recording rules", () => {
    const names = {
      project: "cloud.project.name",
      machine: "machine_name",
      user: "user",
      instance: "host id",
    };
    for (const labels of [undefined, names]) {
      const file = recordingRulesFile(labels === undefined ? {} : { labels });
      const expressions = [...file.matchAll(/expr: (.*)/g)].map(([, text = ""]) => text);
      expect(expressions.length).toBeGreaterThan(5);
      for (const text of expressions) {
        const query = text.startsWith('"')
          ? String(JSON.parse(text))
          : text.replace(/^'(.*)'$/, "$1").replaceAll("''", "'");
        if (query !== "|-" && query !== ">-" && query !== "|") expect(faultIn(query)).toBeUndefined();
      }
    }
  });

  it("and the grammar finds what is none", () => {
    expect(faultIn("sum by (a (b)")).toBe("sum by (a <here>(b)");
  });
});
