import { parser } from "@prometheus-io/lezer-promql";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ADA_MODES, type ModePolicy, WAITING_IS_IDLE } from "../../usage/modes.js";
import { activeQuery, countersQuery, loadQuery } from "../live/queries.js";
import { recordingRulesFile } from "../rules/file.js";
import { recordedBy, recordedProjects, recordedQuery } from "../rules/recorded.js";
import {
  allScrapesQuery,
  countedQueries,
  type HostSelection,
  heartbeatQuery,
  hostFactsQuery,
  lastScrapeQuery,
  projectSelector,
  rawSamplesQuery,
  scrapesQuery,
  scrapesWithinQuery,
} from "./queries.js";

// Every query that is built is held against the grammar that Prometheus's own editor uses.

/** Where the grammar finds no meaning in a query; undefined where it finds one everywhere. */
function faultIn(query: string): string | undefined {
  const cursor = parser.parse(query).cursor();
  do {
    if (cursor.type.isError) return `${query.slice(0, cursor.from)}<here>${query.slice(cursor.from)}`;
  } while (cursor.next());
  return undefined;
}

/** Any characters, also control characters and halves of surrogate pairs. */
const value = fc.oneof(
  fc.string({ unit: "binary", maxLength: 12 }),
  fc
    .array(fc.integer({ min: 0, max: 0xff_ff }), { maxLength: 6 })
    .map((units) => String.fromCharCode(...units)),
);
const labelName = fc.oneof(
  fc.constantFrom(
    "cloud_project_name",
    "cloud.project.name",
    "größe",
    "a b",
    'say "x"',
    "host-id",
    "by",
    "1st",
  ),
  fc.string({ unit: "binary", minLength: 1, maxLength: 8 }),
);
const selection: fc.Arbitrary<HostSelection> = fc.record({
  labels: fc.record({ project: labelName, machine: labelName, user: labelName, instance: labelName }),
  projects: fc.array(value, { minLength: 1, maxLength: 3 }),
  matchers: fc.array(fc.record({ label: labelName, op: fc.constantFrom("=", "!=", "=~", "!~"), value }), {
    maxLength: 2,
  }),
});
const instances = fc.array(value, { minLength: 1, maxLength: 3 });
const modePolicy: fc.Arbitrary<ModePolicy> = fc.oneof(
  fc.constantFrom(ADA_MODES, WAITING_IS_IDLE),
  fc.dictionary(value, fc.constantFrom("busy", "idle", "ignored"), { maxKeys: 4 }),
);
const prefix = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_:]{0,8}$/);
const metricName = fc.oneof(fc.constantFrom("ours:busy:1h", "lab.busy", "busy seconds"), labelName);

/** The expressions of a rules file: blocks of lines that stand farther in than what is around them. */
function expressionsOf(file: string): string[] {
  const lines = file.split("\n");
  return lines.flatMap((line, i) => {
    if (line.trim() !== "expr: |") return [];
    const block = lines.slice(i + 1);
    const end = block.findIndex((each) => !each.startsWith("          "));
    return [block.slice(0, end).join("\n")];
  });
}

describe("every query is PromQL", () => {
  it("for the hours of hosts", () => {
    fc.assert(
      fc.property(selection, instances, modePolicy, (hosts, instances, modes) => {
        const queries = [
          ...(["only", "earlier", "later"] as const).flatMap((scrape) =>
            countedQueries(hosts, modes, scrape).map(({ query }) => query),
          ),
          scrapesQuery(hosts),
          allScrapesQuery(hosts),
          lastScrapeQuery(hosts),
          lastScrapeQuery(hosts, instances),
          hostFactsQuery(hosts),
          scrapesWithinQuery(hosts, 300, undefined),
          scrapesWithinQuery(hosts, 300, instances),
          heartbeatQuery(hosts, 300),
          rawSamplesQuery(hosts, instances, 600),
          rawSamplesQuery({ ...hosts, projects: undefined }, instances, 600),
          projectSelector(hosts.labels, hosts.matchers),
        ];
        for (const query of queries) expect(faultIn(query)).toBeUndefined();
      }),
    );
  });

  it("for the hosts that are up", () => {
    fc.assert(
      fc.property(selection, instances, (hosts, instances) => {
        for (const query of [
          activeQuery(hosts, 60),
          loadQuery(hosts, 120, "target"),
          loadQuery(hosts, 120, "counter"),
          countersQuery(hosts, instances, 600),
        ])
          expect(faultIn(query)).toBeUndefined();
      }),
    );
  });

  it("for sums that were recorded", () => {
    const names = fc.record({
      busy: metricName,
      idle: metricName,
      expected: metricName,
      covered: metricName,
    });
    const rules = fc.oneof(fc.constant(true as const), prefix, names);
    fc.assert(
      fc.property(rules, selection, modePolicy, (name, hosts, modes) => {
        const recorded = recordedBy(name);
        expect(faultIn(recordedQuery(recorded, hosts, modes))).toBeUndefined();
        expect(faultIn(recordedProjects(recorded, hosts))).toBeUndefined();
      }),
    );
  });

  it("in recording rules", () => {
    fc.assert(
      fc.property(prefix, selection, modePolicy, (prefix, { labels, matchers }, modes) => {
        const expressions = expressionsOf(recordingRulesFile({ prefix, labels, matchers, modes }));
        expect(expressions.length).toBeGreaterThan(20);
        for (const query of expressions) expect(faultIn(query)).toBeUndefined();
      }),
    );
  });

  it("and the grammar finds what is none", () => {
    expect(faultIn("sum by (a (b)")).toBe("sum by (a <here>(b)");
  });
});
