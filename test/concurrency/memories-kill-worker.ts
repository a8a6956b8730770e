/** Child of memories-kill.test.ts: writes or reads for ever, and says what was acknowledged. */
import { writeSync } from "node:fs";
import { openMemories } from "../../src/engine/memories/memories.ts";
import { HashEmbedder } from "../helpers/hash-embedder.ts";
import { addonFolder } from "../helpers/model.ts";

const [path = "", role = "", name = ""] = process.argv.slice(2);
const memories = await openMemories({ database: path, embedder: new HashEmbedder(), addonFolder });
if (role === "read") await read();
else await write();

async function read(): Promise<void> {
  for (let round = 0; ; round++) {
    const { hits } = await memories.recall(`writer number ${round % 50}`, { k: 5 });
    for (const { memory } of hits) {
      if (!memory.text.startsWith("writer")) throw new Error(`read ${memory.text}`);
    }
    writeSync(1, `read\t${hits.length}\n`);
  }
}

async function write(): Promise<void> {
  for (let round = 0; ; round++) {
    const texts = [0, 1, 2].map(
      (at) => `writer${name} number ${round} said ${at} in round${round}`,
    );
    const [first = "", second = "", third = ""] = texts;
    const kept = await memories.remember(first, { tags: [`w${name}`] });
    writeSync(1, `kept\t${kept.id}\t${first}\n`);
    const many = await memories.rememberMany([{ text: second }, { text: third }]);
    writeSync(1, many.map(({ id }, at) => `kept\t${id}\t${texts[at + 1]}\n`).join(""));
    if (round % 3 !== 0) continue;
    const id = many[0]?.id ?? "";
    writeSync(1, `going\t${id}\n`);
    await memories.forget(id, { hard: round % 2 === 0 });
    writeSync(1, `gone\t${id}\n`);
  }
}
