/** Child (or thread) of index-lock.test.ts: takes the lock, says how that went, and waits. */
import { HaypileError } from "../../src/base/errors.ts";
import { acquireIndexLock } from "../../src/storage/sqlite/file/lock.ts";

try {
  acquireIndexLock(process.argv[2] ?? "");
  process.stdout.write("held\n");
  // Until the parent ends us, or is gone itself.
  process.stdin.resume();
} catch (error) {
  if (!HaypileError.isInstance(error)) throw error;
  process.stdout.write(`${error.code}\n`);
}
