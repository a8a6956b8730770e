/* What syncing keeps, over a file and over a server: the same writes leave the same notes, clocks and folders. */
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { SyncFolder } from "../../../src/ports/memory/sync-tables.ts";
import type { PgLink } from "../../../src/storage/postgres/link/link.ts";
import { openLink } from "../../../src/storage/postgres/link/open.ts";
import { openPgMemoryStore } from "../../../src/storage/postgres/memories/store.ts";
import {
  type OpenedMemoryStore,
  openMemoryStore,
} from "../../../src/storage/sqlite/memories/store.ts";
import { memoryRow } from "../../helpers/memory-rows.ts";
import { type TestDatabase, testDatabase, whyNoPostgres } from "../../helpers/postgres.ts";
import { makeFolder } from "../../helpers/sqlite-files.ts";

const folder: SyncFolder = {
  ...{
    id: 0,
    path: "/a/folder",
    namespaces: undefined,
    file: "m.jsonl",
    generation: "g",
    bytes: 1,
  },
  ...{
    lines: 2,
    lastAt: 3,
    tail: "t",
    wholeBytes: 4,
    published: 5,
    intent: "",
    withheld: 0,
    refused: 0,
  },
};

describe.skipIf(whyNoPostgres !== undefined)("what syncing keeps of memories", () => {
  let database: TestDatabase;
  let link: PgLink;
  const files = makeFolder();
  let stores: OpenedMemoryStore[];

  beforeAll(async () => {
    database = await testDatabase();
    link = openLink({ url: database.url });
    const path = join(files.folder, "memories.db");
    stores = [openMemoryStore({ path }), openPgMemoryStore(link)];
  });
  afterAll(async () => {
    for (const store of stores ?? []) store.close();
    link?.close();
    files.remove();
    await database?.close();
  });

  /** Does it in both, and gives what both say, which is the same. */
  function both<T>(ask: (store: OpenedMemoryStore) => T): T {
    const [file, server] = stores.map(ask) as [T, T];
    expect(server).toEqual(file);
    return server;
  }
  const write = <T>(work: (store: OpenedMemoryStore) => T): T =>
    both((store) => store.write("sync", () => work(store)));
  const touched = (key: string) =>
    both(({ sync }) => sync.touched(key).map(({ at: _, id: __, ...note }) => note));

  it("notes nothing before there is a folder, and every change after it", () => {
    const first = write(({ rows }) => rows.insert(memoryRow("one", { tags: ["a"] })));
    expect(both(({ sync }) => sync.touchedKeys(9))).toEqual([]);
    write(({ sync }) => sync.putFolder(folder));
    const [made] = both((store) => store.sync.folders());
    write(({ sync }) => sync.putFolder({ ...(made as SyncFolder), bytes: 9 }));
    expect(both(({ sync }) => sync.folders())).toEqual([{ ...folder, id: 1, bytes: 9 }]);

    const second = write(({ rows }) => rows.insert(memoryRow("two")));
    write(({ rows }) => rows.change(first, { pinned: true, tags: ["b"] }));
    write(({ rows }) => rows.change(first, {}));
    write(({ rows, relations }) => {
      rows.end(first, 5, "newer-text");
      relations.addNote("one", 1, "noted");
      relations.link("two", "one", "see", 1);
      relations.setAnchors("two", [
        {
          path: "a.ts",
          symbol: undefined,
          hash: undefined,
          seen: undefined,
          commit: "c",
          verified: 1,
        },
      ]);
    });
    write(({ relations }) => relations.setAnchors("two", []));
    write(({ rows }) => rows.end(second, 5, "superseded"));
    write(({ rows }) => rows.reopen(second));
    write(({ removal }) => removal.mark(["two"], 70, "forgotten"));
    write(({ removal }) => removal.unmark("two"));
    write(({ removal }) => removal.mark(["two"], 80, "quota"));
    expect(both(({ sync }) => sync.touchedKeys(9))).toEqual(["two", "one"]);
    expect(touched("two").map(({ what }) => what)).toContain("undeleted");
    expect(touched("one").map(({ what }) => what)).toEqual(["said", "note"]);
    expect(both(({ sync }) => sync.whyRemoved("two"))).toBe("quota");

    write(({ relations }) => relations.unlink("two", "one", "see"));
    write(({ removal }) => removal.erase(["two"], 90, "forgotten", () => []));
    touched("two");
    write(({ sync }) => sync.dropTouched("two"));
    expect(touched("two")).toEqual([]);
    const last = stores.map(({ sync }) => sync.lastTouch());
    write(({ relations }) => relations.addNote("one", 2, "later"));
    for (const [at, store] of stores.entries()) {
      store.write("sync", () => store.sync.dropTouchedAfter(last[at] as number));
    }
    expect(touched("one").map(({ what }) => what)).toEqual(["said", "note"]);
  });

  it("keeps clocks, revisions, waiting links and how far files were read", () => {
    write(({ sync }) => sync.setMachine("me", "here"));
    expect(both(({ sync }) => sync.machine())).toEqual({ id: "me", place: "here" });
    expect([write(({ sync }) => sync.nextRev()), write(({ sync }) => sync.nextRev())]).toEqual([
      1, 2,
    ]);
    const said = { clocks: '{"links":["two"]}', ownRev: 1, rev: 2, origin: 1, goneRev: 0 };
    write(({ sync }) => sync.put("one", said));
    write(({ sync }) => sync.put("three", { ...said, ownRev: 3, goneRev: 3, clocks: "{}" }));
    write(({ sync }) => sync.put("one", { ...said, rev: 4 }));
    expect(both(({ sync }) => sync.get("one"))).toEqual({ ...said, rev: 4 });
    expect(both(({ sync }) => sync.count())).toBe(2);
    expect(both(({ sync }) => sync.toPublish(1, 2, "", 9))).toEqual(["three"]);
    expect(both(({ sync }) => sync.toPublish(2, 2, "", 9))).toEqual(["one", "three"]);
    expect(both(({ sync }) => [sync.hasGoneSince(2), sync.hasGoneSince(3)])).toEqual([true, false]);
    expect(both(({ sync }) => sync.linkedTo("two"))).toEqual(["one"]);
    write(({ rows }) => rows.insert(memoryRow("four")));
    expect(both(({ sync }) => sync.unknown("", 9))).toEqual(["four"]);
    write(({ sync }) => {
      sync.await("two", "one");
      sync.await("two", "one");
    });
    expect(both(({ sync }) => sync.awaited("two"))).toEqual(["one"]);
    write(({ sync }) => sync.dropAwaited("two"));
    const read = {
      name: "f",
      machine: "x",
      generation: "g",
      bytes: 1,
      lines: 1,
      lastAt: 0,
      tail: "",
    };
    write(({ sync }) => sync.putRead(1, read));
    write(({ sync }) => sync.putRead(1, { ...read, lines: 2 }));
    expect(both(({ sync }) => sync.reads(1))).toEqual([{ ...read, lines: 2 }]);
    write(({ sync }) => sync.dropRead(1, "f"));
    write(({ sync }) => sync.dropReads(1));
    expect(both(({ sync }) => sync.reads(1))).toEqual([]);
    write(({ rows, sync }) => sync.eraseRows(rows.versions("four"), () => []));
    write(({ sync }) => sync.dropNotes("one"));
    expect(both(({ rows, relations }) => [rows.versions("four"), relations.notes("one")])).toEqual([
      [],
      [],
    ]);
  });
});
