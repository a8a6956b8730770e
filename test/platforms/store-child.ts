/* The other process of store.ts: writes into an index, or holds its lock until it is ended. */
import { acquireIndexLock } from "../../src/storage/sqlite/file/lock.ts";
import { openSqliteStore } from "../../src/storage/sqlite/store.ts";

const [what, path = ""] = process.argv.slice(2);
if (what === "lock") {
  acquireIndexLock(path);
  setInterval(() => undefined, 1_000);
} else {
  const store = openSqliteStore({ path });
  store.files.put([
    {
      path: "src/b.txt",
      stamp: { sizeBytes: 1, mtimeMs: 1, readMs: 1 },
      contentHash: "01",
      language: "text",
      chunks: [{ text: "another", startLine: 1, endLine: 1, tokens: 1 }],
    },
  ]);
  store.close();
}
