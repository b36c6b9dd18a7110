import { beforeAll, describe, expect, it } from "vitest";
import { hostileRequests } from "../torture/hostile-requests.js";
import { type Check, checkAgainst } from "../torture/requests/check.js";
import type { HostileRequest } from "../torture/requests/kinds.js";
import type { HostileReply } from "../torture/requests/send.js";
import { hostileWorld, type OpenApi, SECRETS } from "../torture/requests/world.js";

it("a thousand hostile requests: no 5xx, no reply of another shape, no leak, no growth", async () => {
  const results = await hostileRequests({ seed: Number(process.env.FUZZ_SEED ?? 1), count: 1000 });
  expect(results.flatMap(({ kind, failures }) => failures.map((failure) => `${kind}: ${failure}`))).toEqual(
    [],
  );
  expect(results.map(({ failed }) => failed)).toEqual(results.map(() => 0));
  const tried = results.reduce((sum, result) => sum + result.tried, 0);
  expect([results.length, tried]).toEqual([12, expect.closeTo(1000, -2)]);
});

it("ends when it is stopped", async () => {
  const options = { seed: 1, count: 1e6, signal: AbortSignal.timeout(300) };
  const results = await hostileRequests(options);
  expect(results.reduce((sum, { tried }) => sum + tried, 0)).toBeLessThan(100_000);
});

describe("what would be found", () => {
  let document: OpenApi;
  let check: Check;
  beforeAll(async () => {
    const world = await hostileWorld();
    await world.close();
    document = world.document;
    check = checkAgainst(document);
  });

  const request: HostileRequest = {
    ...{
      method: "GET",
      target: "/v1/sites",
      viewer: "amara",
      headers: {},
      body: undefined,
      operation: undefined,
    },
  };
  const json = { "content-type": "application/json" };
  const problem = { "content-type": "application/problem+json" };
  const sites = { sites: [{ site: "isis", projects: ["IDAaaS"] }], simulated: false };
  const refused = { type: "x", title: "x", status: 405, detail: "x" };

  it.each<[string, HostileReply, RegExp]>([
    ["a failure", { status: 503, headers: json, text: "{}" }, /answers 503/],
    ["a leak", { status: 200, headers: json, text: `{"x":"${SECRETS[0]}"}` }, /tells amara of zaphod/],
    ["a leak in a header", { status: 200, headers: { ...json, x: SECRETS[2] }, text: "{}" }, /of marvin/],
    ["another shape", { status: 200, headers: json, text: `{"sites":[]}` }, /must have required property/],
    [
      "a property too many",
      { status: 200, headers: json, text: JSON.stringify({ ...sites, x: 1 }) },
      /additional/,
    ],
    [
      "a type that is not described",
      { status: 200, headers: { "content-type": "text/html" }, text: "" },
      /text\/html/,
    ],
    ["a status that is not described", { status: 418, headers: json, text: "{}" }, /answers 418/],
    [
      "a problem of another status",
      { status: 404, headers: problem, text: JSON.stringify(refused) },
      /says 405/,
    ],
    [
      "a 405 without Allow",
      { status: 405, headers: problem, text: JSON.stringify(refused) },
      /what is allowed/,
    ],
    [
      "a 401 without a challenge",
      { status: 401, headers: problem, text: JSON.stringify(refused) },
      /sign in/,
    ],
    ["a body where there is none", { status: 304, headers: json, text: "x" }, /has a body/],
  ])("%s", (_, reply, complaint) => {
    const operation = document.paths["/v1/sites"]?.get;
    expect(check({ ...request, operation }, reply)).toMatch(complaint);
    const right = { status: 200, headers: json, text: JSON.stringify(sites) };
    expect(check({ ...request, operation }, right)).toBeUndefined();
  });

  it("another status than the one that is right", () => {
    const reply = { status: 200, headers: json, text: JSON.stringify(sites) };
    expect(check({ ...request, statuses: [403] }, reply)).toMatch(/200 in place of 403/);
  });
});
