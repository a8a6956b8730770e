/*
 * A child process: indexes a folder with the real model, without the cache of vectors, and says after each run of
 * the model how many chunks are embedded. SIGTERM stops it as a caller would: node index-teller.ts FOLDER DATABASE
 */
import { writeSync } from "node:fs";
import { open } from "../../src/engine/open.ts";

const [folder = "", database = ""] = process.argv.slice(2);
const stop = new AbortController();
process.on("SIGTERM", () => stop.abort());
const engine = await open({ folder, database, embeddingCache: false, model: "all-minilm-l6-v2" });
try {
  await engine.index({
    signal: stop.signal,
    onProgress: ({ phase, chunksDone }) => {
      if (phase === "embed") writeSync(1, `${chunksDone}\n`);
    },
  });
} catch (error) {
  process.stderr.write(`${(error as { code?: string }).code}\n`);
}
await engine.close();
