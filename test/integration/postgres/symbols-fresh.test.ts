/* What is read ahead of a walk is never older than what was written before the question began, here or elsewhere. */
import { setImmediate as nextTurn } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openPgStore, type PgStore } from "../../../src/storage/postgres/index/store.ts";
import type { PgLink } from "../../../src/storage/postgres/link/link.ts";
import { openLink } from "../../../src/storage/postgres/link/open.ts";
import { type TestDatabase, testDatabase, whyNoPostgres } from "../../helpers/postgres.ts";
import { file, parsedFile } from "../../helpers/store-files.ts";

describe.skipIf(whyNoPostgres !== undefined)("definitions that were read ahead", () => {
  let database: TestDatabase;
  let links: PgLink[];
  let own: PgStore;
  let other: PgStore;

  beforeAll(async () => {
    database = await testDatabase();
    links = [openLink({ url: database.url }), openLink({ url: database.url })];
    [own, other] = links.map((link) => openPgStore(link, "shared")) as [PgStore, PgStore];
  });
  afterAll(async () => {
    for (const link of links) link.close();
    await database.close();
  });

  const seen = ({ symbols }: PgStore): unknown => [
    symbols.definitionsNamed("readAll", 9).map(({ path }) => path),
    symbols.referencesTo("parseValue", 9).map(({ path, within }) => [path, within?.name]),
    symbols.definitionsIn("a.ts")?.length,
    symbols.importsNamed(["parseValue"], 9).map(({ path }) => path),
    symbols.importsOf(["a.ts"]).length,
  ];

  it("are read again after a write of one's own, in the same turn", () => {
    expect(seen(own)).toEqual([[], [], undefined, [], 0]);
    own.files.put([parsedFile("a.ts")]);
    expect(seen(own)).toEqual([["a.ts"], [["a.ts", "readAll"]], 2, ["a.ts"], 1]);
    own.files.put([file("a.ts", ["no code any more"])]);
    expect(seen(own)).toEqual([[], [], 0, [], 0]);
  });

  it("are read again in the turn after another client's write", async () => {
    expect(seen(other)).toEqual([[], [], 0, [], 0]);
    own.files.put([parsedFile("a.ts"), parsedFile("b.ts")]);
    await nextTurn();
    const both = ["a.ts", "b.ts"];
    const uses = both.map((path) => [path, "readAll"]);
    expect(seen(other)).toEqual([both, uses, 2, both, 1]);
    expect(seen(own)).toEqual([both, uses, 2, both, 1]);
  });

  it("are not kept of a write that fails", () => {
    const failed = (): void => {
      own.files.put([parsedFile("c.ts"), { ...parsedFile("d.ts"), language: null as never }]);
    };
    expect(failed).toThrow();
    expect(own.symbols.definitionsNamed("readAll", 9)).toHaveLength(2);
    expect(own.symbols.definitionsIn("c.ts")).toBeUndefined();
    own.files.put([parsedFile("c.ts")]);
    expect(own.symbols.definitionsNamed("readAll", 9)).toHaveLength(3);
    expect(own.symbols.counts()).toEqual(other.symbols.counts());
  });
});
