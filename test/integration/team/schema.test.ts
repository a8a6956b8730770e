/* The tables of a store: made once by many who come at once, changed by who owns them, forward only. */
import { afterEach, describe, expect, it } from "vitest";
import { HaypileError } from "../../../src/base/errors.ts";
import { openLink } from "../../../src/storage/postgres/link/open.ts";
import { checkVersion, ensureSchema } from "../../../src/storage/postgres/schema/schema.ts";
import { schemaSteps } from "../../../src/storage/postgres/schema/steps.ts";
import { testDatabase, whyNoPostgres } from "../../helpers/postgres.ts";
import { schemaMakers } from "../../helpers/team/schema-makers.ts";
import { type TeamStore, teamStore } from "../../helpers/team/team-store.ts";

const next = {
  version: 2,
  sql: [
    "ALTER TABLE memory_rows ADD COLUMN mood text",
    "CREATE TABLE moods(namespace_id int4 NOT NULL, mood text NOT NULL)",
  ],
};
const broken = { version: 3, sql: ["CREATE TABLE half(one int)", "SELECT 1 / 0"] };

describe.skipIf(whyNoPostgres !== undefined)("the tables of a store", () => {
  const closing: (() => unknown)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });

  async function store(): Promise<TeamStore> {
    const made = await teamStore();
    closing.push(() => made.close());
    return made;
  }

  it("are made once, of several processes that come at once", async () => {
    const database = await testDatabase();
    closing.push(() => database.close());
    const said = await schemaMakers(database.url, 6);
    expect(said).toEqual(Array(6).fill("1"));
    const made = await database.ask<{ count: string }>(
      "SELECT count(*) FROM haypile.schema_versions",
    );
    expect(Number(made[0]?.count)).toBe(1);
  });

  it("go on to a later version for who owns them; rows stay, what is new is guarded and shared", async () => {
    const { link, team, person, as, linkAs } = await store();
    const role = await person("member");
    team.grant(role, [{ scope: "namespace", name: "ours", can: "read" }]);
    const old = linkAs(role);
    ensureSchema(old);
    const [mark] = old.rows("SELECT store_mark() AS mark");
    link.run("INSERT INTO namespaces(name) VALUES ('ours'), ('theirs')");
    ensureSchema(link, link.schema, { steps: [...schemaSteps, next] });
    link.run("INSERT INTO moods SELECT id, name FROM namespaces");
    const member = await as(role);
    expect(await member.ask("SELECT mood FROM moods")).toEqual([["ours"]]);
    expect(await member.refusal("INSERT INTO moods VALUES (1, 'x')")).toMatch(/^42501/u);
    // An older Haypile that was at work finds out by the mark, and says so.
    expect(old.rows("SELECT store_mark() AS mark")).not.toEqual([mark]);
    expect(codeOf(() => checkVersion(old))).toBe("HAYPILE_DB_NEWER");
    expect(codeOf(() => ensureSchema(link))).toBe("HAYPILE_DB_NEWER");
    expect(messageOf(() => ensureSchema(link))).toMatch(
      /version 2.*knows them up to 1.*Install Haypile/u,
    );
  });

  it("are left by a step that fails as they were", async () => {
    const { link } = await store();
    expect(
      codeOf(() => ensureSchema(link, link.schema, { steps: [...schemaSteps, next, broken] })),
    ).toBeDefined();
    expect(link.lists("SELECT max(version) FROM schema_versions")).toEqual([[1]]);
    expect(link.lists("SELECT to_regclass('moods'), to_regclass('half')")).toEqual([[null, null]]);
    ensureSchema(link);
  });

  it("are not changed by a member: it is told who has to", async () => {
    const { team, person, linkAs } = await store();
    const role = await person("member");
    team.grant(role, [{ scope: "namespaces", name: "", can: "write" }]);
    const member = linkAs(role);
    ensureSchema(member);
    const newer = { steps: [...schemaSteps, next] };
    expect(codeOf(() => ensureSchema(member, member.schema, newer))).toBe("HAYPILE_STORE_RIGHTS");
    expect(messageOf(() => ensureSchema(member, member.schema, newer))).toMatch(
      /of version 1, and this Haypile .* needs 2.*haypile team init/u,
    );
    expect(codeOf(() => checkVersion(member, newer))).toBe("HAYPILE_STORE_RIGHTS");
  });

  it("say to a stranger that it is none of the team", async () => {
    const { person, linkAs } = await store();
    const stranger = linkAs(await person("stranger"));
    expect(codeOf(() => ensureSchema(stranger))).toBe("HAYPILE_STORE_RIGHTS");
    expect(messageOf(() => ensureSchema(stranger))).toContain("haypile team grant");
  });

  it("are not made without pgvector or rights, and the error has the statement for the administrator", async () => {
    const database = await testDatabase({ vector: false });
    closing.push(() => database.close());
    const role = `poor_${Date.now().toString(36)}`;
    await database.ask(`CREATE ROLE ${role} LOGIN`);
    const poor = openLink({ url: database.urlAs(role) });
    closing.push(() => database.ask(`DROP OWNED BY ${role}; DROP ROLE ${role}`));
    closing.push(() => poor.close());
    expect(messageOf(() => ensureSchema(poor))).toContain(
      `CREATE SCHEMA "haypile" AUTHORIZATION "${role}"`,
    );
    await database.ask(`CREATE SCHEMA haypile AUTHORIZATION ${role}`);
    expect(codeOf(() => ensureSchema(poor))).toBe("HAYPILE_STORE_RIGHTS");
    expect(messageOf(() => ensureSchema(poor))).toContain("CREATE EXTENSION vector");
    expect(
      await database.ask("SELECT FROM pg_class WHERE relnamespace = 'haypile'::regnamespace"),
    ).toEqual([]);
    await database.ask("CREATE EXTENSION vector");
    ensureSchema(poor);
    // Two stores in one database.
    const other = openLink({ url: `${database.url}?schema=other` });
    closing.push(() => other.close());
    ensureSchema(other);
    expect(other.lists("SELECT count(*) FROM schema_versions")).toEqual([[1]]);
  });

  it("are not made in a schema that a stranger owns, who could drop them and act in their name", async () => {
    const database = await testDatabase();
    closing.push(() => database.close());
    const name = new URL(database.url).pathname.slice(1);
    const [owner, stranger] = [`${name}_own`, `${name}_other`];
    await database.ask(`CREATE ROLE ${owner} LOGIN; CREATE ROLE ${stranger}; CREATE EXTENSION IF NOT EXISTS vector;
      CREATE SCHEMA haypile AUTHORIZATION ${stranger}; GRANT ALL ON SCHEMA haypile TO PUBLIC`);
    const url = new URL(database.url);
    url.username = owner;
    const link = openLink({ url: url.href });
    closing.push(async () => {
      link.close();
      await database.ask(
        `DROP OWNED BY ${owner}, ${stranger} CASCADE; DROP ROLE ${owner}; DROP ROLE ${stranger}`,
      );
    });
    expect(codeOf(() => ensureSchema(link))).toBe("HAYPILE_STORE_REFUSED");
    expect(messageOf(() => ensureSchema(link))).toContain(
      `ALTER SCHEMA "haypile" OWNER TO "${owner}"`,
    );
    // Of the server's administrator, who may do anything there anyway.
    await database.ask("ALTER SCHEMA haypile OWNER TO CURRENT_USER");
    ensureSchema(link);
    expect(link.lists("SELECT max(version) FROM schema_versions")).toEqual([[1]]);
  });

  it("guards what nobody guarded, and refuses a view that shows what its owner sees", async () => {
    const { link, team, person, as } = await store();
    const role = await person("member");
    team.grant(role, [{ scope: "namespaces", name: "", can: "write" }]);
    const step = (sql: string): { steps: typeof schemaSteps } => ({
      steps: [...schemaSteps, { version: 2, sql: [sql] }],
    });
    expect(
      messageOf(() =>
        ensureSchema(link, link.schema, step("CREATE VIEW all_of_it AS SELECT * FROM memory_rows")),
      ),
    ).toContain("all_of_it");
    expect(
      messageOf(() =>
        ensureSchema(link, link.schema, step("CREATE MATERIALIZED VIEW kept AS SELECT 1")),
      ),
    ).toContain("kept");
    ensureSchema(link, link.schema, step("CREATE TABLE loose(one int)"));
    expect(await (await as(role)).refusal("SELECT * FROM loose")).toMatch(/^42501/u);
  });
});

function errorOf(work: () => unknown): HaypileError | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    if (HaypileError.isInstance(error)) return error;
    throw error;
  }
}

function codeOf(work: () => unknown): string | undefined {
  return errorOf(work)?.code;
}

function messageOf(work: () => unknown): string {
  return errorOf(work)?.message ?? "";
}
