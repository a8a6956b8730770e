/* `haypile serve` as a resource server of OAuth 2.1: real tokens of a real key, and those that somebody made up. */
import { createHmac, generateKeyPairSync, type KeyObject } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { exportJWK, exportSPKI, type JWTPayload, SignJWT } from "jose";
import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";
import { ClientBook } from "../../../src/http/team/clients/client-book.ts";
import { DoorKeeper } from "../../../src/http/team/clients/door-keeper.ts";
import { readAccessToken } from "../../../src/http/team/oauth/access-tokens.ts";
import { keysFrom, NoKey } from "../../../src/http/team/oauth/keys.ts";
import { ask, bearer, json } from "../asking.ts";
import { serveData, startServer, type TestServer } from "./serving.ts";

const place = serveData();
const issuer = "https://login.example.com/team";
const resource = "http://localhost:8443/mcp";
const recall = "/api/v1/memories/recall?query=deploy";
const pairs = {
  es: generateKeyPairSync("ec", { namedCurve: "P-256" }),
  rsa: generateKeyPairSync("rsa", { modulusLength: 2_048 }),
  strange: generateKeyPairSync("ec", { namedCurve: "P-256" }),
};
let keys: { keys: object[] };
let server: TestServer;

beforeAll(async () => {
  keys = {
    keys: [
      { ...(await exportJWK(pairs.es.publicKey)), kid: "es", alg: "ES256", use: "sig" },
      { ...(await exportJWK(pairs.rsa.publicKey)), kid: "rsa", alg: "RS256", use: "sig" },
    ],
  };
  const jwks = join(place.data, "keys.json");
  writeFileSync(jwks, JSON.stringify(keys));
  writeFileSync(
    join(place.data, "clients.json"),
    JSON.stringify({
      version: 1,
      clients: [
        { name: "Alice", subject: "alice", write: ["team"], admin: true, folders: ["/srv/app"] },
        { name: "Bob", subject: "bob", read: ["team"] },
        { name: "old", subject: "carol", write: ["*"], expires: "2020-01-01T00:00:00Z" },
      ],
    }),
  );
  server = await startServer({
    ...{ issuer, jwks, publicUrl: "http://localhost:8443", audience: "api://haypile" },
    clients: join(place.data, "clients.json"),
  });
});

afterAll(async () => {
  await server.stop();
  place.remove();
});

type KeyPair = { publicKey: KeyObject; privateKey: KeyObject };

interface Made {
  key?: KeyObject;
  header?: Record<string, unknown>;
  claims?: Record<string, unknown>;
}

/** A token that is good, but for what is said otherwise; undefined leaves a claim out. */
async function tokenWith({ key = pairs.es.privateKey, header = {}, claims = {} }: Made = {}) {
  const now = Math.floor(Date.now() / 1000);
  const usual = {
    iss: issuer,
    sub: "alice",
    aud: resource,
    iat: now,
    exp: now + 300,
    scope: "haypile:write",
  };
  const said = Object.entries({ ...usual, ...claims }).filter(([, value]) => value !== undefined);
  return await new SignJWT(Object.fromEntries(said) as JWTPayload)
    .setProtectedHeader({ alg: "ES256", kid: "es", typ: "at+jwt", ...header })
    .sign(key, { crit: { x: true } });
}

async function statusOf(token: string, path = recall): Promise<number> {
  return (await ask(server.port, path, { headers: bearer(token) })).status;
}

const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");

it("tells a client where tokens come from, by the header and by the document", async () => {
  const { status, headers } = await ask(server.port, "/mcp", {
    method: "POST",
    headers: json,
    body: "{}",
  });
  expect(status).toBe(401);
  const document = "http://localhost:8443/.well-known/oauth-protected-resource/mcp";
  expect(headers["www-authenticate"]).toBe(
    `Bearer resource_metadata="${document}", scope="haypile:read"`,
  );
  for (const path of [new URL(document).pathname, "/.well-known/oauth-protected-resource"]) {
    const { body, headers: given } = await ask(server.port, path);
    expect(given["content-type"]).toBe("application/json");
    expect(JSON.parse(body)).toEqual({
      resource,
      authorization_servers: [issuer],
      scopes_supported: ["haypile:read", "haypile:write"],
      bearer_methods_supported: ["header"],
      resource_name: "Haypile",
    });
  }
});

it("takes the issuer's tokens that are for it, by each of its keys and names", async () => {
  expect(await statusOf(await tokenWith())).toBe(200);
  const rsa = { key: pairs.rsa.privateKey, header: { alg: "RS256", kid: "rsa" } };
  expect(await statusOf(await tokenWith(rsa))).toBe(200);
  for (const aud of [["https://other.example.com", resource], "api://haypile"]) {
    expect(await statusOf(await tokenWith({ claims: { aud } }))).toBe(200);
  }
  for (const typ of ["JWT", "application/at+jwt", undefined]) {
    expect(await statusOf(await tokenWith({ header: { typ } }))).toBe(200);
  }
});

it("tells a client whose clock is behind to the end what it lets it in for", async () => {
  const exp = Math.floor(Date.now() / 1000) - 20;
  const token = await tokenWith({ claims: { exp } });
  const found = keysFrom(join(place.data, "keys.json"));
  const read = await readAccessToken(token, { issuer, audiences: [resource], keys: found });
  expect(read).toMatchObject({ subject: "alice", untilMs: (exp + 60) * 1_000 });
  const book = new ClientBook(join(place.data, "clients.json"));
  const oauth = { issuer, audiences: [resource], keys: found };
  const keeper = new DoorKeeper({ book, oauth });
  const client = await keeper.clientOf(token);
  expect(client !== undefined && keeper.isGoodStill(token, client)).toBe(true);
});

it("tries each key that fits where a token names none, but not without end", async () => {
  const jwk = async (pair: { publicKey: KeyObject }, kid: string) => ({
    ...(await exportJWK(pair.publicKey)),
    ...{ kid, alg: "ES256" },
  });
  const some = await Promise.all(
    Array.from({ length: 12 }, async (_, at) => {
      const pair = generateKeyPairSync("ec", { namedCurve: "P-256" });
      return { key: pair.privateKey, jwk: await jwk(pair, `other-${at}`) };
    }),
  );
  const path = join(place.data, "many-keys.json");
  const source = createServer((_request, response) => void response.end(readFileSync(path)));
  await new Promise<void>((resolve) => source.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void source.close());
  const address = `http://127.0.0.1:${(source.address() as AddressInfo).port}/`;
  const unnamed = (key: KeyObject) => tokenWith({ key, header: { kid: undefined } });
  for (const [more, isGood] of [
    [1, true],
    [12, false],
  ] as const) {
    const list = [...some.slice(0, more).map((one) => one.jwk), await jwk(pairs.es, "es")];
    writeFileSync(path, JSON.stringify({ keys: list }));
    for (const from of [path, address]) {
      const rules = { issuer, audiences: [resource], keys: keysFrom(from) };
      await rules.keys.prepare();
      const read = await readAccessToken(await unnamed(pairs.es.privateKey), rules);
      expect(read?.subject, `${from} ${more}`).toBe(isGood ? "alice" : undefined);
      expect(await readAccessToken(await unnamed(pairs.strange.privateKey), rules)).toBe(undefined);
    }
  }
});

it("takes no other", async () => {
  const now = Math.floor(Date.now() / 1000);
  const good = await tokenWith();
  const [head = "", body = "", sign = ""] = good.split(".");
  const claims = JSON.parse(Buffer.from(body, "base64url").toString("utf8")) as object;
  const spki = await exportSPKI(pairs.es.publicKey);
  const hmac = (header: object, secret: string): string => {
    const said = `${part(header)}.${body}`;
    return `${said}.${createHmac("sha256", secret).update(said).digest("base64url")}`;
  };
  const jwk = await exportJWK(pairs.strange.publicKey);
  const wrong: Record<string, string> = {
    "for another service": await tokenWith({ claims: { aud: "https://other.example.com/mcp" } }),
    "for the address without the endpoint": await tokenWith({
      claims: { aud: "http://localhost:8443" },
    }),
    "for an address that begins so": await tokenWith({ claims: { aud: `${resource}2` } }),
    "for nobody": await tokenWith({ claims: { aud: undefined } }),
    "of another issuer": await tokenWith({ claims: { iss: "https://evil.example.com" } }),
    "of the issuer with a slash": await tokenWith({ claims: { iss: `${issuer}/` } }),
    "of no issuer": await tokenWith({ claims: { iss: undefined } }),
    over: await tokenWith({ claims: { exp: now - 3_600 } }),
    endless: await tokenWith({ claims: { exp: undefined } }),
    "not yet good": await tokenWith({ claims: { nbf: now + 3_600 } }),
    "of no subject": await tokenWith({ claims: { sub: undefined } }),
    "of a subject with a line of its own": await tokenWith({ claims: { sub: "a\nhaypile: b" } }),
    "of an empty subject": await tokenWith({ claims: { sub: "" } }),
    "signed by another key": await tokenWith({ key: pairs.strange.privateKey }),
    "that brings its key": await tokenWith({
      key: pairs.strange.privateKey,
      header: { jwk, kid: undefined },
    }),
    "that names where its key is": await tokenWith({
      key: pairs.strange.privateKey,
      header: { jku: "https://evil.example.com/k", kid: "evil" },
    }),
    "of a key that is unknown": await tokenWith({ header: { kid: "../../es" } }),
    "for signing in": await tokenWith({ header: { typ: "dpop+jwt" } }),
    "with a part that must be understood": await tokenWith({
      header: { crit: ["x"], x: true },
    }),
    "signed by nothing": `${part({ alg: "none", typ: "at+jwt" })}.${body}.`,
    "signed by NONE": `${part({ alg: "NONE", kid: "es" })}.${body}.${sign}`,
    "signed with the public key as a secret": hmac({ alg: "HS256", kid: "es" }, spki),
    "changed after it was signed": `${head}.${part({ ...claims, sub: "root" })}.${sign}`,
    "without its signature": `${head}.${body}.`,
    cut: good.slice(0, -4),
    empty: "..",
    "no JSON": "bm8.bm8.bm8",
  };
  for (const [what, token] of Object.entries(wrong)) {
    const { status, headers } = await ask(server.port, recall, { headers: bearer(token) });
    expect(status, what).toBe(401);
    expect(headers["www-authenticate"], what).toContain('error="invalid_token"');
  }
});

it("gives what both the entry of the subject and the scopes give", async () => {
  const { port } = server;
  const remember = "/api/v1/memories/remember";
  const kept = async (token: string) =>
    await ask(port, remember, {
      method: "POST",
      headers: { ...json, ...bearer(token) },
      body: JSON.stringify({ text: "We deploy on Tuesdays." }),
    });
  expect((await kept(await tokenWith())).status).toBe(200);
  const less = await tokenWith({ claims: { scope: "openid haypile:read" } });
  const refused = await kept(less);
  expect(refused.status).toBe(403);
  expect(refused.headers["www-authenticate"]).toBe(
    'Bearer error="insufficient_scope", scope="haypile:write", resource_metadata="http://localhost:8443/.well-known/oauth-protected-resource/mcp"',
  );
  const overMcp = await ask(port, "/mcp", {
    method: "POST",
    headers: { ...json, ...bearer(less) },
    body: JSON.stringify({
      jsonrpc: "2.0",
      id: 3,
      method: "tools/call",
      params: { name: "remember", arguments: { text: "x" } },
    }),
  });
  expect([overMcp.status, JSON.parse(overMcp.body).id]).toEqual([403, 3]);
  expect(overMcp.headers["www-authenticate"]).toContain("insufficient_scope");
  // The scope is there, the right is not: another token would be no better.
  const bob = await kept(await tokenWith({ claims: { sub: "bob" } }));
  expect([bob.status, bob.headers["www-authenticate"]]).toEqual([403, undefined]);
  expect(
    await statusOf(
      await tokenWith({ claims: { sub: "bob", scope: undefined, scp: ["haypile:read"] } }),
    ),
  ).toBe(200);
  expect(await statusOf(await tokenWith({ claims: { scope: "" } }))).toBe(403);
  for (const sub of ["stranger", "carol", "*"]) {
    expect(await statusOf(await tokenWith({ claims: { sub } })), sub).toBe(403);
  }
  expect(await statusOf(await tokenWith(), "/metrics")).toBe(403);
  expect(await statusOf(await tokenWith({ claims: { scope: "haypile:admin" } }), "/metrics")).toBe(
    200,
  );
});

it("asks an authorization server for keys now and then, and not for every key that is made up", async () => {
  let asked = 0;
  let answer: () => { status: number; body: string } = () => ({
    status: 200,
    body: JSON.stringify(keys),
  });
  const source: Server = createServer((_request, response) => {
    asked += 1;
    const { status, body } = answer();
    response.writeHead(status, status === 302 ? { Location: "/elsewhere" } : {}).end(body);
  });
  await new Promise<void>((resolve) => source.listen(0, "127.0.0.1", resolve));
  const { port } = source.address() as AddressInfo;
  let now = 0;
  const found = keysFrom(`http://127.0.0.1:${port}/keys`, () => now);
  const rules = { issuer, audiences: [resource], keys: found };
  const isGood = async (made: Made): Promise<boolean> => {
    const read = readAccessToken(await tokenWith(made), rules).catch((error: unknown) => {
      expect(error).toBeInstanceOf(NoKey);
      return undefined;
    });
    return (await read) !== undefined;
  };
  await found.prepare();
  expect(await isGood({})).toBe(true);
  for (let at = 0; at < 20; at += 1)
    expect(await isGood({ header: { kid: `made-up-${at}` } })).toBe(false);
  expect(asked).toBe(1);
  // A new key is known as soon as it may be asked for.
  const fresh = { ...(await exportJWK(pairs.strange.publicKey)), kid: "fresh", alg: "ES256" };
  answer = () => ({ status: 200, body: JSON.stringify({ keys: [...keys.keys, fresh] }) });
  const byFresh = { key: pairs.strange.privateKey, header: { kid: "fresh" } };
  expect(await isGood(byFresh)).toBe(false);
  now += 31_000;
  expect(await isGood(byFresh)).toBe(true);
  expect(asked).toBe(2);
  // Away for hours, sending elsewhere, or talking nonsense: what was known serves on, for a day.
  for (const one of [
    { status: 500, body: "" },
    { status: 302, body: "" },
    { status: 200, body: "no" },
    { status: 200, body: "x".repeat(2_000_000) },
  ]) {
    answer = () => one;
    now += 3_600_000;
    expect(await isGood({})).toBe(true);
  }
  now += 25 * 3_600_000;
  expect(await isGood({})).toBe(false);
  answer = () => ({ status: 200, body: JSON.stringify(keys) });
  now += 31_000;
  expect(await isGood({})).toBe(true);
  await new Promise<void>((resolve) => {
    source.close(() => resolve());
    source.closeAllConnections();
  });
  const away = keysFrom(`http://127.0.0.1:${port}/keys`);
  await expect(away.prepare()).rejects.toMatchObject({ code: "HAYPILE_STORE_AWAY" });
  expect(() => keysFrom("http://login.example.com/keys")).toThrow(/https/);
  await expect(keysFrom(join(place.data, "none.json")).prepare()).rejects.toMatchObject({
    code: "HAYPILE_PATH_MISSING",
  });
});

it("asks for keys again where a token that names none fits none, and knows when there are none", async () => {
  let asked = 0;
  let list: object[] = [];
  const source = createServer((_request, response) => {
    asked += 1;
    response.end(JSON.stringify({ keys: list }));
  });
  await new Promise<void>((resolve) => source.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void source.close());
  const { port } = source.address() as AddressInfo;
  let now = 0;
  const found = keysFrom(`http://127.0.0.1:${port}/keys`, () => now);
  const rules = { issuer, audiences: [resource], keys: found };
  const [old, older, fresh] = Array.from({ length: 3 }, () =>
    generateKeyPairSync("ec", { namedCurve: "P-256" }),
  ) as [KeyPair, KeyPair, KeyPair];
  const jwks = async (...pairsOf: KeyPair[]): Promise<object[]> =>
    await Promise.all(
      pairsOf.map(async ({ publicKey }, at) => ({
        ...(await exportJWK(publicKey)),
        ...{ kid: `${at}`, alg: "ES256" },
      })),
    );
  const read = async ({ privateKey }: KeyPair) =>
    await readAccessToken(await tokenWith({ key: privateKey, header: { kid: undefined } }), rules);
  // Of one key that fits, and of several.
  for (const before of [[old], [old, older]]) {
    list = await jwks(...before);
    now += 31_000;
    await found.prepare();
    const was = asked;
    list = await jwks(fresh, ...before);
    expect(await read(fresh)).toBe(undefined);
    now += 31_000;
    expect((await read(fresh))?.subject).toBe("alice");
    for (let at = 0; at < 5; at += 1) expect(await read(pairs.strange)).toBe(undefined);
    expect(asked).toBe(was + 1);
  }
  list = [];
  now += 31_000;
  await found.prepare();
  await expect(read(fresh)).rejects.toMatchObject({ isAnyThere: false });
  list = await jwks(fresh);
  now += 31_000;
  expect((await read(fresh))?.subject).toBe("alice");
  await expect(
    readAccessToken(await tokenWith({ header: { kid: "none" } }), rules),
  ).rejects.toMatchObject({ isAnyThere: true });
});
