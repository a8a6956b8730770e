/* A worker thread that embeds with a model folder and an engine until it is ended; tells when runs are at work. */
import { parentPort, workerData } from "node:worker_threads";
import { loadEmbedder, manyTexts } from "./model.ts";

const { folder, engine } = workerData as { folder: string; engine: "onnx" | "direct" };
const embedder = await loadEmbedder({ modelFolder: folder, engine, workers: 2 });
for (;;) {
  let isTold = false;
  await embedder.embed(manyTexts(2_000), {
    onProgress: () => {
      if (!isTold) parentPort?.postMessage("at work");
      isTold = true;
    },
  });
}
