/** Child of index-removal.test.ts: tries until it has the lock of a database, says so, and holds it. */
import { HaypileError } from "../../src/base/errors.ts";
import { acquireIndexLock } from "../../src/storage/sqlite/file/lock.ts";

const path = process.argv[2] ?? "";
process.stdout.write("trying\n");
for (;;) {
  try {
    acquireIndexLock(path);
    break;
  } catch (error) {
    if (!HaypileError.isInstance(error) || error.code !== "HAYPILE_DB_BUSY") throw error;
  }
}
process.stdout.write("held\n");
process.stdin.resume();
