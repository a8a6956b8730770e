/** Child of snapshot-daily.test.ts: makes and restores snapshots on a disk that has no room for them. */
import { readdirSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { openMemories } from "../../src/engine/memories/memories.ts";
import { checkMemoryDatabase } from "../../src/storage/sqlite/memories/file/check.ts";
import { codeOf } from "../helpers/open-memories.ts";

const folder = process.argv[2] ?? "";
const database = join(folder, "memories.db");
const ballast = join(folder, "ballast");
const memories = await openMemories({ database, embedder: undefined });
const text = (at: number): string =>
  Array.from({ length: 300 }, (_, word) => (at * 7_919 + word * 104_729).toString(36)).join(" ");
await memories.rememberMany(Array.from({ length: 70 }, (_, at) => ({ text: text(at) })));
const { memories: before } = await memories.stats();
const { id } = await memories.snapshot();
const names = (): string[] =>
  readdirSync(join(folder, "snapshots")).filter((name) => !name.startsWith(id));
fill(300_000);
const made = await codeOf(memories.snapshot({ full: true }));
const restored = await codeOf(memories.restoreSnapshot(id));
const left = names();
const { memories: after } = await memories.stats();
await memories.close();
const sound = checkMemoryDatabase(database).findings;
rmSync(ballast);
const reopened = await openMemories({ database, embedder: undefined });
const again = await codeOf(reopened.restoreSnapshot(id));
await reopened.close();
writeSync(1, JSON.stringify({ made, restored, left, before, after, sound, again }));

/** Until no more than this is left. */
function fill(bytes: number): void {
  const pieces: Buffer[] = [];
  for (;;) {
    pieces.push(Buffer.alloc(100_000, 1));
    try {
      writeFileSync(ballast, Buffer.concat(pieces));
    } catch {
      writeFileSync(
        ballast,
        Buffer.concat(pieces).subarray(0, Math.max(0, (pieces.length - 1) * 100_000 - bytes)),
      );
      return;
    }
  }
}
