/* Makes an index smaller and large again in a process of its own. Prints the code of what goes wrong. */
import { HaypileError } from "../../src/base/errors.ts";
import { open } from "../../src/engine/open.ts";

const [, , folder, database, vectors] = process.argv;
const engine = await open({ folder: folder as string, database: database as string });
engine.status();
process.stdout.write("begun\n");
try {
  const plan = await engine.compaction.prepare(
    vectors === undefined ? {} : { vectors: vectors as "pq4" },
  );
  await plan.apply();
  engine.compaction.undo();
} catch (error) {
  process.stdout.write(`${HaypileError.isInstance(error) ? error.code : String(error)}\n`);
}
await engine.close();
