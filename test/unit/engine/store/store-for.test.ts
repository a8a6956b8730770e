/* Which store is meant, and where its password comes from. */
import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type Environment, readEnvironment } from "../../../../src/config/environment/env.ts";
import { trust } from "../../../../src/config/file/trust.ts";
import { readConfiguration } from "../../../../src/engine/configure.ts";
import { indexServer } from "../../../../src/engine/store/index-server.ts";
import {
  allStores,
  linkTo,
  storeFor,
  storeOf,
  storesOfMemories,
  storeWaitMs,
} from "../../../../src/engine/store/store-for.ts";
import type { LinkOptions } from "../../../../src/storage/postgres/link/link.ts";
import { placeOf } from "../../../../src/storage/postgres/link/place.ts";

const server = "postgres://me@db.example:5433/haypile";
let folder: string;
let data: string;

beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "haypile-store-for-")));
  data = join(folder, "data");
  for (const one of ["data", "config", "project"]) mkdirSync(join(folder, one));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const given = (variables: Record<string, string> = {}): Environment =>
  readEnvironment({
    HOME: folder,
    HAYPILE_DATA_DIR: data,
    HAYPILE_CONFIG_DIR: join(folder, "config"),
    ...variables,
  });
const user = (text: string): void => writeFileSync(join(folder, "config", "haypile.toml"), text);
const found = (what: "index" | "memories", environment: Environment, of?: string) =>
  storeFor(what, readConfiguration(of, {}, environment), environment);

describe("storeFor", () => {
  it("is the files of this machine where nothing is said", () => {
    expect(found("memories", given())).toBeUndefined();
    expect(found("index", given())).toBeUndefined();
  });

  it("takes what is said for all, and what is said for one", () => {
    user(`[store]\nurl = "${server}"\nwait = "5s"\ntimeout = "2s"\nreplica = "postgres://r@db"\n`);
    expect(found("memories", given())).toEqual({
      url: server,
      password: undefined,
      isPasswordFinal: true,
      replica: { url: "postgres://r@db", stalenessMs: 1_000 },
      limitMs: 2_000,
      connections: 2,
    });
    expect(found("index", given({ HAYPILE_INDEX_STORE: "sqlite" }))).toBeUndefined();
    const environment = given({ HAYPILE_MEMORIES_STORE: "postgres://other" });
    expect(found("memories", environment)).toMatchObject({
      url: "postgres://other",
      replica: undefined,
    });
    expect(storeWaitMs(readConfiguration(undefined, {}, environment))).toBe(5_000);
  });

  it("asks a replica of the main server, whichever option names that", () => {
    const replica = 'replica = "postgres://r@db"';
    const isAsked = (what: "index" | "memories") =>
      found(what, given())?.replica?.url === "postgres://r@db";
    user(`[store]\n${replica}\n[memories]\nstore = "${server}"\n`);
    expect(isAsked("memories")).toBe(true);
    user(`[store]\nurl = "${server}"\n${replica}\n[index]\nstore = "${server}?project=app"\n`);
    expect([isAsked("memories"), isAsked("index")]).toEqual([true, true]);
    user(`[store]\n${replica}\n[memories]\nstore = "${server}"\n[index]\nstore = "${server}2"\n`);
    expect([isAsked("memories"), isAsked("index")]).toEqual([true, false]);
  });

  it("knows the server of a socket by its folder, and one by what its address leaves out", () => {
    const replica = 'replica = "postgres://r@db"';
    const socket = (folder: string): string => `postgres:///team?host=${folder}`;
    const isAsked = (main: string, index: string): boolean => {
      user(`[store]\n${replica}\n[memories]\nstore = "${main}"\n[index]\nstore = "${index}"\n`);
      return found("index", given())?.replica !== undefined;
    };
    expect(isAsked(socket("/run/a"), socket("/run/a"))).toBe(true);
    expect(isAsked(socket("/run/a"), socket("/run/b"))).toBe(false);
    expect(isAsked(socket("/run/a"), `${socket("/run/a")}&port=5433`)).toBe(false);
    const short = "postgres://me@db.example/team";
    for (const same of [
      "postgres://you@db.example:5432/team",
      `${short}?schema=haypile`,
      "postgres:///team?host=db.example&user=me",
    ]) {
      expect(isAsked(short, same), same).toBe(true);
    }
    // The database is that of the user's name where none is said.
    expect(isAsked("postgres://me@db.example", "postgres://you@db.example")).toBe(false);
  });

  it("opens a store whatever is wrong with the address of another's server or replica", () => {
    const wrong = "postgres://me@db.example/haypile?project=";
    for (const [main, replica] of [
      [wrong, "postgres://r@db"],
      [server, wrong],
    ]) {
      user(
        `[store]\nurl = "${main}"\nreplica = "${replica}"\n[memories]\nstore = "postgres://me@other/team"\n`,
      );
      expect(found("memories", given())).toMatchObject({ replica: undefined });
      // Who goes by the wrong one is told.
      expect(() => found("index", given())).toThrow(/name of 1 to 200 characters/u);
    }
  });

  it("leaves the project out of an address, whoever goes by it", () => {
    const bare = "postgres://me@db.example:5433/haypile?schema=team";
    const passFile = join(folder, "pass");
    writeFileSync(passFile, "db.example:5433:haypile:me:its own\n", { mode: 0o600 });
    user(`[store]\nurl = "${bare}&project=app"\nreplica = "postgres://r@db/x?project=app"\n`);
    const environment = given({ PGPASSFILE: passFile });
    for (const what of ["memories", "index"] as const) {
      const link = found(what, environment);
      expect(link).toMatchObject({ url: bare, password: "its own" });
      expect(link?.replica?.url).toBe("postgres://r@db/x");
      expect(() => placeOf(link as LinkOptions)).not.toThrow();
    }
    const configuration = readConfiguration(undefined, {}, environment);
    expect(indexServer(configuration, environment, folder)?.project).toBe("app");
  });

  it("knows the store of each namespace", () => {
    user(`[memories.stores]\n"team-*" = "${server}"\n`);
    const stores = storesOfMemories(given());
    expect([storeOf(stores, "team-a"), storeOf(stores, "mine")]).toEqual([server, "sqlite"]);
    expect(allStores(stores)).toEqual(["sqlite", server]);
  });

  it("takes no store of a project's file that nobody trusts, and none for memories", () => {
    const project = join(folder, "project");
    const text = `[store]\nurl = "${server}"\n[memories]\nstore = "${server}"\n`;
    writeFileSync(join(project, "haypile.toml"), text);
    expect(found("index", given(), project)).toBeUndefined();
    trust(data, join(project, "haypile.toml"), text);
    expect(found("index", given(), project)).toMatchObject({ url: server });
    expect(found("memories", given())).toBeUndefined();
  });
});

describe("passwords", () => {
  const passwordOf = (variables: Record<string, string>, of?: string) =>
    found("index", given({ ...(of === undefined && { HAYPILE_STORE: server }), ...variables }), of)
      ?.password;
  const file = (name: string, text: string, mode = 0o600): string => {
    const path = join(folder, name);
    writeFileSync(path, text, { mode });
    chmodSync(path, mode);
    return path;
  };

  it("come from our variable, a file, PGPASSWORD, and PGPASSFILE, in this order", () => {
    const own = { HAYPILE_STORE_PASSWORD: "one" };
    const ofFile = { HAYPILE_STORE_PASSWORD_FILE: file("secret", "two\nnot this\n") };
    const usual = { PGPASSWORD: "three" };
    const lines = "# a comment\nother:5433:*:*:no\ndb.example:5433:*:me:fo\\:ur\n*:*:*:*:five\n";
    const passFile = { PGPASSFILE: file("pass", lines) };
    expect(passwordOf({ ...own, ...ofFile, ...usual, ...passFile })).toBe("one");
    expect(passwordOf({ ...ofFile, ...usual, ...passFile })).toBe("two");
    expect(passwordOf({ ...usual, ...passFile })).toBe("three");
    expect(passwordOf(passFile)).toBe("fo:ur");
    expect(passwordOf({ ...passFile, HAYPILE_STORE: "postgres://you@db.example:5433/x" })).toBe(
      "five",
    );
    expect(passwordOf({})).toBeUndefined();
    file(".pgpass", "db.example:5433:haypile:me:six");
    expect(passwordOf({})).toBe("six");
  });

  it("are looked for by the user, host and port that the link will use", () => {
    const own = userInfo().username;
    const lines = `*:*:*:of-pguser:wrong\n*:*:*:${own}:own\n*:*:*:asked:asked\nquery:99:*:*:query\n`;
    const said = { PGPASSFILE: file("pass", lines), PGUSER: "of-pguser" };
    expect(placeOf({ url: "postgres://db.example/haypile" }).user).toBe(own);
    expect(passwordOf({ ...said, HAYPILE_STORE: "postgres://db.example/haypile" })).toBe("own");
    expect(passwordOf({ ...said, HAYPILE_STORE: "postgres://db.example/x?user=asked" })).toBe(
      "asked",
    );
    expect(passwordOf({ ...said, HAYPILE_STORE: "postgres:///x?user=u&host=query&port=99" })).toBe(
      "query",
    );
  });

  it.runIf(process.getuid?.() === 0)("have a code where nobody knows who runs this", () => {
    const place = pathToFileURL(
      join(import.meta.dirname, "../../../../src/storage/postgres/link/place.ts"),
    );
    const text = `
      import { placeOf } from ${JSON.stringify(place.href)};
      try { placeOf({ url: "postgres://db.example/x" }); } catch ({ code, message }) { console.log(code, message); }
      console.log(placeOf({ url: "postgres://me@db.example/x" }).user);`;
    const asNobody = { uid: 54_321, gid: 54_321, encoding: "utf8", cwd: "/" } as const;
    const ran = spawnSync(process.execPath, ["--input-type=module", "-e", text], asNobody);
    expect(ran.stdout).toMatch(/^HAYPILE_USAGE .*names no user.*\nme\n$/u);
  });

  it("are not taken from files that others may read", () => {
    const open = file("secret", "two\n", 0o644);
    expect(() => passwordOf({ HAYPILE_STORE_PASSWORD_FILE: open })).toThrow("chmod 600");
    expect(passwordOf({ PGPASSFILE: file("pass", "*:*:*:*:five\n", 0o644) })).toBeUndefined();
    const empty = file("empty", "\n");
    expect(() => passwordOf({ HAYPILE_STORE_PASSWORD_FILE: empty })).toThrow("it is empty");
    expect(() => passwordOf({ HAYPILE_STORE_PASSWORD_FILE: join(folder, "none") })).toThrow(/none/);
  });

  it("of files that cannot be read: the file is named, and why", () => {
    const said = (path: string): string => {
      try {
        passwordOf({ HAYPILE_STORE_PASSWORD_FILE: path });
      } catch (error) {
        return (error as Error).message;
      }
      return "";
    };
    const none = join(folder, "none");
    expect(said(none)).toMatch(/\/none: it does not exist/u);
    expect(said(folder)).toContain(`${folder} is a folder`);
    expect(said("/dev/null")).toContain("/dev/null is a device");
    const told = vi.spyOn(process.stderr, "write").mockReturnValue(true);
    // A usual one that is not there is nothing to speak of.
    expect(passwordOf({})).toBeUndefined();
    expect(told).not.toHaveBeenCalled();
    expect(passwordOf({ PGPASSFILE: none })).toBeUndefined();
    expect(told.mock.calls.join("")).toMatch(/none \(PGPASSFILE\): it does not exist/u);
    told.mockRestore();
  });

  it("of the user's server are not sent to a replica that a project names", () => {
    const project = join(folder, "project");
    const path = join(project, "haypile.toml");
    const environment = given({ HAYPILE_STORE_PASSWORD: "one" });
    const linkOf = (own: string, theirs: string) => {
      user(own);
      writeFileSync(path, theirs);
      trust(data, path, theirs);
      return found("index", environment, project);
    };
    const replica = '[store]\nreplica = "postgres://collector.example/x"\n';
    for (const own of [`[store]\nurl = "${server}"\n`, `[index]\nstore = "${server}"\n`]) {
      expect(linkOf(own, replica)).toMatchObject({ password: "one", replica: undefined });
    }
    const theirs = "postgres://me@elsewhere.example/x";
    const both = `${replica}[index]\nstore = "${theirs}"\n`;
    for (const own of ["", `[store]\nurl = "${server}"\n`, `[memories]\nstore = "${server}"\n`]) {
      const link = linkOf(own, both);
      expect(link).toMatchObject({ url: theirs, password: undefined });
      expect(link?.replica?.url).toBe("postgres://collector.example/x");
    }
    // The store beside it may be the user's own, and what a passfile has for that is not for the replica.
    const passes = {
      PGPASSFILE: file("pass", "db.example:*:*:*:own\nreplica.example:*:*:*:its own\n"),
    };
    const besideOwn = (address: string): LinkOptions | undefined => {
      const text = `[store]\nreplica = "${address}"\n[index]\nstore = "${server}"\n`;
      writeFileSync(path, text);
      trust(data, path, text);
      return found("index", given(passes), project);
    };
    const told = besideOwn("postgres://me@collector.example/x");
    expect(told).toMatchObject({ password: "own", isPasswordFinal: true });
    expect(told?.replica).toHaveProperty("password", undefined);
    expect(besideOwn("postgres://me@replica.example/x")?.replica?.password).toBe("its own");
    linkOf("", both);
    // Memories are asked with the settings of no folder, and yet: a project's file says nothing of them.
    const configuration = readConfiguration(project, {}, environment);
    user(`[store]\nurl = "${server}"\n`);
    expect(linkTo(server, configuration, environment)?.replica).toBeUndefined();
    // What the user says goes to the user's own, and to no store of a project.
    const mine = `[store]\nurl = "${server}"\nreplica = "postgres://r@db"\n`;
    expect(linkOf(mine, `[index]\nstore = "${theirs}"\n`)?.replica).toBeUndefined();
    expect(linkOf(mine, "")?.replica?.url).toBe("postgres://r@db");
  });

  it("of one server are not sent to another that a project names", () => {
    const project = join(folder, "project");
    const text = '[index]\nstore = "postgres://me@elsewhere.example/x"\n';
    writeFileSync(join(project, "haypile.toml"), text);
    trust(data, join(project, "haypile.toml"), text);
    const said = { HAYPILE_STORE_PASSWORD: "one", PGPASSWORD: "three" };
    expect(passwordOf(said, project)).toBeUndefined();
    const passFile = file("pass", "elsewhere.example:*:*:*:its own\n");
    expect(passwordOf({ ...said, PGPASSFILE: passFile }, project)).toBe("its own");
  });
});
