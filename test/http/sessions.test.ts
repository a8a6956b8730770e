/* Codes and sessions against a clock of their own. */
import { readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { Codes } from "../../src/http/sign-in/codes.ts";
import { Gatekeeper } from "../../src/http/sign-in/gatekeeper.ts";
import { LinkMaker } from "../../src/http/sign-in/link.ts";
import { Secret } from "../../src/http/sign-in/secret.ts";
import { Sessions } from "../../src/http/sign-in/sessions.ts";
import { tempFolder } from "../helpers/temp-tree.ts";

const secret = "s".repeat(43);
const hour = 3_600_000;
const day = 24 * hour;

function clock(start = Date.UTC(2026, 0, 1)): { now: () => number; pass: (ms: number) => void } {
  let ms = start;
  return {
    now: () => ms,
    pass: (by) => {
      ms += by;
    },
  };
}

it("a code is good for a minute, once", () => {
  const { now, pass } = clock();
  const codes = new Codes(now);
  const first = codes.make();
  pass(59_999);
  expect(codes.take(first)).toBe("right");
  expect(codes.take(first)).toBe("wrong");
  const late = codes.make();
  pass(60_000);
  expect(codes.take(late)).toBe("wrong");
});

it("there are eight codes at most, the newest, and no two alike", () => {
  const { now } = clock();
  const codes = new Codes(now);
  const used: number[] = [];
  const made = Array.from({ length: 20 }, (_, i) => codes.make(() => used.push(i)));
  expect(new Set(made).size).toBe(20);
  expect(used).toEqual(Array.from({ length: 12 }, (_, i) => i));
  expect(made.slice(12).map((code) => codes.take(code))).toEqual(Array(8).fill("right"));
  expect(made.slice(0, 10).map((code) => codes.take(code))).toEqual(Array(10).fill("wrong"));
});

it("wrong codes are counted by the minute, and a right one is taken all the same", () => {
  const { now, pass } = clock();
  const codes = new Codes(now);
  const right = codes.make();
  const guesses = (): Set<string> =>
    new Set(Array.from({ length: 10 }, (_, i) => codes.take(`${i}`)));
  expect(guesses()).toEqual(new Set(["wrong"]));
  expect(guesses()).toEqual(new Set(["too many"]));
  pass(30_000);
  expect(codes.take(right)).toBe("right");
  pass(30_000);
  expect(guesses()).toEqual(new Set(["wrong"]));
});

it("a session lasts a day from its last renewal, and a month from the sign-in", () => {
  const { now, pass } = clock();
  const sessions = new Sessions(tempFolder(), now);
  let token = sessions.begin(secret);
  const first = token;
  const read = (): ReturnType<Sessions["read"]> => sessions.read(token, secret);
  pass(hour - 1);
  expect(sessions.renew(read() ?? never(), secret)).toBeUndefined();
  const begunMs = now();
  for (let steps = 0; steps < 60; steps += 1) {
    pass(day - hour);
    const session = read();
    if (session === undefined) break;
    token = sessions.renew(session, secret) ?? never();
  }
  expect(Math.floor((now() - begunMs) / day)).toBe(30);
  expect(sessions.read(first, secret)).toBeUndefined();
});

it("a session that nobody uses ends after a day", () => {
  const { now, pass } = clock();
  const sessions = new Sessions(tempFolder(), now);
  const token = sessions.begin(secret);
  pass(day - 1);
  expect(sessions.read(token, secret)).toBeDefined();
  pass(1);
  expect(sessions.read(token, secret)).toBeUndefined();
});

it("nothing of a session can be changed", () => {
  const { now } = clock();
  const sessions = new Sessions(tempFolder(), now);
  const token = sessions.begin(secret);
  expect(sessions.read(token, secret)).toBeDefined();
  for (let i = 0; i < token.length; i += 1) {
    const changed = `${token.slice(0, i)}${token[i] === "b" ? "c" : "b"}${token.slice(i + 1)}`;
    // The last character of a signature has bits that mean nothing: both spellings are one.
    if (i === token.length - 1) continue;
    expect(sessions.read(changed, secret), changed).toBeUndefined();
  }
  const [kind, id, begun, , sum] = token.split(".");
  const later = (now() + 1_000).toString(36);
  for (const forged of [
    `${kind}.${id}.${begun}.${later}.${sum}`,
    `${kind}.${id}.${later}.${later}.${sum}`,
    `${kind}.${id}.${begun}.${later}.`,
    `${token}.`,
    token.toUpperCase(),
    "",
    "s1....",
  ]) {
    expect(sessions.read(forged, secret), forged).toBeUndefined();
  }
  expect(sessions.read(token, "t".repeat(43))).toBeUndefined();
});

it("a session that was ended stays ended, also for a daemon that starts anew", () => {
  const { now, pass } = clock();
  const folder = tempFolder();
  const sessions = new Sessions(folder, now);
  const [one, other] = [sessions.begin(secret), sessions.begin(secret)];
  pass(2 * hour);
  const session = sessions.read(one, secret) ?? never();
  const renewed = sessions.renew(session, secret) ?? never();
  sessions.end(session);
  expect(statSync(join(folder, "http-ended.json")).mode & 0o777).toBe(0o600);
  for (const at of [sessions, new Sessions(folder, now)]) {
    expect(at.read(one, secret)).toBeUndefined();
    expect(at.read(renewed, secret)).toBeUndefined();
    expect(at.read(other, secret)).toBeDefined();
  }
});

it("the note of ended sessions is bounded, and all end when it is lost", () => {
  const { now, pass } = clock();
  const folder = tempFolder();
  const sessions = new Sessions(folder, now);
  const kept = sessions.begin(secret);
  const path = join(folder, "http-ended.json");
  for (let i = 0; i < 1_000; i += 1) {
    sessions.end({ id: String(i).padStart(16, "0"), begunMs: now(), givenMs: now() });
  }
  expect(sessions.read(kept, secret)).toBeDefined();
  const full = statSync(path).size;
  expect(full).toBeLessThan(60_000);
  sessions.end({ id: "x".repeat(16), begunMs: now(), givenMs: now() });
  expect(statSync(path).size).toBeLessThan(100);
  expect(sessions.read(kept, secret)).toBeUndefined();
  pass(10);
  const next = sessions.begin(secret);
  expect(sessions.read(next, secret)).toBeDefined();
  pass(10);
  writeFileSync(path, "nonsense");
  const anew = new Sessions(folder, now);
  expect(anew.read(next, secret)).toBeUndefined();
  pass(10);
  expect(anew.read(anew.begin(secret), secret)).toBeDefined();
});

it("ended sessions are forgotten when they would have ended by themselves", () => {
  const { now, pass } = clock();
  const folder = tempFolder();
  const sessions = new Sessions(folder, now);
  const end = (): void => sessions.end(sessions.read(sessions.begin(secret), secret) ?? never());
  const count = (): number => {
    const note = JSON.parse(readFileSync(join(folder, "http-ended.json"), "utf8"));
    return note.ended.length as number;
  };
  for (let i = 0; i < 5; i += 1) end();
  expect(count()).toBe(5);
  pass(31 * day);
  end();
  expect(count()).toBe(1);
});

it("deleting the token's file, or putting another there, ends all that it let in, at once", () => {
  const folder = tempFolder();
  const file = join(folder, "http-token");
  const made = new Secret(folder);
  const codes = new Codes();
  const gate = new Gatekeeper({ secret: made, codes, sessions: new Sessions(folder) });
  const token = made.current() ?? never();
  const session = gate.signIn(codes.make());
  expect([gate.isIn(token), gate.isIn(session), gate.isIn(undefined)]).toEqual([true, true, false]);
  rmSync(file);
  expect([gate.isIn(token), gate.isIn(session)]).toEqual([false, false]);
  const next = readFileSync(file, "utf8").trim();
  expect(gate.isIn(next)).toBe(true);
  writeFileSync(file, `${"z".repeat(43)}\n`);
  utimesSync(file, 1, 1);
  expect([gate.isIn(next), gate.isIn("z".repeat(43))]).toEqual([false, true]);
  writeFileSync(file, "no token\n");
  expect([gate.isIn("z".repeat(43)), gate.isIn("no token"), gate.isIn("")]).toEqual([
    false,
    false,
    false,
  ]);
  expect(gate.signIn(codes.make())).toBe("wrong");
});

it("a link's file is private, goes when its code is used, and with the daemon", () => {
  const folder = tempFolder();
  writeFileSync(join(folder, `open-${"a".repeat(16)}.html`), "left by one that was killed");
  const codes = new Codes();
  const links = new LinkMaker({ codes, folder, address: "http://127.0.0.1:1/" });
  expect(() => statSync(join(folder, `open-${"a".repeat(16)}.html`))).toThrow();
  const { url, file = never() } = links.make(true);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(readFileSync(file, "utf8")).toContain(`url=${url}"`);
  expect(codes.take(url.split("code=")[1] ?? "")).toBe("right");
  expect(() => statSync(file)).toThrow();
  const other = links.make(true);
  expect(links.make(false).file).toBeUndefined();
  links.close();
  expect(() => statSync(other.file ?? "")).toThrow();
  expect(codes.take(other.url.split("code=")[1] ?? "")).toBe("wrong");
});

function never(): never {
  throw new Error("There should be one.");
}
