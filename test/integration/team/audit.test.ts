/* Who did what in a team's store: written by triggers, read by admins, changed by nobody. */

import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { asActor } from "../../../src/base/actor.ts";
import { HaypileError } from "../../../src/base/errors.ts";
import { MemoryService } from "../../../src/memories/service.ts";
import type { AuditRow } from "../../../src/ports/answers/team.ts";
import { openPgMemoryStore } from "../../../src/storage/postgres/memories/store.ts";
import { PgTeam } from "../../../src/storage/postgres/team/team.ts";
import { whyNoPostgres } from "../../helpers/postgres.ts";
import { type Psql, type TeamStore, teamStore } from "../../helpers/team/team-store.ts";

const row = `INSERT INTO memory_rows(id, namespace_id, kind, source, pinned, importance, created, since, valid_from, hash,
  key, text) VALUES ($1, $2, 1, 1, false, 0.5, $3, $4, $3, 1, $5, $6)`;

describe.skipIf(whyNoPostgres !== undefined)("the audit of a team's store", () => {
  let store: TeamStore;
  let writer: Psql;
  let role: string;
  let namespace: string;

  beforeAll(async () => {
    store = await teamStore();
    role = await store.person("writer");
    store.team.grant(role, [
      { scope: "namespace", name: "ours", can: "write" },
      { scope: "project", name: "our-app", can: "write" },
    ]);
    writer = await store.as(role);
    const [[id] = []] = await writer.ask(
      "INSERT INTO namespaces(name) VALUES ('ours') RETURNING id",
    );
    namespace = id ?? "";
  });
  afterAll(() => store?.close());

  const whats = (rows: readonly AuditRow[]): string[] =>
    rows.map(({ what, subject }) => `${what} ${subject}`).reverse();

  it("has who wrote, changed, ended, forgot, brought back and erased which memory, and no text", async () => {
    await writer.ask("SET haypile.actor = 'laptop of one'");
    await writer.ask(row, [1, namespace, 100, 100, "m1", "a very secret text"]);
    await writer.ask(`${row}, (2, $2, 1, 1, false, 0.5, $3, $4, $3, 1, 'm2', $6)`, [
      3,
      namespace,
      100,
      100,
      "m3",
      "x",
    ]);
    await writer.ask("UPDATE memory_rows SET until = 150, ended = 1 WHERE id = 1");
    await writer.ask(row, [4, namespace, 100, 150, "m1", "a newer secret text"]);
    await writer.ask("UPDATE memory_rows SET tags = '{secret-tag}' WHERE key = 'm2'");
    await writer.ask("UPDATE memory_rows SET deleted = 200 WHERE key = 'm1'");
    await writer.ask("UPDATE memory_rows SET deleted = NULL WHERE key = 'm1'");
    await writer.ask("DELETE FROM memory_rows WHERE key = 'm1'");
    await writer.ask("DELETE FROM memory_rows WHERE key IN ('m2', 'm3')");
    const rows = store.team.audit({ namespace: "ours", limit: 100 });
    expect(whats(rows).filter((said) => said.endsWith("m1"))).toEqual([
      "wrote m1",
      "ended m1",
      "changed m1",
      "forgot m1",
      "restored m1",
      "erased m1",
    ]);
    expect(
      whats(rows)
        .filter((said) => /m[23]$/u.test(said))
        .sort(),
    ).toEqual(["changed m2", "erased m2", "erased m3", "wrote m2", "wrote m3"]);
    const [newest] = rows;
    expect(newest).toMatchObject({
      who: role,
      said: "laptop of one",
      scope: "namespace",
      name: "ours",
    });
    expect(Math.abs(Date.now() - Date.parse(newest?.at ?? ""))).toBeLessThan(600_000);
    expect(JSON.stringify(rows)).not.toContain("secret");
  });

  it("has who made, indexed and dropped a project, not each write of a run", async () => {
    await writer.ask("INSERT INTO code_projects(name) VALUES ('our-app')");
    for (let turn = 0; turn < 5; turn += 1)
      await writer.ask("UPDATE code_projects SET version = version + 1");
    await writer.ask("DELETE FROM code_projects");
    const rows = store.team.audit({
      project: "our-app",
      limit: 100,
      what: ["made", "indexed", "dropped"],
    });
    expect(rows.map(({ what }) => what)).toEqual(["dropped", "indexed", "made"]);
  });

  it("undoes with its transaction what it noted", async () => {
    const before = store.team.audit({ limit: 1 });
    await writer.ask("BEGIN");
    await writer.ask(row, [9, namespace, 1, 1, "m9", "x"]);
    await writer.ask("ROLLBACK");
    expect(store.team.audit({ limit: 1 })).toEqual(before);
  });

  it("has who gave and took which right, and is found by filter and page", async () => {
    const guest = await store.person("guest");
    store.team.grant(guest, [
      { scope: "namespaces", name: "", can: "read" },
      { scope: "group", name: "", can: "admin" },
    ]);
    expect(store.team.revoke(guest, [{ scope: "namespaces", name: "" }])).toBe(1);
    expect(store.team.revoke(guest, undefined)).toBe(1);
    const rows = store.team.audit({ subject: guest, limit: 10 });
    expect(rows.map(({ what, scope, can }) => [what, scope, can])).toEqual([
      ["revoked", "group", "admin"],
      ["revoked", "namespaces", "read"],
      ["granted", "group", "admin"],
      ["granted", "namespaces", "read"],
    ]);
    expect(rows.every(({ who }) => who === store.link.user)).toBe(true);
    const [first] = store.team.audit({ subject: guest, limit: 1 });
    const next = store.team.audit({ subject: guest, limit: 10, after: first?.id });
    expect(next).toEqual(rows.slice(1));
    expect(store.team.audit({ who: role, what: ["forgot"], limit: 10 }).length).toBe(1);
    expect(store.team.audit({ from: Date.now() + 60_000, limit: 10 })).toEqual([]);
  });

  it("is read by admins, by others as far as it is about them, and changed by nobody", async () => {
    const [admin, plain] = [await store.person("admin"), await store.person("plain")];
    store.team.grant(admin, [{ scope: "group", name: "", can: "admin" }]);
    store.team.grant(plain, [{ scope: "namespace", name: "ours", can: "write" }]);
    const asAdmin = new PgTeam(store.linkAs(admin));
    const asPlain = new PgTeam(store.linkAs(plain));
    expect(asAdmin.audit({ limit: 1000 })).toEqual(store.team.audit({ limit: 1000 }));
    expect(asPlain.audit({ limit: 1000 })).toEqual([]);
    expect(asPlain.members().map(({ member }) => member)).toEqual([plain]);
    // An admin gives rights, sees no memory that was not given to it, and is in the audit as all others.
    const psql = await store.as(admin);
    expect(await psql.ask("SELECT text FROM memory_rows")).toEqual([]);
    asAdmin.grant(admin, [{ scope: "namespace", name: "ours", can: "read" }]);
    await writer.ask(row, [20, namespace, 1, 1, "m20", "x"]);
    expect((await psql.ask("SELECT text FROM memory_rows")).length).toBe(1);
    expect(
      asAdmin.audit({ who: admin, limit: 10 }).map(({ what, subject }) => [what, subject]),
    ).toEqual([["granted", admin]]);
    const owner = await store.as(store.link.user);
    for (const change of ["DELETE FROM audit", "UPDATE audit SET who = 'x'", "TRUNCATE audit"]) {
      for (const one of [psql, owner]) expect(await one.refusal(change), change).toMatch(/^42501/u);
    }
    const refused = codeOf(() =>
      asPlain.grant(plain, [{ scope: "namespaces", name: "", can: "write" }]),
    );
    expect(refused).toBe("HAYPILE_STORE_RIGHTS");
  });

  it("makes a login whose password is in no statement, and gives clear errors for what there is not", async () => {
    const name = `pw_${role}`;
    const password = store.team.makeLogin(name);
    try {
      expect(password).toMatch(/^[a-z2-9]{26}$/u);
      store.team.grant(name, [{ scope: "namespace", name: "ours", can: "read" }]);
      const url = new URL(store.database.urlAs(name));
      url.password = password ?? "";
      const client = new pg.Client({ connectionString: url.href });
      await client.connect();
      const { rows } = await client.query("SELECT count(*)::int AS count FROM haypile.memory_rows");
      await client.end();
      expect(rows).toEqual([{ count: 1 }]);
      const [{ verifier } = { verifier: "" }] = await store.database.ask<{ verifier: string }>(
        `SELECT rolpassword AS verifier FROM pg_authid WHERE rolname = '${name}'`,
      );
      expect(verifier).toMatch(/^SCRAM-SHA-256\$/u);
      expect(codeOf(() => store.team.makeLogin(name))).toBe("HAYPILE_USAGE");
    } finally {
      store.team.revoke(name, undefined);
      await store.database.ask(`DROP ROLE ${name}`);
    }
    expect(codeOf(() => store.team.grant("nobody_here", []))).toBe(undefined);
    expect(
      codeOf(() => store.team.grant("nobody_here", [{ scope: "new", name: "", can: "write" }])),
    ).toBe("HAYPILE_USAGE");
    expect(codeOf(() => store.team.grant("pg_monitor", []))).toBe("HAYPILE_USAGE");
  });

  it("says no right to be gone that another gave, and what that one has to run", async () => {
    const given = await store.person("given");
    const [{ group } = { group: "" }] = await store.database.ask<{ group: string }>(
      "SELECT role::text AS group FROM haypile.team_groups WHERE kind = 'admin'",
    );
    await store.database.ask(`GRANT ${group} TO ${given}`);
    const before = store.team.audit({ subject: given, limit: 10 });
    let refused: HaypileError | undefined;
    try {
      store.team.revoke(given, undefined);
    } catch (error) {
      refused = error as HaypileError;
    }
    const sql = `REVOKE "${group}" FROM "${given}" GRANTED BY "postgres";`;
    expect([refused?.code, refused?.message]).toEqual([
      "HAYPILE_STORE_RIGHTS",
      expect.stringContaining(sql),
    ]);
    expect(refused?.data).toMatchObject({ sql: [sql] });
    expect(store.team.audit({ subject: given, limit: 10 })).toEqual(before);
    await store.database.ask(sql);
    expect(store.team.revoke(given, undefined)).toBe(0);
    // So with the groups of those who read and write, and where an admin asks, who sees none of the tables of rights.
    const admin = await store.person("taker");
    store.team.grant(admin, [{ scope: "group", name: "", can: "admin" }]);
    store.team.grant(given, [{ scope: "namespace", name: "ours", can: "write" }]);
    await store.database.ask(`GRANT ${group.replace("_admin", "_writer")} TO ${given}`);
    expect(() => new PgTeam(store.linkAs(admin)).revoke(given, undefined)).toThrow(
      /GRANTED BY "postgres"/u,
    );
    await store.database.ask(
      `REVOKE ${group.replace("_admin", "_writer")} FROM ${given} GRANTED BY postgres`,
    );
    expect(store.team.revoke(given, undefined)).toBe(1);
  });

  it("lists a member whose role was dropped as one that is not there, until its grants go", async () => {
    const lost = await store.person("lost");
    store.team.grant(lost, [{ scope: "namespace", name: "ours", can: "read" }]);
    await store.database.ask(`DROP ROLE ${lost}`);
    expect(store.team.members().filter(({ isThere }) => !isThere).length).toBe(1);
    store.team.grant(role, [{ scope: "namespace", name: "ours", can: "write" }]);
    expect(store.team.members().filter(({ isThere }) => !isThere)).toEqual([]);
  });

  it("names the client of each text, where a server writes those of several at once", async () => {
    const memories = new MemoryService({ store: openPgMemoryStore(store.linkAs(role)) });
    const clients = ["ada", "bo", "ada", "cy", "bo"];
    const made = await Promise.all(
      clients.map((name, at) =>
        asActor(name, () => memories.remember(`Text ${at} of ${name}.`, { namespace: "ours" })),
      ),
    );
    const said = new Map(
      store.team
        .audit({ namespace: "ours", what: ["wrote"], limit: 100 })
        .map((one) => [one.subject, one.said]),
    );
    expect(made.map(({ id }) => said.get(id))).toEqual(clients);
    await memories.close();
  });
});

function codeOf(work: () => unknown): string | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    if (HaypileError.isInstance(error)) return error.code;
    throw error;
  }
}
