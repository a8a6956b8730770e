/*
 * A process of its own in which pieces of native work throw on demand: node failing-work.ts FOLDER DIMENSIONS [ADDON]
 * prints, for each way of failing and each piece of work, how loading and the calls ended and what the next one gave.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { HaypileError } from "../../src/base/errors.ts";
import { readTokenizer } from "../../src/models/tokenizer-json.ts";
import { OnnxEmbedder } from "../../src/native/embedder.ts";
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
    workers: 3,
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

const texts = Array.from({ length: 70 }, (_, i) => `read file ${i} of the index and close it`);
const kinds = [1, 2, 3];
const rows: object[] = [];
for (const kind of kinds) {
  // Loading is one piece, and so is the start of each of its workers.
  for (let at = 1; at <= 5; at += 1) {
    binding.failWork?.(at, kind);
    let loaded: OnnxEmbedder | undefined;
    const outcome = await outcomeOf(async () => {
      loaded = await load();
    });
    binding.failWork?.(0, 0);
    await loaded?.close();
    rows.push({ what: "load", kind, at, outcome, after: "" });
  }
  const embedder = await load();
  const expected = await embedder.embed(texts);
  // Slices of texts, the plan, and the runs of the model: with others in flight, which are not to suffer.
  for (let at = 1; at <= 8; at += 1) {
    binding.failWork?.(at, kind);
    const outcomes = await Promise.all([
      outcomeOf(() => embedder.embed(texts)),
      outcomeOf(() => embedder.embed(["another", "text"])),
    ]);
    binding.failWork?.(0, 0);
    const after = await outcomeOf(async () => {
      const again = await embedder.embed(texts);
      if (!again.every((value, i) => value === expected[i])) throw new Error("other numbers");
    });
    const outcome = outcomes.filter((one) => one !== "").join(", ");
    rows.push({ what: "embed", kind, at, outcome, after });
  }
  binding.failWork?.(1, kind);
  const outcome = await outcomeOf(() => embedder.countTokens(texts));
  binding.failWork?.(0, 0);
  const after = await outcomeOf(() => embedder.countTokens(texts));
  rows.push({ what: "count", kind, at: 1, outcome, after });
  await embedder.close();
}
process.stdout.write(`${JSON.stringify(rows)}\n`);
