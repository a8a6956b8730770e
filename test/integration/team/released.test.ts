/*
 * A store of each version that was released comes to today's form with all its rows. The dumps are made by
 * scripts/make-team-fixtures.ts.
 */
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterEach, describe, expect, it } from "vitest";
import { openLink } from "../../../src/storage/postgres/link/open.ts";
import { openPgMemoryStore } from "../../../src/storage/postgres/memories/store.ts";
import { ensureSchema } from "../../../src/storage/postgres/schema/schema.ts";
import { schemaSteps } from "../../../src/storage/postgres/schema/steps.ts";
import { repository } from "../../helpers/model.ts";
import { postgresPrograms } from "../../helpers/postgres/programs.ts";
import { type TestDatabase, testDatabase, whyNoPostgres } from "../../helpers/postgres.ts";
import { schemaForm } from "../../helpers/team/schema-form.ts";

const folder = join(repository, "test", "fixtures", "schemas");
const dumps = readdirSync(folder).filter((name) => name.startsWith("team-"));

describe.skipIf(whyNoPostgres !== undefined)("stores of released versions", () => {
  const closing: (() => unknown)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });

  async function database(): Promise<TestDatabase> {
    const made = await testDatabase();
    closing.push(() => made.close());
    return made;
  }

  it("are all here", () => {
    const names = schemaSteps.map(({ version }) => `team-${version}.sql.gz`);
    expect(dumps.sort()).toEqual(names.sort());
  });

  it.each(dumps)("%s comes to the form that is made today", async (name) => {
    const [old, fresh] = [await database(), await database()];
    const loaded = spawnSync(
      join(postgresPrograms(), "psql"),
      ["-q", "-v", "ON_ERROR_STOP=1", "-d", old.url],
      { input: gunzipSync(readFileSync(join(folder, name))), encoding: "utf8" },
    );
    expect(loaded.status, loaded.stderr).toBe(0);
    const links = [old, fresh].map(({ url }) => openLink({ url }));
    closing.push(() => {
      for (const one of links) one.close();
    });
    for (const link of links) ensureSchema(link);
    // Different? While the version is not released: node scripts/make-team-fixtures.ts. After that: a new step.
    expect(await schemaForm(old)).toEqual(await schemaForm(fresh));

    const [link] = links;
    if (link === undefined) throw new Error("two were opened");
    const store = openPgMemoryStore(link);
    expect(["first", "second"].map((key) => store.rows.current(key)?.text)).toEqual([
      "the first of a dump",
      "the second of a dump",
    ]);
    expect(store.relations.notes("first")).toEqual([{ at: 5, what: "noted in a dump" }]);
    store.close();
    expect(link.lists("SELECT name FROM code_projects")).toEqual([["kept"]]);
    expect(link.lists("SELECT member::text, name, can FROM grants")).toEqual([
      ["postgres", "default", "write"],
    ]);
    expect(Number(link.lists("SELECT count(*) FROM audit")[0]?.[0])).toBeGreaterThan(2);
  });
});
