/* Bearers that a server of a team does not know: they are bound, whoever is known is not held up by them. */
import { generateKeyPairSync } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { exportJWK, SignJWT } from "jose";
import { afterAll, beforeAll, expect, it } from "vitest";
import { defaultStrangers, Strangers } from "../../../src/http/team/clients/strangers.ts";
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

async function jwtOf(subject: string, pair = own): Promise<string> {
  return await new SignJWT({ scope: "haypile:read" })
    .setProtectedHeader({ alg: "ES256", kid: "own", typ: "at+jwt" })
    .setIssuer(issuer)
    .setAudience("http://localhost:8443/mcp")
    .setSubject(subject)
    .setExpirationTime("1h")
    .sign(pair.privateKey);
}

const shown = (token: string): Promise<Answer> =>
  ask(server.port, recall, { headers: bearer(token) });

it("answers so many that are wrong, and lets in who is known all the same", async () => {
  const inFile = server.client("in the file", { read: ["team"] });
  const known = await jwtOf("known");
  const fresh = await jwtOf("fresh");
  expect((await shown(known)).status).toBe(200);
  const forged = await jwtOf("known", strange);
  const statuses: number[] = [];
  while (!statuses.includes(429) && statuses.length < 10 * defaultStrangers.perMinute) {
    const token = statuses.length % 2 === 0 ? forged : `hpt_${"A".repeat(43)}`;
    statuses.push((await shown(token)).status);
  }
  expect(statuses.slice(0, defaultStrangers.perMinute)).toEqual(
    Array.from({ length: defaultStrangers.perMinute }, () => 401),
  );
  expect(statuses.at(-1)).toBe(429);
  // What is known is taken, and what costs nothing to look at; a signature is verified when there is a turn.
  for (const token of [known, inFile, known]) expect((await shown(token)).status).toBe(200);
  for (;;) {
    const { status, headers, body } = await shown(fresh);
    if (status === 200) break;
    expect([status, JSON.parse(body).error.code]).toEqual([429, "HAYPILE_OVERLOADED"]);
    expect(Number(headers["retry-after"])).toBeGreaterThan(0);
  }
  expect((await ask(server.port, recall)).status).toBe(401);
});

const clientOf = (untilMs?: number): Client => ({
  ...{ key: "k", name: "n", rights: noRights, namespace: "n", limits: {}, scopes: [], untilMs },
});

/** Good is what begins with "good"; a clock that stands until it is moved. */
function strangers(limits: { perMinute?: number; perMinuteOfAll?: number }) {
  const asked: string[] = [];
  const clock = { ms: 0 };
  const revoked = new Set<string>();
  const of = new Strangers({
    ...limits,
    now: () => clock.ms,
    isCostly: (token) => token.includes("."),
    clientOf: (token) => {
      asked.push(token);
      const isGood = token.startsWith("good") && !revoked.has(token);
      const untilMs = token.startsWith("good.over") ? Date.now() - 1 : undefined;
      return Promise.resolve(isGood ? clientOf(untilMs) : undefined);
    },
  });
  const look = async (token: string, address = "10.0.0.1"): Promise<string> => {
    const looked = await of.look(token, address);
    if ("retryAfterS" in looked) return `wait ${looked.retryAfterS}`;
    return looked.client === undefined ? "wrong" : "in";
  };
  return { look, asked, clock, revoked, of };
}

it("has a bucket for each address and one for all, and looks at nothing beyond", async () => {
  const { look, asked, clock } = strangers({ perMinute: 2, perMinuteOfAll: 5 });
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

it("gives the turn back for what is good, and counts what was good and is no more", async () => {
  const { look, revoked, asked } = strangers({ perMinute: 1, perMinuteOfAll: 1 });
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
  expect([await look("good"), await look("bad")]).toEqual(["in", "wait 60"]);
  expect(asked).toHaveLength(before + 2);
});

it("remembers no end of bearers and of addresses", async () => {
  const { look, of } = strangers({ perMinuteOfAll: 1_000_000 });
  for (let at = 0; at < 10_050; at += 1) {
    await look(`good.${at}`, "10.0.0.1");
    await look("a.b.c", `10.1.${at >> 8}.${at & 255}`);
  }
  expect(of.counts).toEqual({ known: 10_000, addresses: 10_000 });
});
