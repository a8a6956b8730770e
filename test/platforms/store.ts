/* SQLite's files: made, locked, opened twice, measured, deleted; below long paths and beside who holds them. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { HaypileError } from "../../src/base/errors.ts";
import { realPathSync } from "../../src/base/paths/real-path.ts";
import { sqlFunctions } from "../../src/native/words.ts";
import { acquireIndexLock, lockOwner, tryLock } from "../../src/storage/sqlite/file/lock.ts";
import { removeIndex } from "../../src/storage/sqlite/file/remove.ts";
import { openSqliteStore } from "../../src/storage/sqlite/store.ts";
import { report, scratch } from "./harness.ts";

const folder = realPathSync(scratch("store"));

function write(path: string): void {
  const store = openSqliteStore({ path });
  store.vectors.claimModel({ id: "check", dimensions: 2 });
  store.files.put([
    {
      path: "src/a.txt",
      stamp: { sizeBytes: 1, mtimeMs: 1, readMs: 1 },
      contentHash: "00",
      language: "text",
      chunks: [{ text: "needle", startLine: 1, endLine: 1, tokens: 1 }],
    },
  ]);
  const [chunk] = store.pending.page(0, 1);
  store.vectors.put([chunk?.id ?? 0], new Float32Array([0.6, 0.8]));
  assert.equal(store.texts.search("needle", 1).length, 1);
  assert.ok((store.vectors.search(new Float32Array([0.6, 0.8]), 1)[0]?.score ?? 0) > 0.99);
  store.close();
}

await report({
  "an index is written and found by word and by vector": () => write(join(folder, "one.db")),
  "SQLite loads the core's functions, which rank words as it does": () => {
    const path = join(folder, "ranked.db");
    write(path);
    const store = openSqliteStore({ path, sqlFunctions: sqlFunctions() });
    const plain = openSqliteStore({ path });
    assert.deepEqual(store.texts.search("needle", 9), plain.texts.search("needle", 9));
    assert.ok(store.lengthsBytes > 0);
    plain.close();
    store.close();
  },
  "also below a path of more than 260 letters": () => {
    const deep = join(folder, ..."abcdef".split("").map((letter) => letter.repeat(45)));
    mkdirSync(deep, { recursive: true });
    const path = join(deep, "deep.db");
    assert.ok(path.length > 280);
    write(path);
    assert.equal(removeIndex(path)?.path, path);
    assert.equal(existsSync(path), false);
  },
  "two connections of two processes see the same": async () => {
    const path = join(folder, "two.db");
    write(path);
    const store = openSqliteStore({ path, readonly: true });
    const other = spawn(
      process.execPath,
      [join(import.meta.dirname, "store-child.ts"), "write", path],
      {
        stdio: "ignore",
        windowsHide: true,
      },
    );
    const code = await new Promise((done) => other.once("exit", done));
    assert.equal(code, 0);
    assert.equal(store.texts.search("another", 1).length, 1);
    store.close();
  },
  "one process at a time may index; a lock ends with its holder, however that ends": async () => {
    const path = join(folder, "locked.db");
    const holder = spawn(
      process.execPath,
      [join(import.meta.dirname, "store-child.ts"), "lock", path],
      {
        stdio: "ignore",
        windowsHide: true,
      },
    );
    const gone = new Promise((done) => holder.once("exit", done));
    for (let i = 0; i < 600 && lockOwner(path) === undefined; i++) await wait(100);
    assert.equal(lockOwner(path)?.pid, holder.pid);
    assert.throws(() => acquireIndexLock(path), { code: "HAYPILE_DB_BUSY" });
    assert.equal(tryLock(`${path}.lock`), undefined);
    holder.kill("SIGKILL");
    await gone;
    await wait(300);
    const lock = acquireIndexLock(path);
    lock.release();
    assert.equal(lockOwner(path), undefined);
  },
  "an index that is open is deleted, or said to be held, and is whole then": () => {
    const path = join(folder, "held.db");
    write(path);
    const store = openSqliteStore({ path });
    let refused: unknown;
    try {
      removeIndex(path);
    } catch (error) {
      refused = error;
    }
    if (refused === undefined) {
      store.close();
      assert.equal(existsSync(path), false);
      return "deleted";
    }
    assert.ok(HaypileError.isInstance(refused), String(refused));
    assert.equal(store.texts.search("needle", 1).length, 1);
    store.close();
    assert.equal(removeIndex(path)?.path, path);
    return refused.message;
  },
});
