/** Child of snapshots-kill.test.ts: makes snapshots for ever, or restores two by turns; says what is done. */
import { writeSync } from "node:fs";
import { openMemories } from "../../src/engine/memories/memories.ts";

const [path = "", ...ids] = process.argv.slice(2);
const memories = await openMemories({ database: path, embedder: undefined });
writeSync(1, "open\n");
for (let round = 0; ; round += 1) {
  const id = ids[round % ids.length];
  if (id === undefined) writeSync(1, `${(await memories.snapshot({ note: `${round}` })).id}\n`);
  else writeSync(1, `${(await memories.restoreSnapshot(id)).id}\n`);
}
