/*
 * Makes test/fixtures/schemas/team-N.sql.gz: a dump of a team's store in the form of version N, the latest, with some rows.
 *   node scripts/make-team-fixtures.ts
 * Run it when a version is made, and as long as it was not released after each change of it. Dumps of released versions
 * stay as they are.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { openLink } from "../src/storage/postgres/link/open.ts";
import { openPgMemoryStore } from "../src/storage/postgres/memories/store.ts";
import { schemaSteps } from "../src/storage/postgres/schema/steps.ts";
import { memoryRow } from "../test/helpers/memory-rows.ts";
import { databaseOn, testServer } from "../test/helpers/postgres.ts";

const folder = join(import.meta.dirname, "..", "test", "fixtures", "schemas");

async function main(): Promise<void> {
  const server = await testServer();
  try {
    const database = await databaseOn(server);
    const link = openLink({ url: database.url });
    const store = openPgMemoryStore(link);
    store.write("add memories", () => {
      for (const key of ["first", "second"])
        store.rows.insert(memoryRow(key, { text: `the ${key} of a dump` }));
      store.relations.addNote("first", 5, "noted in a dump");
    });
    link.run("INSERT INTO code_projects(name) VALUES ('kept')");
    link.run(`INSERT INTO grants(member, scope, name, can, given_by, given_at)
      SELECT oid, 'namespace', 'default', 'write', 'postgres', '2026-11-29' FROM pg_roles WHERE rolname = 'postgres'`);
    store.close();
    link.close();
    const name = new URL(database.url).pathname.slice(1);
    const dump = server.program("pg_dump", [
      ...["-h", "127.0.0.1", "-p", String(server.port), "-U", "postgres", "--schema=haypile", name],
    ]);
    const version = schemaSteps.at(-1)?.version;
    const path = join(folder, `team-${version}.sql.gz`);
    writeFileSync(path, gzipSync(dump, { level: 9 }));
    process.stderr.write(`${path}\n`);
  } finally {
    await server.close();
  }
}

await main();
