/*
 * A process of its own whose native allocator fails on demand: node failing-allocations.ts FOLDER
 * prints, for each way of failing, how loading and embedding ended and what the ledger says after it.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { HaypileError } from "../../src/base/errors.ts";
import { readTokenizer } from "../../src/models/tokenizer-json.ts";
import { OnnxEmbedder } from "../../src/native/embedder.ts";
import { readFootprint } from "../../src/native/footprint.ts";
import { bindingFor } from "../../src/native/load.ts";

const [model = "", dimensions = "8", addonFolder] = process.argv.slice(2);
// Packed weights are run directly, an ONNX graph by the runtime.
const weightsPath = join(model, "weights.bin");
const packed = existsSync(weightsPath) ? ({ engine: "direct", weightsPath } as const) : {};
const binding = bindingFor({ ...packed, addonFolder });
const tokenizer = await readTokenizer(join(model, "tokenizer.json"));

async function load(): Promise<OnnxEmbedder> {
  return await OnnxEmbedder.load({
    modelId: "failing",
    modelPath: join(model, "model.onnx"),
    ...packed,
    tokenizer,
    dimensions: Number(dimensions),
    maxTokens: 64,
    workers: 2,
    ...(addonFolder !== undefined && { addonFolder }),
  });
}

/** "" when it went well, else the code of the error. */
async function outcomeOf(run: () => Promise<unknown>): Promise<string> {
  try {
    await run();
    return "";
  } catch (error) {
    return HaypileError.isInstance(error) ? error.code : `untyped: ${error}`;
  }
}

const texts = Array.from({ length: 40 }, (_, i) => `read file ${i} of the index and close it`);
// What the runtime keeps for the process, from the first load on.
await (await load()).close();
const before = readFootprint(addonFolder).runtimeBytes;
const rows: object[] = [];
for (const [every, at] of [
  [50, 0],
  [500, 0],
  [0, 1],
  [0, 7],
  [3, 0],
] as const) {
  binding.failAllocations?.(every, at);
  let embedder: OnnxEmbedder | undefined;
  const loading = await outcomeOf(async () => {
    embedder = await load();
  });
  binding.failAllocations?.(0, 0);
  embedder ??= await load();
  const loaded = embedder;
  binding.failAllocations?.(every, at);
  const runs: string[] = [];
  for (let i = 0; i < 8; i += 1) runs.push(await outcomeOf(() => loaded.embed(texts)));
  binding.failAllocations?.(0, 0);
  const after = await outcomeOf(async () => {
    const vectors = await loaded.embed(texts);
    if (!vectors.every(Number.isFinite)) throw new Error("a number is missing");
  });
  await loaded.close();
  const left = readFootprint(addonFolder).runtimeBytes - before;
  rows.push({ every, at, loading, runs, after, left });
}
process.stdout.write(`${JSON.stringify(rows)}\n`);
