/**
 * A writer is killed at 20 random moments. After each: the file opens and is sound, every step it
 * had acknowledged is there, at most the one step after it too, and the next writer goes on.
 */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { acquireIndexLock } from "../../src/storage/sqlite/file/lock.ts";
import { openSqliteStore } from "../../src/storage/sqlite/store.ts";
import { findFaults, makeFolder } from "../helpers/sqlite-files.ts";
import { differenceOf, type PlannedState, planStep, vectorOf } from "./store-kill-plan.ts";

const kills = 20;
const made = makeFolder();

afterAll(made.remove);

it("keeps what was acknowledged, and stays sound, when its writer is killed", async () => {
  const path = join(made.folder, "index.db");
  const state: PlannedState = { files: new Map(), embedded: new Set() };
  let next = 0;
  let unacknowledged = 0;
  for (let kill = 0; kill < kills; kill++) {
    const acknowledged = await writeUntilKilled(path, next, Math.random() * 150);
    expect(acknowledged).toBeGreaterThanOrEqual(next);
    for (; next <= acknowledged; next++) planStep(state, next);

    // The operating system has freed the lock.
    acquireIndexLock(path).release();
    const store = openSqliteStore({ path });
    let difference = differenceOf(store, state);
    if (difference !== "") {
      planStep(state, next++);
      unacknowledged++;
      difference = differenceOf(store, state);
    }
    expect(difference, `kill ${kill}, step ${next}`).toBe("");
    const text = [...state.embedded].at(-1);
    if (text !== undefined) {
      const [hit] = store.vectors.search(vectorOf(text), 1);
      expect(hit?.score).toBeGreaterThan(0.999);
      expect(store.texts.places([hit?.chunkId ?? 0]).length).toBeGreaterThan(0);
    }
    store.close();
    expect(findFaults(path), `kill ${kill}`).toEqual([]);
  }
  expect(next).toBeGreaterThan(kills * 5);
  expect(unacknowledged).toBeLessThan(kills);
}, 180_000);

/** Runs a writer from `first` on, kills it `delayMs` after its first step, gives its last step. */
function writeUntilKilled(path: string, first: number, delayMs: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const script = join(import.meta.dirname, "store-kill-writer.ts");
    const child = spawn(process.execPath, [script, path, String(first)], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    let complaint = "";
    let killed = false;
    child.stdout.on("data", (data) => {
      output += data;
      if (killed) return;
      killed = true;
      setTimeout(() => child.kill("SIGKILL"), delayMs);
    });
    child.stderr.on("data", (data) => {
      complaint += data;
    });
    child.on("close", (_code, signal) => {
      // A line without its end was cut by the kill; the step before it is the last one told.
      const steps = output
        .slice(0, output.lastIndexOf("\n") + 1)
        .trim()
        .split("\n");
      if (signal === "SIGKILL") resolve(Number(steps.at(-1)));
      else reject(new Error(`the writer ended by itself: ${complaint}`));
    });
  });
}
