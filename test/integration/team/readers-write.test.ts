/*
 * Whoever may read and not write is refused by every call that writes, in words: the server leaves rows of others as they are
 * and says nothing (row level security), so each call has to ask. Calls are those of the tables of doings: a new one has to be
 * said here.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { HaypileError } from "../../../src/base/errors.ts";
import { openPgStore } from "../../../src/storage/postgres/index/store.ts";
import { openPgMemoryStore } from "../../../src/storage/postgres/memories/store.ts";
import { memoryDoings } from "../../../src/storage/shared/memory-doings.ts";
import type { OpenedMemoryStore } from "../../../src/storage/sqlite/memories/store.ts";
import { unguarded } from "../../../src/storage/sqlite/roles/guarded.ts";
import { indexDoings } from "../../../src/storage/sqlite/store.ts";
import { addMemories, memoryRow } from "../../helpers/memory-rows.ts";
import { whyNoPostgres } from "../../helpers/postgres.ts";
import { file, hello, unit } from "../../helpers/store-files.ts";
import { type TeamStore, teamStore } from "../../helpers/team/team-store.ts";

const model = { id: "of-a-test", dimensions: 4, vectors: "plain-1" };
const theirs = "theirs";
const [first, second, gone] = ["first", "second", "gone"];
const anchor = {
  ...{ path: "/a", symbol: undefined, hash: "h", seen: undefined, commit: undefined },
  verified: 1,
};
const synced = { clocks: "{}", ownRev: 1, rev: 0, origin: 0, goneRev: 0 };
const scip = { at: "2026-01-01T00:00:00Z", isDone: false } as never;

interface Rows {
  row: number;
  part: number;
}

type Write = (store: OpenedMemoryStore, rows: Rows) => unknown;

/** What is refused. */
const refusedWrites: Readonly<Record<string, Write>> = {
  "rows.insert": ({ rows }) => rows.insert(memoryRow("new", { namespace: theirs })),
  "rows.change": ({ rows }, { row }) => rows.change(row, { pinned: true }),
  "rows.end": ({ rows }, { row }) => rows.end(row, 9, "superseded"),
  "rows.reopen": ({ rows }, { row }) => rows.reopen(row),
  "next.begin": ({ next }) => next.begin(model),
  "next.stop": ({ next }) => next.stop(),
  "next.put": ({ next }, { part }) => next.put([part], unit(1, 0, 0, 0), model),
  "next.take": ({ next }) => next.take(),
  "next.drop": ({ next }) => next.drop(),
  "relations.addNote": ({ relations }) => relations.addNote(first, 9, "a note"),
  "relations.link": ({ relations }) => relations.link(first, second, "another", 9),
  "relations.unlink": ({ relations }) => relations.unlink(first, second, "about"),
  "relations.setAnchors": ({ relations }) => relations.setAnchors(first, []),
  "removal.mark": ({ removal }) => removal.mark([first], 9, "forgotten"),
  "removal.unmark": ({ removal }) => removal.unmark(gone),
  "removal.erase": ({ removal }) => removal.erase([first], 9, "forgotten", () => []),
  "sync.setMachine": ({ sync }) => sync.setMachine("m", "p"),
  "sync.nextRev": ({ sync }) => sync.nextRev(),
  "sync.dropTouched": ({ sync }) => sync.dropTouched(first),
  "sync.dropTouchedAfter": ({ sync }) => sync.dropTouchedAfter(0),
  "sync.put": ({ sync }) => sync.put(first, synced),
  "sync.await": ({ sync }) => sync.await(second, first),
  "sync.dropAwaited": ({ sync }) => sync.dropAwaited(first),
  "sync.eraseRows": ({ sync, rows }) => sync.eraseRows(rows.versions(first), () => []),
  "sync.dropNotes": ({ sync }) => sync.dropNotes(first),
  "sync.putFolder": ({ sync }) => sync.putFolder({ id: 0, path: "/f" } as never),
  "sync.putRead": ({ sync }) => sync.putRead(1, { name: "n" } as never),
  "sync.dropReads": ({ sync }) => sync.dropReads(1),
  "sync.dropRead": ({ sync }) => sync.dropRead(1, "n"),
  "transfer.putRemoved": ({ transfer }) =>
    transfer.putRemoved([{ key: first, namespace: theirs, at: 9, why: "moved" }]),
};

/** What is left out of it, in no need of a word. */
const quietWrites: Readonly<Record<string, Write>> = {
  // Uses of memories that one only reads are not counted.
  "relations.countUse": ({ relations }) => relations.countUse([first], 9),
  "transfer.putUses": ({ transfer }) => transfer.putUses([{ key: first, count: 7, at: 9 }]),
  // Vectors are stored of texts that were handed out, and none is to a reader.
  "vectors.put": ({ vectors }, { part }) => vectors.put([part], unit(1, 0, 0, 0)),
  // These write no rows of memories.
  "removal.truncateLog": ({ removal }) => removal.truncateLog(),
  "removal.dropCopies": ({ removal }) => removal.dropCopies(true),
  "transfer.handOver": ({ transfer }) => transfer.handOver("nothing", () => undefined),
};

type Index = ReturnType<typeof openPgStore>;

const refusedOfIndex: Readonly<Record<string, (store: Index, chunk: number) => unknown>> = {
  "files.put": ({ files }) => files.put([file("b.ts", [hello])]),
  "files.touch": ({ files }) => files.touch([{ path: "a.ts", stamp: file("a.ts", []).stamp }]),
  "files.remove": ({ files }) => files.remove(["a.ts"]),
  "texts.refresh": ({ texts }) => texts.refresh(),
  "vectors.claimModel": ({ vectors }) => vectors.claimModel(model),
  "vectors.put": ({ vectors }, chunk) => vectors.put([chunk], unit(1, 0, 0, 0)),
  "pending.rank": ({ pending }) => pending.rank(0, 10),
  "staticVectors.put": ({ staticVectors }, chunk) => staticVectors.put([chunk], unit(1, 0, 0, 0)),
  "next.begin": ({ next }) => next.begin(model),
  "next.stop": ({ next }) => next.stop(),
  "next.put": ({ next }, chunk) => next.put([chunk], unit(1, 0, 0, 0), model),
  "next.take": ({ next }) => next.take(),
  "next.drop": ({ next }) => next.drop(),
  "exact.begin": ({ exact }) => exact.begin(scip),
  "exact.put": ({ exact }) => exact.put([{ path: "a.ts" } as never]),
  "exact.end": ({ exact }) => exact.end(scip),
  "exact.clear": ({ exact }) => exact.clear(),
  "facts.set": ({ facts }) => facts.set("a", "b"),
};

const quietOfIndex: Readonly<Record<string, (store: Index, chunk: number) => unknown>> = {
  // A search asks for vectors of what it found; who may only read asks for none.
  "pending.ask": ({ pending }, chunk) => pending.ask([chunk]),
  "next.wantStatic": ({ next }) => next.wantStatic(),
};

/** The calls that write, by the tables of doings. */
function writesIn(doings: Readonly<Record<string, object>>): string[] {
  return Object.entries(doings).flatMap(([role, calls]) =>
    Object.entries(calls).flatMap(([name, doing]) =>
      doing === unguarded || (typeof doing === "object" && "writes" in doing)
        ? [`${role}.${name}`]
        : [],
    ),
  );
}

function codeOf(work: () => unknown): string {
  try {
    work();
    return "it was done";
  } catch (error) {
    return HaypileError.isInstance(error) ? error.code : String(error);
  }
}

it("calls that write are all said here", () => {
  const said = [...Object.keys(refusedWrites), ...Object.keys(quietWrites)];
  expect(said.sort()).toEqual(writesIn(memoryDoings).sort());
  const ofIndex = [...Object.keys(refusedOfIndex), ...Object.keys(quietOfIndex)];
  expect(ofIndex.sort()).toEqual(writesIn(indexDoings).sort());
});

describe.skipIf(whyNoPostgres !== undefined)("who may read and not write", () => {
  let store: TeamStore;
  let owner: OpenedMemoryStore;
  let index: Index;
  let rows: Rows;
  let chunk: number;
  const readers: [string, string][] = [];

  beforeAll(async () => {
    store = await teamStore();
    owner = openPgMemoryStore(store.link);
    const [row = 0] = addMemories(
      owner,
      memoryRow(first, { namespace: theirs }),
      memoryRow(second, { namespace: theirs }),
      memoryRow(gone, { namespace: theirs }),
    );
    owner.vectors.claimModel(model);
    owner.next.begin(model);
    owner.write("make what is tried on", () => {
      const { relations, removal, sync } = owner;
      relations.link(first, second, "about", 1);
      relations.addNote(first, 1, "noted");
      relations.setAnchors(first, [anchor]);
      removal.mark([gone], 5, "forgotten");
      sync.put(first, synced);
      sync.await(first, second);
    });
    rows = { row, part: owner.rows.parts([row])[0]?.partId ?? 0 };
    index = openPgStore(store.link, theirs);
    index.files.put([file("a.ts", [hello])]);
    chunk = index.pending.page(0, 1)[0]?.id ?? 0;
    // One who may write nothing at all, and one who may write elsewhere: the server takes those for others.
    for (const [name, more] of [
      ["reads", []],
      [
        "writes_elsewhere",
        [
          { scope: "namespace", name: "own", can: "write" },
          { scope: "project", name: "own", can: "write" },
        ],
      ],
    ] as const) {
      const role = await store.person(name);
      store.team.grant(role, [
        { scope: "namespace", name: theirs, can: "read" },
        { scope: "project", name: theirs, can: "read" },
        ...more,
      ]);
      readers.push([name, role]);
    }
  });
  afterAll(() => store?.close());

  /** All that a store holds, but for what every write counts. */
  async function everything(): Promise<string> {
    const tables = await store.database.ask<{ name: string }>(
      `SELECT relation::text AS name FROM haypile.guarded WHERE scope IN ('namespace', 'project', 'projects', 'namespaces') ORDER BY 1`,
    );
    const found: unknown[] = [];
    for (const { name } of tables) {
      found.push([name, await store.database.ask(`SELECT * FROM ${name} t ORDER BY t::text`)]);
    }
    return JSON.stringify(found);
  }

  it("is told so by every call that writes memories, and nothing is changed", async () => {
    const before = await everything();
    expect(before).toContain("noted");
    for (const [name, role] of readers) {
      const own = openPgMemoryStore(store.linkAs(role));
      own.vectors.claimModel(model);
      expect(own.rows.current(first)?.text).toBe(first);
      for (const [call, write] of Object.entries(refusedWrites)) {
        const code = codeOf(() => own.write("try", () => write(own, rows)));
        expect([name, call, code]).toEqual([name, call, "HAYPILE_STORE_RIGHTS"]);
      }
      for (const [call, write] of Object.entries(quietWrites)) {
        const isReader = name === "reads";
        const code = codeOf(() => own.writeLightly("count uses", () => write(own, rows)));
        const may = ["it was done", ...(isReader ? ["HAYPILE_STORE_RIGHTS"] : [])];
        expect(may, `${name} ${call}`).toContain(code);
      }
      own.close();
      expect(await everything()).toBe(before);
    }
  });

  it("is told so by every call that writes an index, and nothing is changed", async () => {
    const before = await everything();
    expect(before).toContain("a.ts");
    for (const [name, role] of readers) {
      const own = openPgStore(store.linkAs(role), theirs, { creates: false });
      expect(own.files.all().size).toBe(1);
      for (const [call, write] of Object.entries(refusedOfIndex)) {
        expect([name, call, codeOf(() => write(own, chunk))]).toEqual([
          name,
          call,
          "HAYPILE_STORE_RIGHTS",
        ]);
      }
      for (const [call, write] of Object.entries(quietOfIndex)) {
        expect([name, call, codeOf(() => write(own, chunk))]).toEqual([name, call, "it was done"]);
      }
      own.close();
      expect(await everything()).toBe(before);
    }
  });
});
