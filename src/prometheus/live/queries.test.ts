import { expect, it } from "vitest";
import { ADA_LABELS } from "../client/queries.js";
import { recordingRulesFile } from "../rules/file.js";
import { activeQuery, countersQuery, loadQuery } from "./queries.js";

it("names of labels that are no words of PromQL stand in quotes, everywhere", () => {
  const labels = { ...ADA_LABELS, project: "cloud.project.name", user: "owner-é" };
  const hosts = { labels, projects: ["P"], matchers: [] };
  const texts = [
    activeQuery(hosts, 300),
    loadQuery(hosts, 120, "target"),
    loadQuery(hosts, 120, "counter"),
    countersQuery(hosts, ["a:9100"], 240),
    recordingRulesFile({ labels }).replace(/^ *#.*$/gm, ""),
  ];
  for (const text of texts) {
    expect(text).toContain('"cloud.project.name"');
    expect(text.replaceAll('"cloud.project.name"', "").replaceAll('"owner-é"', "")).not.toMatch(
      /cloud\.project|owner-é/,
    );
  }
});
