/** Child of memories-disk-full.test.ts: remembers until the small disk given is full, looks, makes room. */
import { rmSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { openMemories } from "../../src/engine/memories/memories.ts";
import { codeOf } from "../helpers/open-memories.ts";

const folder = process.argv[2] ?? "";
const database = join(folder, "memories.db");
const ballast = join(folder, "ballast");
writeFileSync(ballast, Buffer.alloc(1_000_000, 1));
const memories = await openMemories({ database, embedder: undefined });
const kept: string[] = [];
const full = await codeOf(
  (async () => {
    for (let at = 0; ; at += 1) {
      const { id } = await memories.remember(`lighthouse ${at} `.repeat(300), {
        onDuplicate: "keep",
      });
      kept.push(id);
    }
  })(),
);
// What was acknowledged is there, and found, while the disk is full.
const there = await Promise.all(kept.map(async (id) => (await memories.get(id)) !== undefined));
const { hits } = await memories.recall("lighthouse", { k: 5 });
rmSync(ballast);
const after = await codeOf(memories.remember("there is room again"));
await memories.close();
const reopened = await openMemories({ database, embedder: undefined });
const { memories: count } = await reopened.stats();
await reopened.close();
const db = new Database(database, { readonly: true });
const integrity = db.pragma("integrity_check", { simple: true });
db.close();
const report = {
  full,
  kept: kept.length,
  allThere: there.every(Boolean),
  found: hits.length,
  after,
  lost: kept.length + (after === "none" ? 1 : 0) - count,
  integrity,
};
writeSync(1, JSON.stringify(report));
