/** Child of sqlite-disk-full.test.ts: fills the small disk given, looks at what is left, makes room. */
import { closeSync, openSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { acquireIndexLock } from "../../src/storage/sqlite/file/lock.ts";
import { openSqliteStore } from "../../src/storage/sqlite/store.ts";
import { findFaults } from "../helpers/sqlite-files.ts";
import { codeOf, file, prose } from "../helpers/store-files.ts";

const folder = process.argv[2] ?? "";
const path = join(folder, "index.db");
const ballast = join(folder, "ballast");

writeUntilFull(ballast, 1_000_000);
const store = openSqliteStore({ path });
store.files.put([file("first.txt", [prose])]);
let stored = 1;
let message = "";
const code = codeOf(() => {
  try {
    for (; ; stored++) {
      const texts = Array.from({ length: 10 }, (_, i) => `${stored} ${i} padding `.repeat(100));
      store.files.put([file(`file${stored}.txt`, texts)]);
    }
  } catch (error) {
    message = (error as Error).message;
    throw error;
  }
});
// The last bytes go too, so that not even an empty file of SQLite's finds room.
writeUntilFull(join(folder, "rest"), Number.POSITIVE_INFINITY);
const paths = [...store.files.all().keys()];
const foundAll =
  paths.length === stored &&
  Array.from({ length: stored - 1 }, (_, i) => `file${i + 1}.txt`).every((name) =>
    paths.includes(name),
  );
const searchAtFull = store.texts.search("marmot", 5).length;
const openAtFull = codeOf(() => openSqliteStore({ path: join(folder, "other.db") }));
const lockAtFull = codeOf(() => acquireIndexLock(path));
rmSync(ballast);
rmSync(join(folder, "rest"));
const afterRoom = codeOf(() => {
  store.files.put([file("last.txt", ["there is room again"])]);
  acquireIndexLock(path).release();
});
store.close();
const faults = findFaults(path);
const report = {
  code,
  message,
  stored,
  foundAll,
  searchAtFull,
  openAtFull,
  lockAtFull,
  afterRoom,
  faults,
};
writeSync(1, JSON.stringify(report));

function writeUntilFull(name: string, mostBytes: number): void {
  const handle = openSync(name, "w");
  const block = Buffer.alloc(4_096, 1);
  try {
    for (let bytes = 0; bytes < mostBytes; bytes += block.length) writeSync(handle, block);
  } catch {
    // Full, as wanted.
  } finally {
    closeSync(handle);
  }
}
