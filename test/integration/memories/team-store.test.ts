/* The memories of a team's store keep the contracts that the file of memories keeps. */
import { afterAll, beforeAll, describe } from "vitest";
import type { MemoryStore } from "../../../src/ports/memory-rows.ts";
import { openLink } from "../../../src/storage/postgres/link/open.ts";
import { openPgMemoryStore } from "../../../src/storage/postgres/memories/store.ts";
import { describeMemoryStore } from "../../contract/memory-store-contract.ts";
import { type TestDatabase, testDatabase, whyNoPostgres } from "../../helpers/postgres.ts";

describe.skipIf(whyNoPostgres !== undefined)("memories over PostgreSQL", () => {
  let database: TestDatabase;
  let places = 0;
  beforeAll(async () => {
    database = await testDatabase();
  });
  afterAll(async () => {
    await database?.close();
  });

  describeMemoryStore("PgMemoryStore", {
    makePlace() {
      places += 1;
      const link = openLink({ url: `${database.url}?schema=memories_${places}` });
      return {
        open: (): MemoryStore => openPgMemoryStore(link),
        cleanUp: () => {
          link.run(`DROP SCHEMA IF EXISTS memories_${places} CASCADE`);
          link.close();
        },
      };
    },
  });
});
