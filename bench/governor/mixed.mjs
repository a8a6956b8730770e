/* A process that indexes, then searches and writes at once: node mixed.mjs FOLDER LIMIT SECONDS */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { open } from "../../dist/index.js";

const [folder, limit, seconds] = process.argv.slice(2);
const engine = await open({ folder, maxMemoryBytes: Number(limit), embeddingCache: false });
await engine.index();
const end = performance.now() + Number(seconds) * 1000;
let searches = 0;
let writes = 0;
let refused = 0;
/** Work that does not fit now is refused with a code: the caller comes again. */
const unlessRefused = async (work) => {
  try {
    await work();
  } catch (error) {
    if (error.code !== "HAYPILE_OVERLOADED") throw error;
    refused += 1;
    await new Promise((done) => setTimeout(done, 250));
  }
};
const search = async () => {
  while (performance.now() < end) {
    await unlessRefused(() => engine.search(`how is the price of order ${searches} counted`));
    searches += 1;
  }
};
const write = async () => {
  while (performance.now() < end) {
    for (let i = 0; i < 5; i += 1) {
      const lines = `def written_${writes}(a):\n    return a + ${writes}\n\n\n`.repeat(20);
      writeFileSync(join(folder, `part${writes % 40}`, `file${(writes * 41) % 3000}.py`), lines);
      writes += 1;
    }
    await unlessRefused(() => engine.index());
  }
};
await Promise.all([search(), search(), write()]);
await engine.close();
process.stdout.write(`${JSON.stringify({ searches, writes, refused })}\n`);
