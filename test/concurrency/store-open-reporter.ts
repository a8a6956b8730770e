/** Child of the storage tests: opens a store, writes one fact, and says which error came, as JSON. */
import { writeSync } from "node:fs";
import { HaypileError } from "../../src/base/errors.ts";
import { openSqliteStore } from "../../src/storage/sqlite/store.ts";

const [path = "", what = ""] = process.argv.slice(2);
try {
  const store = openSqliteStore({ path });
  store.facts.set("last", what);
  store.close();
  writeSync(1, `${JSON.stringify({ code: "none", message: "" })}\n`);
} catch (error) {
  if (!HaypileError.isInstance(error)) throw error;
  writeSync(1, `${JSON.stringify({ code: error.code, message: error.message })}\n`);
}
