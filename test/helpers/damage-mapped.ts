/*
 * A process of its own that has a model loaded while its files are damaged:
 *   node damage-mapped.ts onnx|static MODEL_FOLDER CACHE_FOLDER cut|zeros|removed
 * prints whether the same text still has the same vector.
 */
import { readdirSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readTokenizer } from "../../src/models/tokenizer-json.ts";
import { OnnxEmbedder } from "../../src/native/embedder.ts";
import { StaticEmbedder } from "../../src/native/static-embedder.ts";

const [kind = "", model = "", cacheFolder = "", how = "", addonFolder = ""] = process.argv.slice(2);

const damages: Record<string, (path: string, size: number) => void> = {
  cut: (path) => truncateSync(path, 0),
  zeros: (path, size) => writeFileSync(path, new Uint8Array(size), { flag: "r+" }),
  removed: (path) => rmSync(path),
};

const tokenizer = await readTokenizer(join(model, "tokenizer.json"));
const addon = addonFolder === "" ? {} : { addonFolder };
const embedder =
  kind === "static"
    ? new StaticEmbedder({
        modelId: "static",
        modelPath: join(model, "table.bin"),
        tokenizer,
        dimensions: 256,
        maxTokens: 256,
        scratchFolder: cacheFolder,
        ...addon,
      })
    : await OnnxEmbedder.load({
        modelId: "tiny",
        modelPath: join(model, "model.onnx"),
        tokenizer,
        dimensions: 8,
        maxTokens: 64,
        cacheFolder,
        ...addon,
      });
// Not the text that is asked below: its rows must not have been touched before.
await embedder.embed(["write"]);
let damaged = 0;
for (const folder of [cacheFolder, model].filter((one) => one !== "")) {
  for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
    const path = join(folder, name);
    if (!statSync(path).isFile()) continue;
    damages[how]?.(path, statSync(path).size);
    damaged += 1;
  }
}
const vector = Array.from(await embedder.embed(["read the file of the index"]));
process.stdout.write(`${JSON.stringify({ damaged, vector })}\n`);
await embedder.close();
