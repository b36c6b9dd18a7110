import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { wrongIn } from "../torture/flapping-tracker.js";
import { type Tracked, track } from "../torture/tracked.js";

// Whether the judge of trackers beside servers that go up and down finds what is wrong.

const folder = mkdtempSync(join(tmpdir(), "ada-carbon-tracked-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it("a session, an hour, time or energy that is not as it should be is found", async () => {
  const undisturbed = await track(folder);
  const judge = (changed: Partial<Tracked>): string | undefined =>
    wrongIn({ ...undisturbed, ...changed }, undisturbed);
  const { sessions, hours, reports } = undisturbed;
  const [first, ...others] = sessions;
  if (first === undefined) throw new Error("nothing was followed");
  expect(judge({})).toBeUndefined();
  expect(judge({ sessions: sessions.slice(0, -1) })).toMatch(/sessions\.3 is missing/);
  expect(judge({ sessions: [{ ...first, endedAt: first.countedUntil }, ...others] })).toMatch(/endedAt/);
  expect(judge({ sessions: [{ ...first, user: "\ufffd" }, ...others] })).toMatch(/sessions\.0\.user/);
  expect(judge({ sessions: [{ ...first, busyKwh: 2 * first.busyKwh }, ...others] })).toMatch(
    /sum of sessions/,
  );
  expect(judge({ hours: hours.slice(0, -1) })).toMatch(/hours/);
  const halfSeen = hours.map((row) => ({ ...row, coverage: 0.5 }));
  expect(judge({ hours: halfSeen })).toMatch(/saysWhatIsMissing/);
  expect(judge({ hours: [...hours.slice(0, 1), ...hours] })).toMatch(/kWh of hours/);
  expect(judge({ conservationError: 1e-6 })).toMatch(/levels are 0.000001 apart/);
  expect(judge({ misspoken: ["a stack"] })).toBe("a stack");
  const lessTime = reports.map((report) => ({ ...report, countedSeconds: report.countedSeconds / 2 }));
  expect(judge({ reports: lessTime })).toMatch(/s are counted or said to be unknown/);
});
