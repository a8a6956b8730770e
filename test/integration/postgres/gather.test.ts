/** Calls with lists that follow each other become one statement, and nobody can tell but by the clock. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { PgLink } from "../../../src/storage/postgres/link/link.ts";
import { openLink } from "../../../src/storage/postgres/link/open.ts";
import { type TestDatabase, testDatabase, whyNoPostgres } from "../../helpers/postgres.ts";

const into = "INSERT INTO g(id, x) SELECT id, x FROM unnest($1::int4[], $2::text[]) AS a(id, x)";
const other = "INSERT INTO g(id, x) SELECT id, 'other' FROM unnest($1::int4[]) AS a(id)";

describe.skipIf(whyNoPostgres !== undefined)("gathered calls", () => {
  let database: TestDatabase;
  let link: PgLink;

  beforeAll(async () => {
    database = await testDatabase();
    // A row for each statement, with how many rows it wrote.
    await database.ask(`CREATE SCHEMA haypile; SET search_path = haypile;
      CREATE TABLE g(id int PRIMARY KEY, x text); CREATE TABLE statements(at serial, rows int);
      CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN INSERT INTO haypile.statements(rows) SELECT count(*) FROM added; RETURN NULL; END $$;
      CREATE TRIGGER note AFTER INSERT ON g REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION note()`);
    link = openLink({ url: database.url });
  });
  beforeEach(() => {
    link.transaction(() => link.send("TRUNCATE g, statements"));
  });
  afterAll(async () => {
    link.close();
    await database.close();
  });

  const rows = (): unknown[][] => link.lists("SELECT id, x FROM g ORDER BY id");
  const statements = (): unknown[] =>
    link.lists("SELECT rows FROM statements ORDER BY at").map(([count]) => count);
  const put = (id: number, x: string | null = "x"): void => link.gather(into, [[id], [x]]);

  it("are one statement, with all values of each in their order", () => {
    link.transaction(() => {
      put(1, "a");
      link.gather(into, [
        [3, 2],
        ["c", null],
      ]);
      link.gather(into, [[], []]);
      put(4, "ü");
    });
    expect(rows()).toEqual([
      [1, "a"],
      [2, null],
      [3, "c"],
      [4, "ü"],
    ]);
    expect(statements()).toEqual([4]);
  });

  it("come before whatever is asked or sent after them", () => {
    const seen = link.transaction(() => {
      put(1);
      put(2);
      const count = link.lists("SELECT count(*) FROM g")[0]?.[0];
      put(3);
      link.send("UPDATE g SET x = 'sent' WHERE id = 3");
      link.gather(other, [[4]]);
      put(5);
      return count;
    });
    expect(seen).toBe(2);
    expect(statements()).toEqual([2, 1, 1, 1]);
    expect(rows().slice(2)).toEqual([
      [3, "sent"],
      [4, "other"],
      [5, "x"],
    ]);
  });

  it("become several statements where they are very many", () => {
    link.transaction(() => {
      for (let id = 0; id < 1_001; id += 1) put(id);
    });
    expect(statements()).toEqual([500, 500, 1]);
  });

  it("are taken back with their transaction, also those that were not sent yet", () => {
    const broken = (): void =>
      link.transaction(() => {
        put(1);
        throw new Error("no");
      });
    expect(broken).toThrow("no");
    link.transaction(() => put(2));
    expect(rows()).toEqual([[2, "x"]]);
  });

  it("stay with the part of a transaction in which they were called", () => {
    link.transaction(() => {
      put(1);
      try {
        link.transaction(() => {
          put(2);
          throw new Error("inner");
        });
      } catch {
        // Goes on without it.
      }
      put(3);
      link.transaction(() => put(4));
    });
    expect(rows().map(([id]) => id)).toEqual([1, 3, 4]);
  });

  it("tell their error at the next statement, or at the end", () => {
    link.transaction(() => put(1));
    const atEnd = (): void => link.transaction(() => put(1));
    expect(atEnd).toThrow(/duplicate key/);
    const atNext = (): void =>
      link.transaction(() => {
        put(1);
        link.lists("SELECT 1");
      });
    expect(atNext).toThrow(/duplicate key/);
    expect(rows()).toEqual([[1, "x"]]);
  });
});
