/** Child of store-kill.test.ts: follows the plan from a step on, and says each step once it is done. */
import { writeSync } from "node:fs";
import { acquireIndexLock } from "../../src/storage/sqlite/file/lock.ts";
import { openSqliteStore } from "../../src/storage/sqlite/store.ts";
import { dimensions, runStep } from "./store-kill-plan.ts";

const [path = "", first = "0"] = process.argv.slice(2);
acquireIndexLock(path);
const store = openSqliteStore({ path });
store.vectors.claimModel({ id: "planned", dimensions });
for (let step = Number(first); ; step++) {
  runStep(store, step);
  writeSync(1, `${step}\n`);
}
