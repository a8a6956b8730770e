/*
 * A member of a team with psql in place of Haypile: what rows, numbers and words of another namespace and project can be had.
 * Every table, function, index and view there is in the schema is tried, whoever added it.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { whyNoPostgres } from "../../helpers/postgres.ts";
import { type Seed, seedEverywhere, shows } from "../../helpers/team/seeded.ts";
import { type Psql, type TeamStore, teamStore } from "../../helpers/team/team-store.ts";

const own: Seed = { word: "heron", number: 41_283, namespace: "ours", project: "our-app" };
const theirs: Seed = {
  word: "ibexsecret",
  number: 73_519,
  namespace: "theirs",
  project: "their-app",
};

describe.skipIf(whyNoPostgres !== undefined)("rights in a team's store", () => {
  let store: TeamStore;
  let root: Psql;
  let reader: Psql;
  let writer: Psql;
  let ids: { own: Ids; theirs: Ids };
  let tables: string[];

  type Ids = { namespace: number; project: number };

  beforeAll(async () => {
    store = await teamStore();
    root = await store.as("postgres");
    const seeded = await seedEverywhere(root, own);
    ids = { own: seeded, theirs: await seedEverywhere(root, theirs) };
    ({ tables } = seeded);
    await root.ask("ANALYZE");
    for (const [name, can] of [
      ["reader", "read"],
      ["writer", "write"],
    ] as const) {
      const role = await store.person(name);
      store.team.grant(role, [
        { scope: "namespace", name: own.namespace, can },
        { scope: "project", name: own.project, can },
      ]);
      if (name === "reader") reader = await store.as(role);
      else writer = await store.as(role);
    }
  });
  afterAll(() => store?.close());

  it("shows every row that was granted, and none of the others, in every table", async () => {
    expect(tables.length).toBeGreaterThan(20);
    for (const table of tables) {
      for (const psql of [reader, writer]) {
        const seen = await psql.ask(`SELECT t::text FROM ${table} t`);
        expect(seen.length, table).toBe(1);
        expect(shows(theirs, JSON.stringify(seen)), table).toBe(false);
      }
      expect((await root.ask(`SELECT t::text FROM ${table} t`)).length, table).toBeGreaterThan(1);
    }
    for (const table of ["namespaces", "code_projects"]) {
      const names = await reader.ask(`SELECT name FROM ${table}`);
      expect(names).toEqual([[table === "namespaces" ? own.namespace : own.project]]);
    }
  });

  it("gives nothing by what else has rows: partitions, indexes, sequences, TOAST, views, statistics", async () => {
    const relations = await root.ask(`SELECT c.oid::regclass::text, c.relkind FROM pg_class c
      WHERE c.relnamespace = 'haypile'::regnamespace OR c.oid IN
        (SELECT reltoastrelid FROM pg_class WHERE relnamespace = 'haypile'::regnamespace AND reltoastrelid <> 0)`);
    expect(relations.length).toBeGreaterThan(100);
    for (const psql of [reader, writer]) {
      for (const [found, kind] of relations) {
        const name = found ?? "";
        const more = tables.includes(name)
          ? [
              `SELECT t::text FROM ${name} t TABLESAMPLE BERNOULLI (100)`,
              `SELECT t::text FROM ONLY ${name} t WHERE ctid IS NOT NULL`,
              `SELECT t::text FROM ${name} t FOR SHARE`,
            ]
          : [];
        // The rest says at once that it is no table.
        if (kind === "i" || kind === "I") continue;
        for (const text of [`SELECT t::text FROM ${name} t`, ...more]) {
          expect(shows(theirs, await said(psql, text)), text).toBe(false);
        }
      }
      for (const text of [
        "SELECT s::text FROM pg_stats s WHERE schemaname = 'haypile'",
        "SELECT s::text FROM pg_stats_ext s",
        "SELECT s::text FROM pg_statistic s",
        "SELECT s::text FROM pg_stat_activity s",
        "SELECT s::text FROM pg_prepared_statements s",
        "SELECT s::text FROM pg_largeobject s",
        "SELECT pg_read_file('postgresql.conf')",
        "SELECT pg_ls_dir('.')",
        "COPY memory_rows TO '/tmp/of-a-reader'",
        "COPY memory_rows TO PROGRAM 'cat'",
      ]) {
        expect(shows(theirs, await said(psql, text)), text).toBe(false);
      }
    }
  });

  it("gives nothing by any function of the store, whatever it is asked", async () => {
    const functions = await root.ask(
      `SELECT p.oid::regproc::text,
        (SELECT string_agg(format_type(t, NULL), ',' ORDER BY at) FROM unnest(p.proargtypes) WITH ORDINALITY a(t, at)),
        p.prosecdef, has_function_privilege($1, p.oid, 'EXECUTE'), p.prorettype = 'trigger'::regtype
      FROM pg_proc p WHERE p.pronamespace = 'haypile'::regnamespace`,
      [(await reader.ask("SELECT session_user::text"))[0]?.[0]],
    );
    expect(functions.length).toBeGreaterThan(30);
    let called = 0;
    const telling = new Set<string>();
    for (const [name, types, , mayCall] of functions) {
      if (mayCall !== "t") {
        expect(await reader.refusal(`SELECT ${name}(${nulls(types)})`), name ?? "").toMatch(
          /^42(501|883|809)|^0A000/u,
        );
        continue;
      }
      for (const args of argumentsOf(types ?? "", ids.theirs, theirs)) {
        for (const psql of [reader, writer]) {
          const text = `SELECT f::text FROM ${name}(${args}) f`;
          const answer = await said(psql, text, 2_000);
          expect(shows(theirs, answer), text).toBe(false);
          called += 1;
          // The same asked by who sees all does show it, or the question would be none.
          if (psql === reader && shows(theirs, await said(root, text, 2_000)))
            telling.add(name ?? "");
        }
      }
    }
    expect(called).toBeGreaterThan(50);
    expect(telling.size).toBeGreaterThan(1);
  });

  it("finds nothing of the others by words, vectors and names", async () => {
    const { namespace, project } = ids.theirs;
    const vector = `[${String(theirs.number).split("").join(",")}]`;
    const [[hash, name] = []] = await root.ask(
      "SELECT hash, name FROM code_names WHERE project = $1",
      [project],
    );
    const calls: [string, unknown[]][] = [
      ...[
        "ARRAY[$1], '{}', '{}', '{}'",
        "'{}', ARRAY[$1 || ' word'], '{1}', '{f}'",
        "'{}', ARRAY[$1], '{1}', '{t}'",
      ].map((asked): [string, unknown[]] => [
        `memory_parts_with(${asked}, '{0}', 4000000000)`,
        [theirs.word],
      ]),
      ["memory_count_with($1, 'nowhere', false, 10)", [theirs.word]],
      ["memory_count_with('nowhere', $1, true, 10)", [theirs.word]],
      ...(["memory", "code"] as const).flatMap((name): [string, unknown[]][] => {
        const values = [vector, name === "memory" ? namespace : project];
        const few = `${name}_nearest($1::vector, 5, NULL, ARRAY[$2]::int4[], NULL, NULL, NULL, 0, NULL)`;
        const many = `${name}_nearest($1::vector, 5, NULL, NULL, NULL, ARRAY[$2]::int4[], ARRAY[40], 0, NULL)`;
        return [
          [few, values],
          [many, values],
        ];
      }),
      ["code_names_with($1, $2::tsquery, 10)", [project, theirs.word]],
      ["code_exact_with($1, ARRAY[$2])", [project, theirs.word]],
      ["code_refs_with($1, ARRAY[$2], ARRAY[$3]::int4[], ARRAY[10], '')", [project, name, hash]],
    ];
    for (const [call, values] of calls) {
      const text = `SELECT f::text FROM ${call} f`;
      const none = JSON.stringify(
        await root.ask(
          text,
          values.map((value) => (value === theirs.word ? "nowhere" : value)),
        ),
      );
      const all = JSON.stringify(await root.ask(text, values));
      const isByWord = values.includes(theirs.word);
      for (const psql of [reader, writer]) {
        const got = JSON.stringify(await psql.ask(text, values));
        expect(got, call).toBe(isByWord ? none : "[]");
        if (!call.startsWith("code_refs_with")) expect(all, call).not.toBe(got);
      }
    }
  });

  it("lets no function be called by everybody, and sets the path of each that has the owner's rights", async () => {
    const open = await root.ask(`SELECT p.oid::regprocedure::text FROM pg_proc p
      WHERE p.pronamespace = 'haypile'::regnamespace AND (p.proacl IS NULL OR EXISTS
        (SELECT FROM aclexplode(p.proacl) a WHERE a.grantee = 0))`);
    expect(open).toEqual([]);
    const unset = await root.ask(`SELECT p.oid::regprocedure::text FROM pg_proc p WHERE p.prosecdef
      AND p.pronamespace = 'haypile'::regnamespace
      AND NOT 'search_path=haypile, public, pg_temp' = ANY(coalesce(p.proconfig, '{}'))`);
    expect(unset).toEqual([]);
    const tablesOfAll = await root.ask(`SELECT c.oid::regclass::text FROM pg_class c
      WHERE c.relnamespace = 'haypile'::regnamespace AND EXISTS
        (SELECT FROM aclexplode(c.relacl) a WHERE a.grantee = 0)`);
    expect(tablesOfAll).toEqual([]);
  });

  it("tells nothing by functions, casts and plans that see rows before the policy does", async () => {
    await reader.ask(`CREATE FUNCTION pg_temp.leak(said text) RETURNS boolean LANGUAGE plpgsql COST 0.0000001 AS
      $$ BEGIN RAISE NOTICE 'saw %', said; RETURN true; END $$`);
    await reader
      .ask(
        `CREATE OPERATOR pg_temp.=% (leftarg = text, rightarg = text, function = pg_catalog.texteq)`,
      )
      .catch(() => undefined);
    for (const text of [
      "SELECT count(*) FROM memory_rows WHERE pg_temp.leak(text)",
      "SELECT count(*) FROM memory_rows r JOIN memory_notes n ON pg_temp.leak(n.what) AND pg_temp.leak(r.key)",
      "SELECT count(*) FROM memory_rows WHERE text::int = 1 OR key::int = 2",
      "SELECT count(*) FROM memory_rows WHERE 1 / (length(text) - length(text)) = 1",
      "SELECT count(*) FROM code_chunks WHERE pg_temp.leak(body)",
      "SELECT count(*) FROM code_files WHERE path::int = 1",
      "SELECT max(text) FROM memory_rows",
      "SELECT text FROM memory_rows ORDER BY text DESC LIMIT 1",
      "SELECT string_agg(text, ',') OVER () FROM memory_rows",
      "SELECT (SELECT text FROM memory_rows ORDER BY id DESC LIMIT 1)",
      "WITH RECURSIVE r AS (SELECT text FROM memory_rows UNION SELECT text FROM r) SELECT * FROM r",
      "SELECT xmin, ctid, tableoid, text FROM memory_rows",
      "SELECT query_to_xml('SELECT * FROM memory_rows', true, false, '')",
      "SELECT schema_to_xml('haypile', true, false, '')",
      "DECLARE c CURSOR WITH HOLD FOR SELECT text FROM memory_rows; FETCH ALL FROM c",
      "CREATE TEMP TABLE mine AS SELECT * FROM memory_rows; SELECT mine::text FROM mine",
      "EXPLAIN (VERBOSE) SELECT * FROM memory_rows WHERE text LIKE 'ibex%'",
      "SET row_security = off; SELECT text FROM memory_rows",
      "RESET row_security",
    ]) {
      expect(shows(theirs, (await said(reader, text)) + reader.notices.join()), text).toBe(false);
    }
    expect(reader.notices.join()).toContain(own.word);
  });

  it("lets nobody become another, and nothing stand in the way of the owner's functions", async () => {
    const owner = store.link.user;
    for (const text of [
      `SET ROLE ${owner}`,
      `SET SESSION AUTHORIZATION ${owner}`,
      "CREATE TABLE haypile.mine(one int)",
      "CREATE FUNCTION haypile.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
      "ALTER TABLE memory_rows DISABLE ROW LEVEL SECURITY",
      "DROP POLICY sees ON memory_rows",
      "CREATE POLICY all_of_it ON memory_rows USING (true)",
      "CREATE RULE r AS ON SELECT TO memory_rows DO INSTEAD SELECT 1",
      "CREATE TRIGGER t BEFORE INSERT ON memory_rows FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()",
      "CREATE INDEX mine ON memory_rows(text)",
      "CREATE STATISTICS mine ON key, text FROM memory_rows",
      "CREATE TABLE public.mine(n int REFERENCES memory_counters(one))",
      "TRUNCATE memory_rows",
      "UPDATE memory_counters SET last_row = last_row - 1",
      "UPDATE memory_counters SET last_part = -1, last_row = last_row + 1",
      "UPDATE memory_counters SET last_change = last_change - 1",
      "UPDATE memory_counters SET last_vector = last_vector - 1",
      "UPDATE memory_counters SET writes = writes - 1",
      "UPDATE memory_counters SET last_part = last_part + 1000001",
      "UPDATE memory_counters SET last_row = 4294967296, last_vector = 4294967296",
      "DELETE FROM memory_counters",
      "INSERT INTO grants(member, scope, name, can) SELECT oid, 'namespaces', '', 'write' FROM pg_roles WHERE rolname = session_user",
      "UPDATE grants SET name = 'theirs'",
      "DELETE FROM grants",
      "INSERT INTO team_groups VALUES ('admin', session_user::text::regrole)",
      "INSERT INTO guarded VALUES ('memory_rows', 'shared')",
      "UPDATE schema_versions SET version = 99",
      "INSERT INTO audit(what, scope, name) VALUES ('wrote', 'namespace', 'theirs')",
      "UPDATE audit SET who = 'other'",
      "DELETE FROM audit",
      "TRUNCATE audit",
      "DELETE FROM erased",
    ]) {
      for (const psql of [reader, writer])
        expect(await psql.refusal(text), text).toMatch(/^(42501|42809|42883|42P17)/u);
    }
    for (const psql of [reader, writer]) {
      const me = (await psql.ask("SELECT session_user::text"))[0]?.[0];
      for (const call of [
        `grant_access('${me}', 'namespaces', '', 'write')`,
        `grant_access('${me}', 'group', '', 'admin')`,
        `revoke_access('${me}', NULL, NULL)`,
      ]) {
        expect(await psql.refusal(`SELECT ${call}`), call).toMatch(/^42501/u);
      }
      // A table, function and type of the caller's own are not what the functions of the store find.
      await psql.ask(`CREATE TEMP TABLE grants AS SELECT '${me}'::regrole AS member, 'namespaces'::text AS scope,
        ''::text AS name, 'write'::text AS can`);
      await psql.ask(
        "CREATE TEMP TABLE namespaces AS SELECT g AS id, 'x'::text AS name FROM generate_series(1, 1000) g",
      );
      await psql.ask(
        "CREATE FUNCTION pg_temp.pg_has_role(name, oid, text) RETURNS boolean LANGUAGE sql AS 'SELECT true'",
      );
      await psql.ask("SET search_path = pg_temp, haypile, public");
      const seen = await psql.ask("SELECT haypile.visible_namespaces()");
      expect(seen).toEqual([[String(ids.own.namespace)]]);
      await psql.ask(
        "SET search_path = haypile, public; DROP TABLE pg_temp.grants, pg_temp.namespaces",
      );
    }
  });

  it("lets a writer change its own, nothing of the others, and a reader nothing", async () => {
    const { namespace, project } = ids.theirs;
    const notByHand = new Set(
      (await root.ask("SELECT relation::text FROM guarded WHERE NOT by_hand")).map(
        ([name]) => name,
      ),
    );
    expect(notByHand.size).toBe(3);
    for (const table of tables) {
      const [column, other] = (await has(table, "namespace_id"))
        ? ["namespace_id", namespace]
        : ["project", project];
      expect(await reader.refusal(`UPDATE ${table} SET ${column} = ${column}`), table).toMatch(
        /^42501/u,
      );
      expect(await reader.refusal(`DELETE FROM ${table}`), table).toMatch(/^42501/u);
      expect(await writer.refusal(`UPDATE ${table} SET ${column} = ${other}`), table).toMatch(
        /^42501/u,
      );
      if (notByHand.has(table)) {
        for (const text of [
          `UPDATE ${table} SET ${column} = ${column}`,
          `DELETE FROM ${table}`,
          `INSERT INTO ${table} SELECT * FROM ${table}`,
        ]) {
          expect(await writer.refusal(text), text).toMatch(/^42501/u);
        }
        continue;
      }
      expect(
        await writer.ask(
          `UPDATE ${table} SET ${column} = ${column} WHERE ${column} = ${other} RETURNING 1`,
        ),
      ).toEqual([]);
      expect(
        await writer.ask(`DELETE FROM ${table} WHERE ${column} = ${other} RETURNING 1`),
        table,
      ).toEqual([]);
      expect(
        (await writer.ask(`UPDATE ${table} SET ${column} = ${column} RETURNING 1`)).length,
        table,
      ).toBe(1);
      const copied = `INSERT INTO ${table} OVERRIDING USER VALUE SELECT * FROM ${table}`;
      const refused = await writer.refusal(
        `BEGIN; CREATE TEMP TABLE copy ON COMMIT DROP AS SELECT * FROM ${table};
         UPDATE copy SET ${column} = ${other}; INSERT INTO ${table} OVERRIDING USER VALUE SELECT * FROM copy`,
      );
      await writer.ask("ROLLBACK");
      expect(refused, copied).toMatch(/^42501/u);
      expect(shows(theirs, refused ?? "")).toBe(false);
    }
    expect((await root.ask("SELECT 1 FROM memory_rows")).length).toBe(2);
  });

  it("lets nobody take away the token by which another knows that its write is there", async () => {
    const token = "00000000-0000-4000-8000-000000000010";
    const other = token.replace(/10$/u, "11");
    await root.ask("INSERT INTO memory_tokens(token) VALUES ($1)", [token]);
    for (const text of [
      "DELETE FROM memory_tokens RETURNING 1",
      "UPDATE memory_tokens SET at = now() - interval '2 hours' RETURNING 1",
      "UPDATE memory_tokens SET token = gen_random_uuid() RETURNING 1",
    ]) {
      expect(await writer.ask(text), text).toEqual([]);
      expect(await reader.refusal(text), text).toMatch(/^42501/u);
    }
    const asOther = `INSERT INTO memory_tokens(token, who) VALUES ('${other}', 'postgres')`;
    expect(await writer.refusal(asOther)).toMatch(/^42501/u);
    // Its own it takes away with the next write, and those of who never came back anybody does.
    await writer.ask("INSERT INTO memory_tokens(token) VALUES ($1)", [other]);
    await root.ask("UPDATE memory_tokens SET at = now() - interval '2 hours' WHERE token = $1", [
      token,
    ]);
    expect((await writer.ask("DELETE FROM memory_tokens RETURNING 1")).length).toBe(2);
    await writer.ask("UPDATE memory_counters SET last_part = last_part + 1000");
    await root.ask("UPDATE memory_counters SET last_row = last_row + 2000000");
  });

  it("lets graphs be dropped by who puts other vectors in place, and by nobody else", async () => {
    await root.ask(
      "CREATE INDEX memory_graph_1 ON memory_vectors_0 USING hnsw ((v::halfvec(5)) halfvec_cosine_ops) WHERE vector_dims(v) = 5",
    );
    const role = await store.person("of_all");
    store.team.grant(role, [{ scope: "namespaces", name: "", can: "write" }]);
    const ofAll = await store.as(role);
    const isThere = async () =>
      (await root.ask("SELECT to_regclass('memory_graph_1') IS NOT NULL"))[0]?.[0] === "t";
    await root.ask(
      "CREATE TABLE put_by AS SELECT * FROM memory_next_vectors; DELETE FROM memory_next_vectors",
    );
    for (const psql of [writer, ofAll]) await psql.ask("SELECT memory_drop_graphs()");
    expect(await isThere()).toBe(true);
    await root.ask("INSERT INTO memory_next_vectors SELECT * FROM put_by; DROP TABLE put_by");
    await writer.ask("SELECT memory_drop_graphs()");
    expect(await isThere()).toBe(true);
    await ofAll.ask("SELECT memory_drop_graphs()");
    expect(await isThere()).toBe(false);
  });

  it("lets nobody's row stand in the way of another namespace's", async () => {
    const keys =
      await root.ask(`SELECT i.indexrelid::regclass::text FROM pg_index i JOIN guarded g ON g.relation = i.indrelid
      WHERE i.indisunique AND g.scope IN ('namespace', 'project') AND NOT EXISTS (SELECT FROM pg_attribute a
        WHERE a.attrelid = i.indrelid AND a.attnum = ANY(i.indkey) AND a.attname IN ('namespace_id', 'project'))`);
    // Numbers that the server gives, keys that nobody guesses, and what the owner alone writes.
    const counted = ["memory_anchors_pkey", "memory_notes_pkey", "memory_removed_pkey"];
    const others = keys
      .flat()
      .filter((key) => !/^sync_/u.test(key ?? "") && !counted.includes(key ?? ""));
    expect(others).toEqual(["memory_uses_pkey"]);
  });

  it("lets who may make new ones have what was not there, and nothing that was", async () => {
    const role = await store.person("maker");
    store.team.grant(role, [{ scope: "new", name: "", can: "write" }]);
    const maker = await store.as(role);
    const make =
      "INSERT INTO namespaces(name) VALUES ($1) ON CONFLICT (name) DO NOTHING RETURNING id";
    expect(await maker.refusal(make, [theirs.namespace])).toMatch(/^42501/u);
    // A name that was granted before anybody wrote there is not free either.
    store.team.grant(await store.person("waits"), [
      { scope: "namespace", name: "kept", can: "read" },
    ]);
    expect(await maker.refusal(make, ["kept"])).toMatch(/^42501/u);
    expect((await maker.ask(make, ["fresh"])).length).toBe(1);
    expect(await maker.ask("SELECT name FROM namespaces")).toEqual([["fresh"]]);
    expect(
      (await maker.ask("INSERT INTO code_projects(name) VALUES ('fresh-app') RETURNING id")).length,
    ).toBe(1);
    expect(await writer.refusal(make, ["of-a-writer"])).toMatch(/^42501/u);
    expect(await reader.refusal(make, ["of-a-reader"])).toMatch(/^42501/u);
  });

  it("gives a member what two of its processes make at once, and nobody else", async () => {
    const role = await store.person("twice");
    store.team.grant(role, [{ scope: "new", name: "", can: "write" }]);
    const other = await store.person("late");
    store.team.grant(other, [{ scope: "new", name: "", can: "write" }]);
    for (const [table, name] of [
      ["code_projects", "made-twice"],
      ["namespaces", "also-twice"],
    ]) {
      const first = await store.as(role);
      const make = `INSERT INTO ${table}(name) VALUES ('${name}') ON CONFLICT (name) DO NOTHING`;
      await first.ask("BEGIN");
      await first.ask(make);
      const later = [await store.as(role), await store.as(other)].map((one) => one.refusal(make));
      const waiting = "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted";
      while ((await root.ask(waiting)).length < later.length)
        await root.ask("SELECT pg_sleep(0.02)");
      await first.ask("COMMIT");
      const [own, others] = await Promise.all(later);
      expect(own, table).toBe(undefined);
      expect(others, table).toMatch(/^42501/u);
    }
  });

  it("shows and hides at once what is granted and taken, and says by its mark that rights changed", async () => {
    const role = await store.person("guest");
    store.team.grant(role, [{ scope: "namespace", name: own.namespace, can: "read" }]);
    const guest = await store.as(role);
    const mark = async (): Promise<unknown> => (await guest.ask("SELECT store_mark()"))[0]?.[0];
    const first = await mark();
    expect((await guest.ask("SELECT text FROM memory_rows")).length).toBe(1);
    store.team.grant(role, [{ scope: "namespaces", name: "", can: "read" }]);
    const second = await mark();
    expect(second).not.toBe(first);
    expect((await guest.ask("SELECT text FROM memory_rows")).length).toBe(2);
    expect(store.team.revoke(role, undefined)).toBe(2);
    expect(await guest.refusal("SELECT text FROM memory_rows")).toMatch(/^42501/u);
    expect(await guest.refusal("SELECT visible_namespaces()")).toMatch(/^42501/u);
  });

  it("counts what was granted to a group for who is in it, until they leave it", async () => {
    const [group, role] = [await store.person("people"), await store.person("member")];
    await root.ask(`GRANT ${group} TO ${role}`);
    store.team.grant(group, [{ scope: "namespace", name: theirs.namespace, can: "read" }]);
    const member = await store.as(role);
    expect((await member.ask("SELECT text FROM memory_rows")).length).toBe(1);
    await root.ask(`REVOKE ${group} FROM ${role}`);
    expect(await member.refusal("SELECT text FROM memory_rows")).toMatch(/^42501/u);
  });

  it("tells a stranger nothing, not even by NOTIFY", async () => {
    const stranger = await store.as(await store.person("stranger"));
    await stranger.ask("LISTEN haypile; LISTEN memories; LISTEN haypile_changes");
    for (const text of [
      "SELECT * FROM haypile.memory_rows",
      "SELECT haypile.visible_namespaces()",
      "SELECT haypile.store_mark()",
    ]) {
      expect(await stranger.refusal(text), text).toMatch(/^42501/u);
    }
    await root.ask("UPDATE memory_rows SET importance = 1");
    await stranger.ask("SELECT 1");
    expect(shows(theirs, stranger.told.join())).toBe(false);
  });

  async function said(psql: Psql, text: string, limitMs?: number): Promise<string> {
    try {
      if (limitMs !== undefined) await psql.ask(`SET statement_timeout = ${limitMs}`);
      return JSON.stringify(await psql.ask(text));
    } catch (error) {
      const { message, detail, hint, where } = error as Error & Record<string, string>;
      return [message, detail, hint, where].join("\n");
    }
  }

  async function has(table: string, column: string): Promise<boolean> {
    const found = await root.ask(
      "SELECT 1 FROM pg_attribute WHERE attrelid = to_regclass($1) AND attname = $2",
      [table, column],
    );
    return found.length > 0;
  }
});

function nulls(types: string | null | undefined): string {
  return (types ?? "")
    .split(",")
    .filter(Boolean)
    .map((type) => `NULL::${type}`)
    .join(", ");
}

/** Lists of arguments that ask for what the seed holds, by type. */
function argumentsOf(
  types: string,
  { namespace, project }: { namespace: number; project: number },
  seed: Seed,
): string[] {
  const all = types.split(",").filter(Boolean);
  const numbers = [namespace, project, seed.number * 100, seed.number * 100 + 1, 2_000_000_000];
  const vector = `[${String(seed.number).split("").join(",")}]`;
  const lists: string[] = [];
  for (let turn = 0; turn < (all.length === 0 ? 1 : numbers.length); turn += 1) {
    let integers = 0;
    lists.push(
      all
        .map((type) => {
          switch (type) {
            case "integer":
            case "bigint":
              integers += 1;
              // The first number is whose rows, what comes behind it is how many or up to where.
              return `${integers === 1 ? numbers[turn] : 1_000_000_000}::${type}`;
            case "integer[]":
            case "bigint[]":
              return `ARRAY[${numbers.join(", ")}]::${type}`;
            case "text":
              return `'${turn % 2 === 0 ? "" : seed.namespace}'`;
            case "text[]":
              return `ARRAY['${seed.word}']`;
            case "tsquery":
              return `'${seed.word}'::tsquery`;
            case "vector":
            case "halfvec":
              return `'${vector}'::${type}`;
            case "boolean":
              return "true";
            default:
              return `NULL::${type}`;
          }
        })
        .join(", "),
    );
  }
  return lists;
}
