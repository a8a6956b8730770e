/* A child process: opens, uses and closes a model many times; prints memory ten times on the way. */
import { join } from "node:path";
import { readTokenizer } from "../../src/models/tokenizer-json.ts";
import { OnnxEmbedder } from "../../src/native/embedder.ts";
import { readFootprint, releaseMemory } from "../../src/native/footprint.ts";

const [model = "", cacheFolder = "", count = "1000"] = process.argv.slice(2);
const cycles = Number(count);
const tokenizer = await readTokenizer(join(model, "tokenizer.json"));
const rss: number[] = [];
const ledger: number[] = [];
for (let i = 1; i <= cycles; i += 1) {
  const embedder = await OnnxEmbedder.load({
    modelId: "tiny",
    modelPath: join(model, "model.onnx"),
    tokenizer,
    dimensions: 8,
    maxTokens: 64,
    workers: 2,
    ...(cacheFolder !== "" && { cacheFolder }),
  });
  await embedder.embed(["read the file", "write the path"]);
  await embedder.close();
  if (i % (cycles / 10) === 0) {
    globalThis.gc?.();
    await new Promise((resolve) => setImmediate(resolve));
    releaseMemory();
    const usage = readFootprint();
    rss.push(usage.rssBytes);
    ledger.push(usage.runtimeBytes);
  }
}
process.stdout.write(`${JSON.stringify({ rss, ledger })}\n`);
