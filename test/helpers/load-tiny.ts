/* A child process: loads a model through a cache folder and prints how. */
import { join } from "node:path";
import { readTokenizer } from "../../src/models/tokenizer-json.ts";
import { OnnxEmbedder } from "../../src/native/embedder.ts";

const [model = "", cacheFolder = "", addonFolder = ""] = process.argv.slice(2);
const embedder = await OnnxEmbedder.load({
  modelId: "tiny",
  modelPath: join(model, "model.onnx"),
  tokenizer: await readTokenizer(join(model, "tokenizer.json")),
  dimensions: 8,
  maxTokens: 64,
  cacheFolder,
  ...(addonFolder !== "" && { addonFolder }),
});
process.stdout.write(`${embedder.report().loadedFrom}\n`);
await embedder.close();
