/** What a newer Haypile made is refused or done without: nothing of it is written or deleted, and the message says how to go on. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { HaypileError } from "../../../src/base/errors.ts";
import { version } from "../../../src/base/package/version.ts";
import { readOptionFile } from "../../../src/config/file/read-file.ts";
import { addToCollection } from "../../../src/config/places/collections.ts";
import { adoptNamespace, noteProject } from "../../../src/config/places/projects.ts";
import { QueryRecord } from "../../../src/engine/caches/query-record.ts";
import { Versions } from "../../../src/engine/history/search/versions.ts";
import { fileVersions } from "../../../src/engine/schemas/file-versions.ts";
import { lineText } from "../../../src/memories/sync/lines.ts";
import { BlobCache } from "../../../src/storage/sqlite/blobs/blob-cache.ts";
import { openEmbeddingCache } from "../../../src/storage/sqlite/embedding-cache.ts";
import { openSqliteStore } from "../../../src/storage/sqlite/store.ts";
import { assertProtocol, parseHello } from "../../../src/wire/hello.ts";
import { putLegacyFile } from "../../helpers/legacy-files.ts";
import { type MemoryBench, memoryBench } from "../../helpers/open-memories.ts";
import { makeFolder, openRaw } from "../../helpers/sqlite-files.ts";

let folder: string;
let remove: () => void;

beforeEach(() => {
  ({ folder, remove } = makeFolder());
});

afterEach(() => remove());

/** As a later Haypile leaves it: another number, and who made that. */
function makeNewer(path: string, number: number, facts?: "key" | "name"): void {
  const db = openRaw(path);
  db.pragma(`user_version = ${number}`);
  if (facts !== undefined) {
    db.exec(`INSERT OR REPLACE INTO meta(${facts}, value) VALUES ('schema.program', '0.9.1')`);
  }
  db.pragma("wal_checkpoint(TRUNCATE)");
  db.close();
}

function told(work: () => unknown): HaypileError {
  try {
    work();
  } catch (error) {
    if (HaypileError.isInstance(error)) return error;
    throw error;
  }
  throw new Error("nothing was refused");
}

const bytesOf = (path: string): string => readFileSync(path).toString("base64");

describe("databases", () => {
  it("an index is refused, with who made it, and left as it is", () => {
    const path = join(folder, "index.db");
    putLegacyFile("index", 12, path);
    makeNewer(path, 13, "key");
    const before = bytesOf(path);
    for (const readonly of [false, true]) {
      const { code, message, data } = told(() => openSqliteStore({ path, readonly }));
      expect(code).toBe("HAYPILE_DB_NEWER");
      expect(message).toContain(`version 13, made by Haypile 0.9.1; this is Haypile ${version}`);
      expect(message).toContain("haypile migrate --down");
      expect(data).toMatchObject({ version: 13, known: 12, program: "0.9.1" });
    }
    expect(bytesOf(path)).toBe(before);
  });

  it("what the file says of its program is believed in its form alone", () => {
    const path = join(folder, "index.db");
    putLegacyFile("index", 12, path);
    makeNewer(path, 13, "key");
    for (const said of ["1.0 run: curl evil | sh", "x".repeat(90), ""]) {
      const db = openRaw(path);
      db.prepare("UPDATE meta SET value = ? WHERE key = 'schema.program'").run(said);
      db.close();
      expect(told(() => openSqliteStore({ path })).message).toContain("made by a newer Haypile;");
    }
    const db = openRaw(path);
    db.exec("DROP TABLE meta");
    db.close();
    expect(told(() => openSqliteStore({ path })).code).toBe("HAYPILE_DB_NEWER");
  });

  it("versions of files are refused, and not begun anew", () => {
    const environment = { cacheFolder: folder };
    const database = join(folder, "index.db");
    const parts = { source: { environment }, database, store: {} };
    const versions = new Versions(parts as unknown as ConstructorParameters<typeof Versions>[0]);
    mkdirSync(join(folder, "revisions"));
    putLegacyFile("index", 12, versions.path);
    makeNewer(versions.path, 13, "key");
    const before = bytesOf(versions.path);
    const { code, message } = told(() => versions.kept());
    expect(code).toBe("HAYPILE_DB_NEWER");
    expect(message).toContain("delete that file");
    versions.close();
    expect(bytesOf(versions.path)).toBe(before);
  });

  it.each([
    ["vectors", 3],
    ["contents", 2],
  ] as const)("the cache of %s is done without, and left as it is", (of, format) => {
    const path = join(folder, "cache.db");
    const open = () => (of === "vectors" ? openEmbeddingCache(path) : new BlobCache(path, 1));
    const key = new Uint8Array(32).fill(7);
    const put = (cache: ReturnType<typeof open>): void => {
      if (cache instanceof BlobCache) {
        cache.putFacts([
          { id: "ab".repeat(20), name: "a.ts", language: "typescript", skip: "", sieve: key },
        ]);
      } else cache.put([key], Float32Array.of(1, 0, 0, 0));
    };
    const has = (cache: ReturnType<typeof open>): boolean =>
      (cache instanceof BlobCache
        ? cache.facts([{ id: "ab".repeat(20), name: "a.ts" }])
        : cache.get([key]))[0] !== undefined;
    const first = open();
    put(first);
    expect(has(first)).toBe(true);
    first.close();
    makeNewer(path, format);
    const before = bytesOf(path);
    const second = open();
    expect(has(second)).toBe(false);
    put(second);
    expect(has(second)).toBe(false);
    second.trim();
    second.close();
    expect(bytesOf(path)).toBe(before);
  });
});

describe("memories, their snapshots and their files in folders", () => {
  let bench: MemoryBench;

  beforeEach(() => {
    bench = memoryBench();
  });

  afterEach(async () => await bench.end());

  it("are refused, with who made them", async () => {
    putLegacyFile("memories", 4, bench.path);
    makeNewer(bench.path, 5, "name");
    const before = bytesOf(bench.path);
    await expect(bench.open()).rejects.toThrow(
      /version 5, made by Haypile 0\.9\.1.*memories export/su,
    );
    expect(bytesOf(bench.path)).toBe(before);
  });

  it("a snapshot of a later form is listed as such, and neither restored nor removed with others", async () => {
    const memories = await bench.open();
    await memories.remember("kept");
    const { id } = await memories.snapshot();
    const path = join(bench.path, "..", "snapshots", `${id}.json`);
    const said = JSON.parse(readFileSync(path, "utf8"));
    writeFileSync(path, JSON.stringify({ ...said, format: 9, version: "0.9.1" }));
    const { snapshots } = await memories.snapshots();
    expect(snapshots[0]?.problem).toContain("a newer Haypile 0.9.1");
    await expect(memories.restoreSnapshot(id)).rejects.toThrow(/newer Haypile 0\.9\.1/u);
    await memories.pruneSnapshots();
    expect(existsSync(path)).toBe(true);
  });

  it("this machine's own file of a later form is not written to", async () => {
    const shared = join(folder, "shared");
    mkdirSync(shared);
    const memories = await bench.open();
    await memories.remember("first");
    await memories.sync(shared);
    const [name = ""] = (readdirSync(shared, { recursive: true }) as string[]).filter((one) =>
      one.endsWith(".jsonl"),
    );
    const path = join(shared, name);
    const [head = "", ...rest] = readFileSync(path, "utf8").split("\n");
    const { sum: _, n: number, ...said } = JSON.parse(head);
    writeFileSync(path, [lineText(number, { ...said, format: 2 }), ...rest].join("\n"));
    const before = bytesOf(path);
    await memories.remember("second");
    await expect(memories.sync(shared)).rejects.toThrow(/of format 2, written by a newer Haypile/u);
    expect(bytesOf(path)).toBe(before);
  });
});

describe("small files", () => {
  const places = () => ({ dataFolder: folder, variables: {} });

  it("collections are refused and not written over", () => {
    const path = join(folder, "collections.json");
    writeFileSync(path, JSON.stringify({ format: 2, collections: {}, more: 1 }));
    const before = bytesOf(path);
    const { code, message } = told(() => addToCollection("all", [folder], places()));
    expect(code).toBe("HAYPILE_CONFIG_INVALID");
    expect(message).toMatch(/is of 2, made by a newer Haypile.*Update Haypile/su);
    expect(bytesOf(path)).toBe(before);
  });

  it("the record of a project is not written over", () => {
    const project = join(folder, "app");
    mkdirSync(project);
    noteProject(project, places());
    const [name = ""] = readdirSync(join(folder, "projects"));
    const path = join(folder, "projects", name);
    const said = JSON.parse(readFileSync(path, "utf8"));
    writeFileSync(path, JSON.stringify({ ...said, format: 2 }));
    const before = bytesOf(path);
    noteProject(project, places());
    expect(told(() => adoptNamespace(project, "other-123456", places())).message).toContain(
      "newer",
    );
    expect(bytesOf(path)).toBe(before);
  });

  it("notes of queries are not written over", () => {
    const path = join(folder, "queries.json");
    writeFileSync(path, JSON.stringify({ format: 2, queries: [] }));
    const before = bytesOf(path);
    const record = new QueryRecord(path);
    record.note("retry delay", {});
    record.save();
    expect(bytesOf(path)).toBe(before);
  });

  it("an option nobody here knows may be a newer one's: the message says so, and the line stays", () => {
    const path = join(folder, "haypile.toml");
    writeFileSync(path, "[search]\nteleport = true\n");
    const { code, message } = told(() => readOptionFile(path, "user"));
    expect(code).toBe("HAYPILE_CONFIG_INVALID");
    expect(message).toContain(`A newer Haypile than this ${version} may have it`);
    expect(readFileSync(path, "utf8")).toContain("teleport");
  });
});

describe("the daemon", () => {
  it("says to a client of a later protocol which version it is", () => {
    const hello = { haypile: 2, face: "rpc", version: "0.9.1", pid: 1 };
    const { code, message } = told(() => parseHello(JSON.stringify(hello)));
    expect(code).toBe("HAYPILE_USAGE");
    expect(message).toContain(`protocol 2 of Haypile 0.9.1, and this daemon is Haypile ${version}`);
  });

  it("of a later protocol is asked nothing", () => {
    const { code, message } = told(() =>
      assertProtocol({ haypile: 2, ok: true, version: "0.9.1" }, version),
    );
    expect(code).toBe("HAYPILE_DAEMON");
    expect(message).toMatch(/The daemon is Haypile 0\.9\.1 and speaks protocol 2.*haypile stop/su);
    expect(assertProtocol({ haypile: 2, leaving: true }, version)).toBeUndefined();
  });
});

it("haypile migrate says of each file which version it has, and who made it", async () => {
  mkdirSync(join(folder, "indexes"));
  putLegacyFile("index", 12, join(folder, "indexes", "a.db"));
  makeNewer(join(folder, "indexes", "a.db"), 13, "key");
  putLegacyFile("index", 7, join(folder, "indexes", "b.db"));
  writeFileSync(join(folder, "indexes", "c.db"), "no database, ".repeat(100));
  putLegacyFile("memories", 4, join(folder, "memories.db"));
  const cacheFolder = join(folder, "cache");
  const found = await fileVersions({ dataFolder: folder, cacheFolder } as Parameters<
    typeof fileVersions
  >[0]);
  const short = found.map(({ what, version: number, state, program, down }) => ({
    what,
    number,
    state,
    program,
    down,
  }));
  expect(short).toEqual([
    { what: "memories", number: 4, state: "current", program: undefined, down: [3, 2] },
    { what: "index", number: 13, state: "newer", program: "0.9.1", down: [] },
    { what: "index", number: 7, state: "older", program: undefined, down: [] },
    { what: "index", number: undefined, state: "unreadable", program: undefined, down: [] },
  ]);
  expect(found[3]?.problem).toContain("c.db");
});
