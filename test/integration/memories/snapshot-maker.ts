/** Child of snapshots.test.ts: makes snapshots for ever, or writes; says what was acknowledged. */
import { writeSync } from "node:fs";
import { openMemories } from "../../../src/engine/memories/memories.ts";

const [path = "", role = ""] = process.argv.slice(2);
const memories = await openMemories({ database: path, embedder: undefined });
writeSync(1, "open\n");
for (let round = 0; ; round += 1) {
  if (role === "make") writeSync(1, `${(await memories.snapshot({ note: `${round}` })).id}\n`);
  else
    await memories.rememberMany([{ text: `${role} ${round} a` }, { text: `${role} ${round} b` }]);
}
