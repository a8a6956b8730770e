/* The index of a project in a team's store keeps the contract that an index in a file keeps. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openPgStore } from "../../../src/storage/postgres/index/store.ts";
import type { PgLink } from "../../../src/storage/postgres/link/link.ts";
import { openLink } from "../../../src/storage/postgres/link/open.ts";
import { describeStore } from "../../contract/store-contract.ts";
import { type TestDatabase, testDatabase, whyNoPostgres } from "../../helpers/postgres.ts";
import { codeOf, file, hello, parser, prose } from "../../helpers/store-files.ts";

describe.skipIf(whyNoPostgres !== undefined)("an index over PostgreSQL", () => {
  let database: TestDatabase;
  let link: PgLink;
  let projects = 0;
  const newName = (): string => {
    projects += 1;
    return `project ${projects}`;
  };

  beforeAll(async () => {
    database = await testDatabase();
    link = openLink({ url: database.url });
  });
  afterAll(async () => {
    link?.close();
    await database?.close();
  });

  describeStore("PgStore", {
    makePlace() {
      const name = newName();
      return { open: () => openPgStore(link, name), cleanUp: () => undefined };
    },
  });

  it("keeps two projects apart in everything", () => {
    const [a, b] = [openPgStore(link, newName()), openPgStore(link, newName())];
    a.files.put([file("src/a.ts", [hello, parser]), file("b.txt", [prose])]);
    b.files.put([file("src/b.ts", [hello])]);
    expect([...b.files.all().keys()]).toEqual(["src/b.ts"]);
    expect(b.texts.search("marmot parser", 5)).toEqual([]);
    expect(b.texts.search("src", 5)).toHaveLength(1);
    expect(b.facts.stats()).toMatchObject({ files: 1, chunks: 1 });
    b.files.remove(["src/b.ts"]);
    expect(a.facts.stats()).toMatchObject({ files: 2, chunks: 3 });
    expect(a.texts.search("hello", 5)).toHaveLength(1);
  });

  it("says by its mark whether anybody wrote", () => {
    const name = newName();
    const [own, other] = [openPgStore(link, name), openPgStore(link, name)];
    const before = own.facts.changeMark();
    own.texts.search("anything", 5);
    expect(own.facts.changeMark()).toBe(before);
    other.facts.set("a", "b");
    expect(own.facts.changeMark()).not.toBe(before);
  });

  it("is not made where it is only to be read", () => {
    const name = newName();
    expect(codeOf(() => openPgStore(link, name, { creates: false }))).toBe("HAYPILE_NOT_INDEXED");
    openPgStore(link, name).close();
    expect(codeOf(() => openPgStore(link, name, { creates: false }))).toBe("no error");
  });
});
