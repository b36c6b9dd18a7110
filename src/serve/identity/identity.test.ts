import { exportJWK, exportSPKI, generateKeyPair, SignJWT } from "jose";
import { beforeAll, describe, expect, it } from "vitest";
import { addressSet, clientAddress } from "./addresses.js";
import { identityByHeader } from "./header.js";
import { identityByJwt, keysAt, keysIn } from "./jwt.js";

const ask = (headers: Record<string, string>): Request => new Request("http://localhost/", { headers });

describe("addresses", () => {
  it.each([
    ["10.1.0.0/16", "10.1.2.3", true],
    ["10.1.0.0/16", "10.2.0.1", false],
    ["10.1.0.0/16", "::ffff:10.1.2.3", true],
    ["::ffff:10.1.0.0/112", "10.1.2.3", true],
    ["127.0.0.1", "127.0.0.2", false],
    ["fd00::/8", "fd12::1", true],
    ["fe80::/10", "fe80::1%eth0", true],
    ["10.0.0.1", undefined, false],
    ["unix", undefined, true],
    ["0.0.0.0/0", "not an address", false],
  ])("%s has %s: %s", (network, address, isIn) => {
    expect(addressSet([network]).has(address)).toBe(isIn);
  });

  it.each(["10.0.0.0/33", "10.0.0", "host", "10.0.0.1/", "10.0.0.1/8/8", "::/129", "10.0.0.1/-1"])(
    "refuses %s",
    (text) => {
      expect(() => addressSet([text])).toThrow(/is no address or network/);
    },
  );

  it("behind proxies are those that the last trusted one saw, whatever the client says", () => {
    const trusted = addressSet(["10.0.0.0/8"]);
    expect(clientAddress("10.0.0.1", "1.1.1.1, 192.0.2.9, 10.0.0.2", trusted)).toBe("192.0.2.9");
    expect(clientAddress("192.0.2.9", "10.0.0.2", trusted)).toBe("192.0.2.9");
    expect(clientAddress("10.0.0.1", "nonsense", trusted)).toBe("10.0.0.1");
  });
});

describe("identity by a header", () => {
  const forged: (string | undefined)[] = [];
  const identify = identityByHeader({
    user: "X-Remote-User",
    groups: "X-Remote-Groups",
    trusted: addressSet(["10.0.0.0/8"]),
    operators: new Set(["root"]),
    onForged: (peer) => forged.push(peer),
  });

  it("is that which a trusted proxy says", async () => {
    const request = ask({ "x-remote-user": "amara", "x-remote-groups": "muons, ,neutrons" });
    const { viewer } = await identify({ request, peer: "::ffff:10.0.0.1" });
    expect(viewer).toEqual({ user: "amara", groups: ["muons", "neutrons"], seesEveryone: false });
    const operator = await identify({ request: ask({ "x-remote-user": "root" }), peer: "10.0.0.1" });
    expect(operator.viewer?.seesEveryone).toBe(true);
    const utf8 = Buffer.from("José", "utf8").toString("latin1");
    const spanish = await identify({ request: ask({ "x-remote-user": utf8 }), peer: "10.0.0.1" });
    expect(spanish.viewer?.user).toBe("José");
  });

  it("is nobody without it, or from anybody else, who cannot claim to be a proxy", async () => {
    expect((await identify({ request: ask({}), peer: "10.0.0.1" })).viewer).toBeUndefined();
    const headers = { "x-remote-user": "root", "x-forwarded-for": "10.0.0.1", forwarded: "for=10.0.0.1" };
    for (const peer of ["192.0.2.1", "::ffff:192.0.2.1", undefined]) {
      const { viewer, request } = await identify({ request: ask(headers), peer });
      expect([viewer, request.headers.get("x-remote-user")]).toEqual([undefined, null]);
    }
    expect(forged).toEqual(["192.0.2.1", "::ffff:192.0.2.1", undefined]);
  });
});

describe("identity by a token", () => {
  const now = Date.UTC(2025, 8, 10);
  const seconds = now / 1000;
  let keys: Awaited<ReturnType<typeof generateKeyPair>>;
  let pem: string;
  beforeAll(async () => {
    keys = await generateKeyPair("RS256", { extractable: true });
    pem = await exportSPKI(keys.publicKey);
  });

  const claims = {
    iss: "https://id.example",
    aud: "carbon",
    sub: "amara",
    groups: ["muons"],
    exp: seconds + 60,
  };
  const signed = (changes: object = {}): Promise<string> =>
    new SignJWT({ ...claims, ...changes }).setProtectedHeader({ alg: "RS256" }).sign(keys.privateKey);
  const identify = async (authorization: string, from = keysIn(pem, "key.pem")) =>
    identityByJwt({
      ...{ issuer: "https://id.example", audience: "carbon", operators: new Set(), clock: () => now },
      keys: await from,
    })({ request: ask({ authorization }), peer: "192.0.2.1" });

  it("is the user and the groups that it names, by keys in any form", async () => {
    const token = `Bearer ${await signed()}`;
    const jwk = { ...(await exportJWK(keys.publicKey)), alg: "RS256" };
    for (const text of [pem, JSON.stringify(jwk), JSON.stringify({ keys: [jwk] })]) {
      const { viewer } = await identify(token, keysIn(text, "keys"));
      expect(viewer).toEqual({ user: "amara", groups: ["muons"], seesEveryone: false });
    }
    const jwks = async (): Promise<Response> => Response.json({ keys: [jwk] });
    const { viewer } = await identify(token, Promise.resolve(keysAt("https://id.example/jwks", jwks)));
    expect(viewer?.user).toBe("amara");
  });

  it("is refused with 401 where anything is wrong with it", async () => {
    const other = await generateKeyPair("RS256");
    const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
    const header = { alg: "HS256" };
    const tokens: readonly (readonly [string, RegExp])[] = [
      [await signed({ exp: seconds - 60 }), /expired/],
      [await signed({ exp: undefined }), /claim exp/],
      [await signed({ aud: "other" }), /claim aud/],
      [await signed({ iss: "https://evil.example" }), /claim iss/],
      [await signed({ nbf: seconds + 600 }), /claim nbf/],
      [await signed({ sub: undefined }), /names nobody/],
      [`${part({ alg: "none" })}.${part(claims)}.`, /trust/],
      [await new SignJWT(claims).setProtectedHeader({ alg: "RS256" }).sign(other.privateKey), /trust/],
      // The public key taken for a shared secret.
      [await new SignJWT(claims).setProtectedHeader(header).sign(new TextEncoder().encode(pem)), /trust/],
      ["nonsense", /trust/],
    ];
    for (const [token, detail] of tokens) {
      const problem = await identify(`Bearer ${token}`).catch((error: unknown) => error);
      expect(problem).toMatchObject({ problem: { status: 401, detail: expect.stringMatching(detail) } });
      expect(problem).toMatchObject({
        headers: { "www-authenticate": expect.stringMatching(/^Bearer .*error="invalid_token"/) },
      });
    }
    await expect(identify("Basic abc")).rejects.toMatchObject({ problem: { status: 401 } });
  });

  it("is not judged while the keys do not answer, and keys that are none are refused at the start", async () => {
    const down = async (): Promise<Response> => new Response("", { status: 500 });
    const keysDown = Promise.resolve(keysAt("https://id.example/jwks", down));
    await expect(identify(`Bearer ${await signed()}`, keysDown)).rejects.toMatchObject({
      problem: { status: 503 },
    });
    for (const text of ["", "{}", '{"kty":"oct","k":"c2VjcmV0"}', "-----BEGIN PUBLIC KEY-----\nx"])
      await expect(keysIn(text, "keys")).rejects.toThrow(/keys: there is no public key in it/);
  });
});
