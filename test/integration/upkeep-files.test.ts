/* Upkeep of files that are damaged, newer, held by another or gone: only damage is told, and it keeps nothing from the others. */
import { mkdirSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { moveLogs, verifyFiles } from "../../src/engine/upkeep/files.ts";
import { tidyIndexes } from "../../src/engine/upkeep/tidy-indexes.ts";
import { putLegacyFile } from "../helpers/legacy-files.ts";
import { makeFolder, openRaw } from "../helpers/sqlite-files.ts";

let folder: string;
let remove: () => void;

beforeEach(() => {
  ({ folder, remove } = makeFolder());
  mkdirSync(join(folder, "indexes"));
});

afterEach(() => remove());

const { signal } = new AbortController();

function put(name: string): string {
  const path = join(folder, "indexes", name);
  putLegacyFile("index", 12, path);
  return path;
}

describe("upkeep of files", () => {
  it("tells what is damaged, and neither a newer file nor one that another has for itself", async () => {
    put("a.db");
    truncateSync(put("b.db"), 20_000);
    const newer = openRaw(put("c.db"));
    newer.pragma("user_version = 13");
    newer.close();
    const held = openRaw(put("d.db"));
    held.pragma("locking_mode = EXCLUSIVE");
    held.exec("BEGIN EXCLUSIVE");
    try {
      const places = { dataFolder: folder, cacheFolder: folder };
      const { done, findings } = await verifyFiles(places, signal);
      expect(findings).toEqual([expect.stringMatching(/b\.db/u)]);
      expect(done).toBe(2);
    } finally {
      held.close();
    }
  });

  it("leaves the log of a file that another has for itself", async () => {
    const held = openRaw(put("d.db"));
    held.pragma("locking_mode = EXCLUSIVE");
    held.pragma("journal_mode = WAL");
    held.exec("CREATE TABLE more(a)");
    try {
      const places = { dataFolder: folder, cacheFolder: folder };
      expect(await moveLogs(places, signal)).toEqual({ done: 0, pages: 0, findings: [] });
    } finally {
      held.close();
    }
  });

  it("tidies the other indexes where one cannot be", async () => {
    const order: string[] = [];
    const engine = (name: string, failure?: Error) => ({
      hasIndex: true,
      tidy: async () => {
        order.push(name);
        if (failure !== undefined) throw failure;
        return true;
      },
    });
    const engines = [engine("a", new Error("a is damaged")), engine("b"), engine("c")];
    await expect(tidyIndexes(engines, signal)).rejects.toThrow("a is damaged");
    expect(order).toEqual(["a", "b", "c"]);
    const both = [engine("a", new Error("a is damaged")), engine("b", new Error("b too"))];
    await expect(tidyIndexes(both, signal)).rejects.toThrow("a is damaged b too");
  });
});
