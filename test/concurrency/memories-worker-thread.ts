/** Thread of memories-threads.test.ts: writes and reads beside others, then says how many. */
import { parentPort, workerData } from "node:worker_threads";
import { openMemories } from "../../src/engine/memories/memories.ts";
import { HashEmbedder } from "../helpers/hash-embedder.ts";
import { addonFolder } from "../helpers/model.ts";

const { path, name, count } = workerData as { path: string; name: string; count: number };
const memories = await openMemories({ database: path, embedder: new HashEmbedder(), addonFolder });
const ids: string[] = [];
for (let at = 0; at < count; at++) {
  const { id } = await memories.remember(`thread ${name} wrote sentence ${at}`, {
    onDuplicate: "keep",
  });
  ids.push(id);
  if (at % 10 === 0) await memories.recall(`sentence ${at}`);
}
await memories.settled();
await memories.close();
parentPort?.postMessage(ids);
