import { execFileSync } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import type { HaypileError } from "../../src/base/errors.ts";
import type { Store } from "../../src/ports/store.ts";
import { checkIndexDatabase } from "../../src/storage/sqlite/file/check-index.ts";
import { readIndexFacts } from "../../src/storage/sqlite/file/index-facts.ts";
import { acquireIndexLock, lockOwner } from "../../src/storage/sqlite/file/lock.ts";
import { applicationId } from "../../src/storage/sqlite/file/schema.ts";
import { openSqliteStore } from "../../src/storage/sqlite/store.ts";
import { makeFolder, openRaw } from "../helpers/sqlite-files.ts";
import { codeOf, file, prose, unit } from "../helpers/store-files.ts";

const made = makeFolder();
let count = 0;
const newPath = (): string => join(made.folder, `${count++}.db`);

afterAll(made.remove);

const closing: { close(): void }[] = [];

afterEach(() => {
  for (const one of closing.splice(0)) one.close();
});

/** An index of about 600 KB, closed cleanly. */
function makeIndex(path = newPath()): string {
  const store = openSqliteStore({ path });
  store.vectors.claimModel({ id: "four", dimensions: 4 });
  const files = Array.from({ length: 40 }, (_, n) =>
    file(
      `folder/file${n}.txt`,
      Array.from({ length: 5 }, (_, i) => `word${n} word${i * n} ${prose.repeat(20)}`),
    ),
  );
  store.files.put(files);
  for (let after = 0; ; ) {
    const rows = store.pending.page(after, 64);
    if (rows.length === 0) break;
    after = rows.at(-1)?.id ?? after;
    const vectors = rows.flatMap((row) => [...unit(row.id, 1, 2, 3)]);
    store.vectors.put(
      rows.map((row) => row.id),
      Float32Array.from(vectors),
    );
  }
  store.close();
  return path;
}

function messageOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    return (error as Error).message;
  }
  return "";
}

/** Every reading and writing call. */
const calls: ((store: Store) => unknown)[] = [
  (store) => store.vectors.model(),
  (store) => store.files.all(),
  (store) => store.facts.stats(),
  (store) => store.pending.count(),
  (store) => store.pending.page(0, 50),
  (store) => store.texts.search("marmot word1 word7", 20),
  (store) => store.texts.search("folder file3", 20),
  (store) => store.vectors.search(unit(1, 1, 1, 1), 20),
  (store) => store.texts.places(Array.from({ length: 250 }, (_, i) => i)),
  (store) => store.facts.get("root"),
  (store) => store.facts.set("root", "x"),
  (store) => store.files.put([file("folder/file3.txt", ["new text", prose]), file("n", ["newer"])]),
  (store) => store.files.remove(["folder/file7.txt", "folder/file8.txt"]),
  (store) => store.vectors.put([5], unit(1, 2, 3, 4)),
  (store) => store.optimize(),
];

/** The codes of all errors met while opening the file and walking every call. */
function walk(path: string): string[] {
  let store: Store | undefined;
  const codes = [
    codeOf(() => {
      store = openSqliteStore({ path });
      closing.push(store);
      store.vectors.claimModel({ id: "four", dimensions: 4 });
    }),
  ];
  // An indexer whose claim fails goes no further.
  const opened = store;
  if (opened !== undefined && codes[0] === "no error") {
    codes.push(...calls.map((call) => codeOf(() => call(opened))));
  }
  opened?.close();
  return codes.filter((code) => code !== "no error");
}

describe("a file that is not ours", () => {
  const contents: [string, Buffer][] = [
    ["a text file", Buffer.from("# Notes\n".repeat(1_000))],
    ["one byte", Buffer.from("x")],
    ["random bytes", Buffer.from(Array.from({ length: 12_288 }, (_, i) => (i * i * 31 + 7) & 255))],
    ["an SQLite header and nothing else", Buffer.from("SQLite format 3\0")],
  ];
  for (const [what, bytes] of contents) {
    it(`is refused and left as it is: ${what}`, () => {
      const path = newPath();
      writeFileSync(path, bytes);
      for (const readonly of [false, true]) {
        expect(codeOf(() => openSqliteStore({ path, readonly }))).toBe("HAYPILE_DB_NOT_A_DATABASE");
      }
      expect(messageOf(() => openSqliteStore({ path }))).toMatch(new RegExp(`${path}.*--db`));
      expect(readFileSync(path)).toEqual(bytes);
      expect(existsSync(`${path}-wal`)).toBe(false);
    });
  }

  it("is refused and left as it is: a database of another program", () => {
    for (const id of [0, 1_234]) {
      const path = newPath();
      const raw = openRaw(path);
      raw.pragma(`application_id = ${id}`);
      raw.exec("CREATE TABLE users(name); INSERT INTO users VALUES ('a')");
      raw.close();
      const bytes = readFileSync(path);
      expect(codeOf(() => openSqliteStore({ path }))).toBe("HAYPILE_DB_NOT_A_DATABASE");
      expect(readFileSync(path)).toEqual(bytes);
    }
  });

  it("is refused: a folder, a device, a pipe", () => {
    const pipe = newPath();
    execFileSync("mkfifo", [pipe]);
    const database = newPath();
    writeFileSync(database, "");
    execFileSync("mkfifo", [`${database}-journal`]);
    for (const path of [made.folder, "/dev/null", pipe, database]) {
      for (const attempt of [
        () => openSqliteStore({ path }),
        () => checkIndexDatabase(path),
        () => readIndexFacts(path),
      ]) {
        expect(codeOf(attempt)).toBe("HAYPILE_DB_NOT_A_DATABASE");
      }
    }
    execFileSync("mkfifo", [`${pipe}.lock`]);
    expect(lockOwner(pipe)).toBeUndefined();
    expect(codeOf(() => acquireIndexLock(pipe))).toBe("HAYPILE_DB_NOT_A_DATABASE");
    expect(messageOf(() => openSqliteStore({ path: made.folder }))).toContain("is a folder");
  });

  it("is taken for a new index when it is empty", () => {
    const path = newPath();
    writeFileSync(path, "");
    expect(codeOf(() => openSqliteStore({ path, readonly: true }))).toBe("HAYPILE_NOT_INDEXED");
    expect(statSync(path).size).toBe(0);
    const store = openSqliteStore({ path });
    closing.push(store);
    expect(store.facts.stats().files).toBe(0);
  });
});

describe("a path that cannot be", () => {
  it("is refused with what was expected", () => {
    for (const path of ["", " ", "a\0b", "index.db "]) {
      expect(codeOf(() => openSqliteStore({ path }))).toBe("HAYPILE_USAGE");
    }
    const plain = newPath();
    writeFileSync(plain, "x");
    for (const readonly of [false, true]) {
      const code = codeOf(() => openSqliteStore({ path: join(plain, "a", "index.db"), readonly }));
      expect(["HAYPILE_NOT_A_FOLDER", "HAYPILE_NOT_INDEXED"]).toContain(code);
    }
    const missing = join(made.folder, "none", "index.db");
    expect(codeOf(() => openSqliteStore({ path: missing, readonly: true }))).toBe(
      "HAYPILE_NOT_INDEXED",
    );
    expect(existsSync(join(made.folder, "none"))).toBe(false);
  });
});

describe("a database of a newer version", () => {
  it("is refused with both numbers and left as it is", () => {
    const path = makeIndex();
    const raw = openRaw(path);
    raw.pragma("user_version = 99");
    raw.close();
    const bytes = readFileSync(path);
    expect(codeOf(() => openSqliteStore({ path }))).toBe("HAYPILE_DB_NEWER");
    expect(existsSync(`${path}-wal`)).toBe(false);
    expect(messageOf(() => openSqliteStore({ path, readonly: true }))).toMatch(/version 99.*to \d/);
    expect(readFileSync(path)).toEqual(bytes);
  });
});

describe("a damaged database", () => {
  const damage = ["HAYPILE_DB_CORRUPT", "HAYPILE_DB_NOT_A_DATABASE"];

  it("is named with the way out when it is cut short, wherever", () => {
    const whole = makeIndex();
    const size = statSync(whole).size;
    for (let step = 1; step < 24; step++) {
      const path = newPath();
      copyFileSync(whole, path);
      truncateSync(path, Math.floor((size * step) / 24));
      const codes = walk(path);
      expect(codes.length, `cut at ${step}/24`).toBeGreaterThan(0);
      for (const code of codes) expect(damage).toContain(code);
    }
    const path = newPath();
    copyFileSync(whole, path);
    truncateSync(path, size - 4_096);
    const message = messageOf(() => openSqliteStore({ path }));
    expect(message).toContain(path);
    expect(message).toMatch(/damaged or truncated.*Delete it.*--db.*index again/);
  });

  it("never crashes or gives a bare error when bytes are wrong, wherever", () => {
    const whole = readFileSync(makeIndex());
    expect(whole.length).toBeGreaterThan(300_000);
    let state = 7;
    const random = (below: number): number => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return Math.floor((state / 4_294_967_296) * below);
    };
    const met = new Set<string>();
    for (let round = 0; round < 60; round++) {
      const path = newPath();
      const bytes = Buffer.from(whole);
      for (let i = 0; i < 400; i++) bytes[100 + random(bytes.length - 100)] = random(256);
      writeFileSync(path, bytes);
      for (const code of walk(path)) met.add(code);
    }
    expect(met).toContain("HAYPILE_DB_CORRUPT");
    // A changed letter in the name of the model looks like another model.
    const expected = [...damage, "HAYPILE_DIMENSIONS_DIFFER"];
    expect([...met].filter((code) => !expected.includes(code))).toEqual([]);
  }, 60_000);

  it("is found at opening after an unclean end", () => {
    const whole = makeIndex();
    const store = openSqliteStore({ path: whole });
    store.facts.set("root", "x");
    const path = newPath();
    copyFileSync(whole, path);
    copyFileSync(`${whole}-wal`, `${path}-wal`);
    store.close();
    const bytes = readFileSync(path);
    // The last page belongs to some table's rows; the header stays right.
    bytes.fill(0xee, bytes.length - 8_192, bytes.length - 4_096);
    writeFileSync(path, bytes);
    expect(codeOf(() => openSqliteStore({ path }))).toBe("HAYPILE_DB_CORRUPT");
  });

  it("is named when a table is missing, or the note of the model is no note", () => {
    const path = makeIndex();
    let raw = openRaw(path);
    raw.exec("DROP TABLE vectors");
    raw.close();
    expect(codeOf(() => openSqliteStore({ path }))).toBe("HAYPILE_DB_CORRUPT");
    const other = makeIndex();
    raw = openRaw(other);
    raw.exec("UPDATE meta SET value = '{'");
    raw.close();
    expect(walk(other)).toContain("HAYPILE_DB_CORRUPT");
  });

  it("does not match another application id by chance", () => {
    expect(applicationId.toString(16)).toBe("68617970");
  });
});

describe("a busy database", () => {
  it("is named after waiting, and nothing is lost", () => {
    const path = makeIndex();
    const store = openSqliteStore({ path });
    closing.push(store);
    const raw = openRaw(path);
    closing.push(raw);
    raw.exec("BEGIN IMMEDIATE");
    expect(store.files.all().size).toBe(40);
    expect(codeOf(() => store.facts.set("a", "b"))).toBe("HAYPILE_DB_BUSY");
    raw.exec("ROLLBACK");
    store.facts.set("a", "b");
    expect(store.facts.get("a")).toBe("b");
  }, 15_000);
});

describe("a folder that may not be written", () => {
  const script = join(import.meta.dirname, "..", "concurrency", "store-open-reporter.ts");
  const inNamespace = `
    set -e
    mount -t tmpfs -o size=8m none "$1"
    "$2" "$3" "$1/index.db" make >/dev/null
    mount -o remount,ro "$1"
    "$2" "$3" "$1/index.db" write
    "$2" "$3" "$1/new.db" write
  `;

  it("is named", (context) => {
    const folder = join(made.folder, "readonly");
    mkdirSync(folder);
    let output: string;
    try {
      execFileSync("unshare", ["-rm", "true"], { stdio: "ignore" });
      output = execFileSync(
        "unshare",
        ["-rm", "sh", "-c", inNamespace, "sh", folder, process.execPath, script],
        { encoding: "utf8" },
      );
    } catch (error) {
      if (error instanceof Error && /unshare/.test(error.message) && !/sh -c/.test(error.message)) {
        return context.skip("unshare with a mount of its own is not allowed here");
      }
      throw error;
    }
    const reports = output
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as HaypileError);
    expect(reports.map((report) => report.code)).toEqual([
      "HAYPILE_PERMISSION",
      "HAYPILE_PERMISSION",
    ]);
    for (const report of reports) expect(report.message).toContain(folder);
  }, 20_000);
});
