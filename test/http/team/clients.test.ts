/* The file of a server's clients: what people write into it, and what the commands make of it. */
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import {
  addServeClient,
  type NewClient,
  revokeServeClient,
  serveClients,
} from "../../../src/daemon/serve/clients.ts";
import { ClientBook } from "../../../src/http/team/clients/client-book.ts";
import { DoorKeeper } from "../../../src/http/team/clients/door-keeper.ts";
import { cli } from "../../helpers/cli.ts";
import { tempFolder } from "../../helpers/temp-tree.ts";

const hash = "a".repeat(64);

function fileWith(clients: unknown, version: unknown = 1): string {
  const path = join(tempFolder(), "clients.json");
  writeFileSync(path, JSON.stringify({ version, clients }));
  return path;
}

function client(name: string, more: Partial<NewClient> = {}): NewClient {
  const rights = { read: [], write: ["team"], folders: [], admin: false };
  return { name, rights, expires: undefined, namespace: undefined, limits: {}, ...more };
}

it("is refused with what is wrong and where, whatever it is", () => {
  const wrong: [unknown, RegExp][] = [
    [{ name: "x" }, /either token or subject/],
    [{ name: "x", token: hash, subject: "y" }, /either token or subject/],
    [{ name: "x", token: "hpt_plain" }, /token of clients\[0\]/],
    [{ name: "x", token: hash.toUpperCase() }, /SHA-256/],
    [{ token: hash }, /name of clients\[0\]/],
    [{ name: "\n", token: hash }, /name of/],
    [{ name: "x", subject: "" }, /either token or subject/],
    [{ name: "x", token: hash, writes: ["a"] }, /Did you mean write\?/],
    [{ name: "x", token: hash, read: "team" }, /a list .* read of/],
    [{ name: "x", token: hash, read: ["te*am"] }, /one "\*" at the end/],
    [{ name: "x", token: hash, read: [""] }, /namespaces/],
    [{ name: "x", token: hash, folders: ["src"] }, /absolute paths/],
    [{ name: "x", token: hash, admin: "yes" }, /true or false/],
    [{ name: "x", token: hash, expires: "tomorrow" }, /a time/],
    [{ name: "x", token: hash, concurrent: 0 }, /from 1 to/],
    [{ name: "x", token: hash, bodyBytes: 1e9 }, /from 1024 to 4194304/],
    ["x", /an object/],
    [null, /an object/],
  ];
  for (const [entry, says] of wrong) {
    const path = fileWith([entry]);
    expect(() => serveClients(path), JSON.stringify(entry)).toThrow(says);
    expect(() => new ClientBook(path)).toThrow(path);
  }
  const one = { name: "x", token: hash };
  expect(() => serveClients(fileWith([one, one]))).toThrow(/twice/);
  expect(() => serveClients(fileWith([], 2))).toThrow(/version/);
  expect(() => serveClients(fileWith({}))).toThrow(/list of clients/);
  expect(serveClients(join(tempFolder(), "none.json"))).toEqual([]);
});

it("holds what was added, for its user alone, and forgets what was revoked", async () => {
  const path = join(tempFolder(), "inner", "clients.json");
  const token = addServeClient(path, client("one"));
  expect(token).toMatch(/^hpt_[\w-]{43}$/);
  expect(statSync(path).mode & 0o077).toBe(0);
  expect(() => addServeClient(path, client("one"))).toThrow(/already/);
  expect(() => addServeClient(path, client("\u202e"))).toThrow(/name/);
  addServeClient(path, client("two", { limits: { perMinute: 5 }, namespace: "notes" }));
  expect(serveClients(path)).toMatchObject([
    { name: "one", by: "token", write: ["team"] },
    { name: "two", perMinute: 5, namespace: "notes" },
  ]);
  const keeper = new DoorKeeper({ book: new ClientBook(path), oauth: undefined });
  expect(await keeper.clientOf(token)).toMatchObject({ name: "one", namespace: "team" });
  revokeServeClient(path, "one");
  expect(await keeper.clientOf(token)).toBeUndefined();
  expect(() => revokeServeClient(path, "one")).toThrow(/no client one/);
  expect(readFileSync(path, "utf8")).not.toContain("hpt_");
});

it("gives a token that has ended to nobody", async () => {
  const path = join(tempFolder(), "clients.json");
  const token = addServeClient(path, client("old", { expires: "2020-01-01T00:00:00Z" }));
  const soon = new Date(Date.now() + 60_000).toISOString();
  const other = addServeClient(path, client("soon", { expires: soon }));
  const keeper = new DoorKeeper({ book: new ClientBook(path), oauth: undefined });
  expect(await keeper.clientOf(token)).toBeUndefined();
  const found = await keeper.clientOf(other);
  expect(found?.untilMs).toBe(Date.parse(soon));
  expect(found && keeper.isGoodStill(other, found)).toBe(true);
  expect(found && keeper.isGoodStill(other, { ...found, untilMs: 1 })).toBe(false);
});

it("is written by commands that say a token once, and refuse one that opens nothing", async () => {
  const data = tempFolder();
  const none = await cli(["tokens", "add", "x"], { data });
  expect([none.code, none.stdout]).toEqual([2, ""]);
  expect(none.stderr).toContain("--read, --write, --folder or --admin");
  const made = await cli(["tokens", "add", "ci", "--read", "a,b*", "--days", "30"], { data });
  expect(made.stdout).toMatch(/^hpt_[\w-]{43}\n$/);
  expect(made.stderr).not.toContain("hpt_");
  const listed = await cli(["tokens"], { data });
  expect(listed.stdout).toMatch(/ci +reads a, b\*; until 20/);
  expect(listed.stdout).not.toContain("hpt_");
});
