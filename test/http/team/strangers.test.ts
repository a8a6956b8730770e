/* Bearers that a server of a team does not know: they are bound, whoever is known is not held up by them. */
import { generateKeyPairSync } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { exportJWK, SignJWT } from "jose";
import { afterAll, beforeAll, expect, it } from "vitest";
import { defaultStrangers, Strangers } from "../../../src/http/team/clients/strangers.ts";
import { NoKey } from "../../../src/http/team/oauth/keys.ts";
import { type Client, noRights } from "../../../src/http/team/rights/rights.ts";
import { type Answer, ask, bearer } from "../asking.ts";
import { serveData, startServer, type TestServer } from "./serving.ts";

const place = serveData();
const issuer = "https://login.example.com/team";
const recall = "/api/v1/memories/recall?query=deploy";
const own = generateKeyPairSync("ec", { namedCurve: "P-256" });
const strange = generateKeyPairSync("ec", { namedCurve: "P-256" });
let server: TestServer;

beforeAll(async () => {
  const jwks = join(place.data, "keys.json");
  const key = { ...(await exportJWK(own.publicKey)), kid: "own", alg: "ES256" };
  writeFileSync(jwks, JSON.stringify({ keys: [key] }));
  writeFileSync(
    join(place.data, "clients.json"),
    JSON.stringify({ version: 1, clients: [{ name: "all", subject: "*", read: ["team"] }] }),
  );
  server = await startServer({
    ...{ issuer, jwks, publicUrl: "http://localhost:8443" },
    clients: join(place.data, "clients.json"),
  });
  await server.untilReady();
});

afterAll(async () => {
  await server.stop();
  place.remove();
});

async function jwtOf(
  subject: string,
  pair = own,
  said: { issuer?: string; expires?: string } = {},
): Promise<string> {
  return await new SignJWT({ scope: "haypile:read" })
    .setProtectedHeader({ alg: "ES256", kid: "own", typ: "at+jwt" })
    .setIssuer(said.issuer ?? issuer)
    .setAudience("http://localhost:8443/mcp")
    .setSubject(subject)
    .setExpirationTime(said.expires === undefined ? "1h" : new Date(said.expires))
    .sign(pair.privateKey);
}

const shown = (token: string): Promise<Answer> =>
  ask(server.port, recall, { headers: bearer(token) });

it("answers so many that are wrong, and lets in who is good all the same", async () => {
  const inFile = server.client("in the file", { read: ["team"] });
  const known = await jwtOf("known");
  expect((await shown(known)).status).toBe(200);
  const most = defaultStrangers.free.ofAddress;
  const forAnother = await jwtOf("known", own, { issuer: "https://evil.example.com" });
  const statuses: number[] = [];
  while (!statuses.includes(429) && statuses.length < 10 * most) {
    const token = statuses.length % 2 === 0 ? forAnother : `hpt_${"A".repeat(43)}`;
    statuses.push((await shown(token)).status);
  }
  expect(statuses.slice(0, most)).toEqual(Array.from({ length: most }, () => 401));
  expect(statuses.at(-1)).toBe(429);
  const wait = await shown(forAnother);
  if (wait.status === 429) {
    expect(JSON.parse(wait.body).error.code).toBe("HAYPILE_OVERLOADED");
    expect(Number(wait.headers["retry-after"])).toBeGreaterThan(0);
  }
  // What is good is taken from there, also what nobody knows yet, and what has ended is told so.
  for (const token of [known, inFile, await jwtOf("fresh")]) {
    expect((await shown(token)).status).toBe(200);
  }
  const over = await shown(await jwtOf("known", own, { expires: "2020-01-01T00:00:00Z" }));
  expect(over.status).toBe(401);
  expect(over.headers["www-authenticate"]).toContain('error="invalid_token"');
  expect(over.headers["www-authenticate"]).toContain("resource_metadata=");
  expect((await ask(server.port, recall)).status).toBe(401);
  expect((await shown(await jwtOf("known", strange))).status).toBe(401);
});

it("says that there are no keys, and takes what it knew when they are there again", async () => {
  const jwks = join(place.data, "keys.json");
  const text = readFileSync(jwks, "utf8");
  const known = await jwtOf("later");
  expect((await shown(known)).status).toBe(200);
  writeFileSync(jwks, JSON.stringify({ keys: [] }));
  const { status, headers, body } = await shown(known);
  expect([status, JSON.parse(body).error.code]).toEqual([503, "HAYPILE_STORE_AWAY"]);
  expect(Number(headers["retry-after"])).toBeGreaterThan(0);
  writeFileSync(jwks, text);
  expect((await shown(known)).status).toBe(200);
});

const clientOf = (untilMs?: number): Client => ({
  ...{ key: "k", name: "n", rights: noRights, namespace: "n", limits: {}, scopes: [], untilMs },
});

/** Good is what begins with "good", costly what has a dot, plainly wrong what begins with "no"; a clock that stands until it is moved. */
function strangers({ ofAddress = 1_000, ofAll = 1_000_000 }) {
  const asked: string[] = [];
  const clock = { ms: 0 };
  const revoked = new Set<string>();
  /** What is said of keys; undefined: they are there. */
  const keys: { gone?: NoKey | undefined } = {};
  const turns = { ofAddress, ofAll };
  const of = new Strangers({
    turns: { free: turns, costly: turns },
    now: () => clock.ms,
    firstSight: (token) => {
      if (token.startsWith("no")) return "wrong";
      if (token.startsWith("over")) return "over";
      return token.includes(".") ? "signature" : "hash";
    },
    clientOf: async (token) => {
      asked.push(token);
      if (keys.gone !== undefined) throw keys.gone;
      const isGood = token.startsWith("good") && !revoked.has(token);
      const untilMs = token.startsWith("good.over") ? Date.now() - 1 : undefined;
      return isGood ? clientOf(untilMs) : undefined;
    },
  });
  const look = async (token: string, address = "10.0.0.1"): Promise<string> => {
    const looked = await of.look(token, address);
    if ("retryAfterS" in looked) {
      return `${looked.isAway ? "away" : "wait"} ${looked.retryAfterS}`;
    }
    return looked.client === undefined ? "wrong" : "in";
  };
  return { look, asked, clock, revoked, keys, of };
}

it("has a bucket for each address and one for all, and verifies nothing beyond", async () => {
  const { look, asked, clock } = strangers({ ofAddress: 2, ofAll: 5 });
  const said = async (address: string) => [
    ...[await look("a.b.c", address), await look("a.b.d", address), await look("good.a", address)],
  ];
  expect(await said("10.0.0.1")).toEqual(["wrong", "wrong", "wait 30"]);
  // The same network of IPv6, and an address of IPv4 as a socket of both kinds tells it.
  expect(await said("2001:db8::1")).toEqual(["wrong", "wrong", "wait 30"]);
  expect(await look("a.b.c", "2001:db8:0:0:ffff::2")).toBe("wait 30");
  expect(await look("a.b.c", "::ffff:10.0.0.1")).toBe("wait 30");
  expect(await said("10.0.0.3")).toEqual(["wrong", "wait 12", "wait 12"]);
  expect(asked).toHaveLength(5);
  clock.ms = 30_000;
  expect(await look("good.a", "10.0.0.1")).toBe("in");
});

it("verifies on whatever is refused at no cost, and tells always what has ended", async () => {
  const { look, asked } = strangers({ ofAddress: 2, ofAll: 2 });
  for (const token of ["no.a.b", "bad"]) expect(await look(token)).toBe("wrong");
  expect([await look("no.a.b"), await look("bad"), await look("over.a.b")]).toEqual([
    ...["wait 30", "wait 30", "wrong"],
  ]);
  expect(await look("good.a")).toBe("in");
  expect(asked.filter((token) => token.startsWith("no") || token.startsWith("over"))).toEqual([]);
});

it("keeps turns for addresses that good ones came from, however many others ask", async () => {
  const { look, clock } = strangers({ ofAddress: 2, ofAll: 4 });
  expect(await look("good.a", "10.0.0.9")).toBe("in");
  for (const address of ["10.0.0.1", "10.0.0.2"]) {
    for (const token of ["a.b.c", "a.b.d"]) expect(await look(token, address)).toBe("wrong");
  }
  expect(await look("good.b", "10.0.0.3")).toBe("wait 15");
  expect(await look("good.b", "10.0.0.9")).toBe("in");
  // Its own turns are counted.
  expect([await look("a.b.c", "10.0.0.9"), await look("a.b.d", "10.0.0.9")]).toEqual([
    ...["wrong", "wrong"],
  ]);
  expect(await look("good.c", "10.0.0.9")).toBe("wait 30");
  clock.ms = 2 * 3_600_000;
  for (const address of ["10.0.0.1", "10.0.0.2"]) {
    for (const token of ["a.b.c", "a.b.d"]) expect(await look(token, address)).toBe("wrong");
  }
  expect(await look("good.c", "10.0.0.9")).toBe("wait 15");
});

it("gives the turn back for what is good, and counts what was good and is no more", async () => {
  const { look, revoked, asked } = strangers({ ofAddress: 1, ofAll: 1 });
  for (const at of [1, 2, 3]) expect(await look(`good.${at}`)).toBe("in");
  // What ended already is not known for it.
  expect(await look("good.over")).toBe("in");
  revoked.add("good.1");
  expect([await look("good.1"), await look("good.1"), await look("good.2")]).toEqual([
    ...["wrong", "wait 60", "in"],
  ]);
  expect(await look("good.over")).toBe("wait 60");
  // One that costs nothing is looked at, and counted where it is wrong.
  const before = asked.length;
  expect([await look("good"), await look("bad"), await look("bad")]).toEqual([
    ...["in", "wrong", "wait 60"],
  ]);
  expect(asked).toHaveLength(before + 3);
});

it("counts nothing as wrong while keys are gone, and knows what it knew", async () => {
  const { look, keys } = strangers({ ofAddress: 1, ofAll: 1 });
  expect(await look("good.1")).toBe("in");
  keys.gone = new NoKey(false);
  for (const token of ["good.1", "good.2", "a.b.c", "good.1"]) {
    expect(await look(token)).toBe("away 30");
  }
  // Others are there, that of the token is not.
  keys.gone = new NoKey(true);
  for (const token of ["good.1", "good.1"]) expect(await look(token)).toBe("wrong");
  expect([await look("a.b.c"), await look("a.b.c")]).toEqual(["wrong", "wait 60"]);
  keys.gone = undefined;
  expect(await look("a.b.c")).toBe("wrong");
  // No turn is left, and none is needed.
  expect([await look("good.2"), await look("good.1")]).toEqual(["wait 60", "in"]);
});

it("remembers no end of bearers and of addresses", async () => {
  const { look, of } = strangers({});
  for (let at = 0; at < 10_050; at += 1) {
    const address = `10.1.${at >> 8}.${at & 255}`;
    await look(`good.${at}`, address);
    await look("a.b.c", address);
  }
  expect(of.counts).toEqual({ known: 10_000, addresses: 10_000, good: 10_000 });
});
