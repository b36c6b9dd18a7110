import fc from "fast-check";
import { expect, it } from "vitest";
import type { Labels } from "../replies/matrix.js";
import { HostTable } from "./hosts.js";
import { ADA_LABELS } from "./queries.js";

const label = fc.constantFrom(undefined, "", "a", "b", "\ud800", "\ufffd");
const host = fc.record({
  cloud_project_name: label,
  instance: label,
  machine_name: label,
  user: label,
  mode: label,
});

/** What tells hosts apart: a label that is empty is none, and half of a surrogate pair is what it is written as. */
function keyOf(labels: Record<string, string | undefined>): string {
  const names = ["instance", "cloud_project_name", "machine_name", "user"];
  const [instance, ...rest] = names.map((name) => labels[name]?.toWellFormed() || null);
  return JSON.stringify([instance ?? "unattributed", ...rest]);
}

it("a host has one row, whatever series came before", () => {
  fc.assert(
    fc.property(fc.array(host, { maxLength: 40 }), (series) => {
      const table = new HostTable(ADA_LABELS);
      const rows = series.map((labels) => table.add(labels as Labels));
      const keys = [...new Set(series.map(keyOf))];
      expect(rows).toEqual(series.map((labels) => keys.indexOf(keyOf(labels))));
      expect(table.hosts).toHaveLength(keys.length);
    }),
  );
});
