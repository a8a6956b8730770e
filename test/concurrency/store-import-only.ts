/** Child of sqlite-store.test.ts: imports the store and fails when that loaded the driver. */
import { createRequire } from "node:module";
import "../../src/storage/sqlite/file/lock.ts";
import "../../src/storage/sqlite/store.ts";

const loaded = Object.keys(createRequire(import.meta.url).cache);
const driver = loaded.filter((name) => /better-sqlite3|sqlite-vec/.test(name));
if (driver.length > 0) throw new Error(`loaded at import: ${driver.join(", ")}`);
