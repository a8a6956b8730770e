/*
 * Deleting an index deletes its lock file too. Whoever waited for that lock must not hold a file that is nowhere any more:
 * two processes would then write one index.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, it, vi } from "vitest";
import { HaypileError } from "../../src/index.ts";
import { acquireIndexLock, lockOwner } from "../../src/storage/sqlite/file/lock.ts";
import { removeIndex } from "../../src/storage/sqlite/file/remove.ts";
import { openSqliteStore } from "../../src/storage/sqlite/store.ts";
import { tempFolder } from "../helpers/temp-tree.ts";

// On a machine where other work runs, processes take their time.
vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

const waiter = join(import.meta.dirname, "index-lock-waiter.ts");

function said(child: ChildProcess, word: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let text = "";
    child.stdout?.on("data", (data) => {
      text += data;
      if (text.includes(word)) resolve();
    });
    child.on("close", () => reject(new Error(`it ended before it said ${word}: ${text}`)));
  });
}

it("leaves the lock of an index with one process, whoever waits while it is deleted", async () => {
  const folder = tempFolder();
  for (let round = 0; round < 12; round += 1) {
    const path = join(folder, `index-${round}.db`);
    openSqliteStore({ path }).close();
    const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", waiter, path]);
    let errors = "";
    child.stderr?.on("data", (text) => {
      errors += text;
    });
    const held = said(child, "held").catch((error: Error) => {
      throw new Error(`${error.message}${errors}`);
    });
    await said(child, "trying");
    // It may have it by now, or may be about to: every order has to come out right.
    for (let isRemoved = false; !isRemoved; ) {
      try {
        removeIndex(path);
        isRemoved = true;
      } catch (error) {
        expect(HaypileError.isInstance(error) && error.code).toBe("HAYPILE_DB_BUSY");
        break;
      }
    }
    await held;
    expect(() => acquireIndexLock(path)).toThrow(/is being written by process/);
    expect(lockOwner(path)?.pid).toBe(child.pid);
    child.kill("SIGKILL");
    await new Promise((resolve) => child.on("close", resolve));
    expect(lockOwner(path)).toBeUndefined();
    removeIndex(path);
    expect(existsSync(path)).toBe(false);
    expect(readdirSync(folder)).toEqual([]);
  }
});

it("holds off who would begin to index until all is gone", () => {
  const path = join(tempFolder(), "index.db");
  openSqliteStore({ path }).close();
  const lock = acquireIndexLock(path);
  expect(() => removeIndex(path)).toThrow(/is being written by process/);
  expect(existsSync(path)).toBe(true);
  lock.release();
  expect(removeIndex(path)).toMatchObject({ path });
  expect(removeIndex(path)).toBeUndefined();
});
