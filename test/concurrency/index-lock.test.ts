import { type ChildProcess, spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { HaypileError } from "../../src/base/errors.ts";
import { acquireIndexLock } from "../../src/storage/sqlite/file/lock.ts";
import { openSqliteStore } from "../../src/storage/sqlite/store.ts";
import { makeFolder } from "../helpers/sqlite-files.ts";
import { codeOf, file, prose } from "../helpers/store-files.ts";

const made = makeFolder();
let count = 0;
const newPath = (): string => join(made.folder, `${count++}.db`);
const script = join(import.meta.dirname, "index-lock-holder.ts");

const children: ChildProcess[] = [];

afterEach(async () => {
  await Promise.all(children.splice(0).map((child) => end(child, "SIGKILL")));
});
afterAll(made.remove);

interface Holder {
  child: ChildProcess;
  /** "held" or the code of the error. */
  said: string;
}

function startHolder(path: string): Promise<Holder> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [script, path], { stdio: ["pipe", "pipe", "ignore"] });
    children.push(child);
    child.stdout.once("data", (data) => resolve({ child, said: String(data).trim() }));
    child.once("error", reject);
  });
}

function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve();
    child.once("exit", () => resolve());
    child.kill(signal);
  });
}

function busyError(path: string): HaypileError {
  try {
    acquireIndexLock(path).release();
  } catch (error) {
    if (HaypileError.isInstance(error)) return error;
    throw error;
  }
  throw new Error("the lock was free");
}

describe("the index lock", () => {
  it("is had once, and again after its release", () => {
    const path = newPath();
    const lock = acquireIndexLock(path);
    const error = busyError(path);
    expect(error.code).toBe("HAYPILE_DB_BUSY");
    expect(error.data).toMatchObject({ path, pid: process.pid });
    lock.release();
    lock.release();
    acquireIndexLock(path).release();
  });

  it("names the process that has it, and is free as soon as that is killed", async () => {
    const path = newPath();
    const before = new Date().toISOString();
    const holder = await startHolder(path);
    expect(holder.said).toBe("held");
    const error = busyError(path);
    expect(error.code).toBe("HAYPILE_DB_BUSY");
    expect(error.data.pid).toBe(holder.child.pid);
    expect(String(error.data.since) >= before).toBe(true);
    expect(error.message).toContain(`process ${holder.child.pid}, since ${error.data.since}`);
    // Asking, and being refused, takes nothing from the owner.
    expect(busyError(path).data.pid).toBe(holder.child.pid);
    await end(holder.child, "SIGKILL");
    acquireIndexLock(path).release();
  }, 20_000);

  it("is had by exactly one of many that start together", async () => {
    const path = newPath();
    const holders = await Promise.all(Array.from({ length: 5 }, () => startHolder(path)));
    const said = holders.map((holder) => holder.said).sort();
    const owner = holders.find((holder) => holder.said === "held");
    const named = busyError(path).data.pid;
    await Promise.all(holders.map((holder) => end(holder.child, "SIGKILL")));
    expect(said).toEqual([...Array(4).fill("HAYPILE_DB_BUSY"), "held"]);
    expect(named).toBe(owner?.child.pid);
  }, 30_000);

  it("holds between threads of one process", async () => {
    const path = newPath();
    const lock = acquireIndexLock(path);
    const said = await new Promise((resolve, reject) => {
      const worker = new Worker(script, { argv: [path], stdout: true, stdin: true });
      worker.stdout.once("data", (data) => {
        resolve(String(data).trim());
        void worker.terminate();
      });
      worker.once("error", reject);
    });
    expect(said).toBe("HAYPILE_DB_BUSY");
    const holder = await startHolder(path);
    expect(holder.said).toBe("HAYPILE_DB_BUSY");
    await end(holder.child, "SIGKILL");
    lock.release();
  }, 20_000);

  it("keeps neither readers nor writers from the database", () => {
    const path = newPath();
    const lock = acquireIndexLock(path);
    const writer = openSqliteStore({ path });
    writer.files.put([file("a.txt", [prose])]);
    const reader = openSqliteStore({ path, readonly: true });
    expect(reader.texts.search("marmot", 5)).toHaveLength(1);
    reader.close();
    writer.close();
    lock.release();
  });

  it("says what to do about a file of that name that is no lock", () => {
    const path = newPath();
    writeFileSync(`${path}.lock`, "this is not a lock ".repeat(100));
    const error = busyError(path);
    expect(error.code).toBe("HAYPILE_DB_CORRUPT");
    expect(error.message).toContain(`${path}.lock`);
    expect(codeOf(() => acquireIndexLock(""))).toBe("HAYPILE_USAGE");
  });
});
