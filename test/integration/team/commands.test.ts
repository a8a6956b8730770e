/* haypile team, as a person uses it: the owner makes a store, gives rights, looks, takes them. */

import { randomBytes } from "node:crypto";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Ajv2020 from "ajv/dist/2020.js";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { cli, type Ended } from "../../helpers/cli.ts";
import { repository } from "../../helpers/model.ts";
import { type TestDatabase, testDatabase, whyNoPostgres } from "../../helpers/postgres.ts";

const schema = JSON.parse(readFileSync(join(repository, "docs", "json.schema.json"), "utf8"));
const ajv = new Ajv2020.default({ allErrors: true, strict: false });

describe.skipIf(whyNoPostgres !== undefined)("haypile team", () => {
  const mark = randomBytes(4).toString("hex");
  const [owner, alice, bob] = [`owner_${mark}`, `alice_${mark}`, `pw_bob_${mark}`];
  let data: string;
  let database: TestDatabase;

  beforeAll(async () => {
    data = mkdtempSync(join(tmpdir(), "haypile-team-"));
    database = await testDatabase();
    const name = new URL(database.url).pathname.slice(1);
    await database.ask(
      `CREATE ROLE ${owner} LOGIN CREATEROLE; CREATE ROLE ${alice} LOGIN; GRANT CREATE ON DATABASE ${name} TO ${owner}`,
    );
    mkdirSync(join(data, "config"), { recursive: true });
  });
  afterAll(async () => {
    const groups = ["reader", "writer", "admin"].map((kind) => `team_${mark}_${kind}`);
    await database.ask(
      `DROP SCHEMA haypile CASCADE; DROP OWNED BY ${owner}, ${groups.join(", ")} CASCADE`,
    );
    for (const role of [bob, alice, ...groups, owner])
      await database.ask(`DROP ROLE IF EXISTS ${role}`);
    await database.close();
    rmSync(data, { recursive: true, force: true });
  });

  const team = (words: string[], env: NodeJS.ProcessEnv = {}): Promise<Ended> =>
    cli(["team", ...words], { data, env: { HAYPILE_STORE: database.urlAs(owner), ...env } });

  async function json(command: string, words: string[]): Promise<Record<string, never>> {
    const { code, stdout, stderr } = await team([...words, "--json"]);
    expect(code, stderr).toBe(0);
    const value = JSON.parse(stdout);
    const validate = ajv.compile({ ...schema.properties[command], $defs: schema.$defs });
    validate(value);
    expect(validate.errors ?? [], stdout).toEqual([]);
    return value;
  }

  it("makes a store, gives rights, lists, audits, erases and takes rights", async () => {
    const early = await team(["members"]);
    expect([early.code, early.stderr]).toEqual([4, expect.stringContaining("haypile team init")]);
    const made = await json("team init", ["init", "--groups", `team_${mark}`]);
    expect(made).toMatchObject({ groups: { reader: `team_${mark}_reader` }, made: { length: 3 } });
    const again = await team(["init"]);
    expect(again.stdout).toContain(`team_${mark}_admin`);

    const given = await team([
      "grant",
      alice,
      "--namespace",
      "ours",
      "theirs",
      "--project",
      "app",
      "--write",
    ]);
    expect(given.stdout).toContain(`${alice} may write the namespace "ours".`);
    const created = await json("team grant", ["grant", bob, "--all-namespaces", "--create"]);
    const { password } = created as { password?: string };
    expect(password).toMatch(/^[a-z2-9]{26}$/u);

    const mine = await team(["members"], {
      HAYPILE_STORE: database.urlAs(bob),
      HAYPILE_STORE_PASSWORD: password,
    });
    expect(mine.stdout).toContain("may read all namespaces");
    expect(mine.stdout).not.toContain(alice);
    const forbidden = await team(["grant", bob, "--admin"], {
      HAYPILE_STORE: database.urlAs(bob),
      HAYPILE_STORE_PASSWORD: password,
    });
    expect([forbidden.code, forbidden.stderr]).toEqual([
      3,
      expect.stringContaining("HAYPILE_STORE_RIGHTS"),
    ]);

    const all = await json("team members", ["members"]);
    expect(all).toMatchObject({
      members: [{ member: alice, grants: { length: 3 } }, { member: bob }],
    });
    const taken = await team(["revoke", alice, "--namespace", "theirs"]);
    expect(taken.stdout).toContain("lost 1 right");
    expect(await json("team revoke", ["revoke", alice, "--all"])).toEqual({
      member: alice,
      revoked: 2,
    });

    const audit = await json("team audit", ["audit", "--of", alice, "--limit", "2"]);
    expect(audit).toMatchObject({ rows: [{ what: "revoked", who: owner }, { what: "revoked" }] });
    const { next } = audit as { next?: number };
    await database.ask("INSERT INTO haypile.namespaces(name) VALUES ('of-the-audit')");
    const told = (await team(["audit", "--what", "made", "--limit", "1"])).stdout;
    expect(told).toMatch(/ {2}made namespace "of-the-audit"\n$/u);
    await database.ask("DELETE FROM haypile.namespaces WHERE name = 'of-the-audit'");
    const rest = await team([
      "audit",
      "--of",
      alice,
      "--after",
      String(next),
      "--since",
      "2020-01-01",
    ]);
    expect(rest.stdout.trim().split("\n").length).toBe(4);
    expect(rest.stdout).toContain(`granted write namespace "ours" to ${alice}`);
    expect(await json("team erase", ["erase"])).toEqual({ rewritten: [], left: [], isOwner: true });
  });

  it("takes an address beside the settings, never with a password in it, and a password by file", async () => {
    const said = await team(["members", "--store", database.urlAs(owner)], {
      HAYPILE_STORE: "sqlite",
    });
    expect(said.code, said.stderr).toBe(0);
    const none = await team(["members"], { HAYPILE_STORE: "sqlite" });
    expect([none.code, none.stderr]).toEqual([2, expect.stringContaining("--store postgres://")]);
    const secret = database.urlAs(owner).replace(owner, `${owner}:hunter2`);
    const open = await team(["members", "--store", secret]);
    expect(open.code).toBe(2);
    expect(open.stdout + open.stderr).not.toContain("hunter2");

    const file = join(data, "password");
    const name = `pw_carol_${mark}`;
    writeFileSync(file, "a password of hers\n", { mode: 0o644 });
    chmodSync(file, 0o644);
    const grant = ["grant", name, "--new", "--create", "--password-file", file];
    const loose = await team(grant);
    expect([loose.code, loose.stderr]).toEqual([2, expect.stringContaining("chmod 600")]);
    chmodSync(file, 0o600);
    for (const [text, says] of [
      ["", "it has none"],
      ["short\n", "it has 5 characters"],
    ] as const) {
      writeFileSync(file, text);
      const bad = await team(grant);
      expect([bad.code, bad.stderr]).toEqual([2, expect.stringContaining(`${file}, but ${says}`)]);
    }
    const gone = await team([...grant.slice(0, -1), `${file}.none`]);
    expect(gone.stderr).toContain(`${file}.none: it does not exist`);
    writeFileSync(file, "a password of hers\n");
    const kept = await team(grant);
    expect(kept.stdout + kept.stderr, kept.stderr).not.toContain("a password of hers");
    const hers = await team(["members"], {
      HAYPILE_STORE: database.urlAs(name),
      HAYPILE_STORE_PASSWORD_FILE: file,
    });
    expect(hers.stdout, hers.stderr).toContain("may make new namespaces and projects");
    expect((await team(["revoke", name, "--all"])).code).toBe(0);
    await database.ask(`DROP ROLE ${name}`);
  });

  it("makes no role whose grants fail: its password would be told to nobody", async () => {
    const [maker, carol] = [`maker_${mark}`, `carol_${mark}`];
    await database.ask(`CREATE ROLE ${maker} LOGIN CREATEROLE`);
    expect((await team(["grant", maker, "--namespace", "ours"])).code).toBe(0);
    const failed = await team(["grant", carol, "--new", "--create"], {
      HAYPILE_STORE: database.urlAs(maker),
    });
    expect([failed.code, failed.stderr]).toEqual([3, expect.stringContaining("_STORE_RIGHTS")]);
    expect(await database.ask(`SELECT FROM pg_roles WHERE rolname = '${carol}'`)).toEqual([]);
    const made = await json("team grant", ["grant", carol, "--new", "--create"]);
    expect(made).toHaveProperty("password");
    expect((await team(["revoke", maker, "--all"])).code).toBe(0);
    expect((await team(["revoke", carol, "--all"])).code).toBe(0);
    await database.ask(`DROP ROLE ${carol}; DROP ROLE ${maker}`);
  });

  it("says what is wrong with what was asked", async () => {
    for (const [words, says] of [
      [["grant", alice], "Expected what is granted"],
      [["grant", alice, "--new", "--password-file", "x"], "--create"],
      [["grant", `nobody_${mark}`, "--new"], "There is no role"],
      [["grant", "pg_monitor", "--new"], "does not begin with pg_"],
      [["revoke", alice], "--all"],
      [["revoke", alice, "--all", "--new"], "not both"],
      [["audit", "--limit", "0"], "whole number"],
      [["audit", "--since", "yesterday-ish"], "Expected a day"],
    ] as const) {
      const { code, stderr } = await team([...words]);
      expect([code, stderr], words.join(" ")).toEqual([2, expect.stringContaining(says)]);
    }
  });

  it("makes the groups once where two make them at the same time", async () => {
    const other = await testDatabase();
    const named = new URL(other.url).pathname.slice(1);
    await other.ask(`GRANT CREATE ON DATABASE ${named} TO ${owner}`);
    const groups = ["reader", "writer", "admin"].map((kind) => `twice_${mark}_${kind}`);
    const holder = new pg.Client({ connectionString: other.url });
    await holder.connect();
    try {
      // Both have found none when they come to this lock.
      await holder.query("SELECT pg_advisory_lock(hashtextextended('haypile groups', 0))");
      const env = { HAYPILE_STORE: other.urlAs(owner) };
      const both = [1, 2].map(() => team(["init", "--groups", `twice_${mark}`], env));
      const waiting = `SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND database =
        (SELECT oid FROM pg_database WHERE datname = '${named}') AND pid IN (SELECT pid FROM pg_stat_activity WHERE query LIKE '%haypile groups%')`;
      while ((await other.ask(waiting)).length < 2) await other.ask("SELECT pg_sleep(0.05)");
      await holder.end();
      for (const { code, stderr } of await Promise.all(both)) expect(code, stderr).toBe(0);
    } finally {
      await holder.end().catch(() => undefined);
      await other.ask(
        `DROP SCHEMA IF EXISTS haypile CASCADE; DROP OWNED BY ${owner}, ${groups.join(", ")} CASCADE; DROP ROLE ${groups.join(", ")}`,
      );
      await other.close();
    }
  });
});
