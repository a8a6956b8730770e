/*
 * What one model takes, in a process of its own: tokens per CPU-second of one worker, most resident memory, size of its files.
 *
 *   node bench/quality/model-cost.ts --model NAME [--folder FOLDER] [--data DIR] [--texts 96]
 *
 * Memory is that of the process with Node's TypeScript loader in it: compare within one run only.
 */
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { loadEmbedder } from "../../src/embedder.ts";
import { findFolder } from "../../src/models/files.ts";
import { findModel } from "../../src/models/registry.ts";
import { argument, peakRss, say, sourceTexts } from "../common.ts";

const model = argument("--model", "all-minilm-l6-v2");
const said = argument("--folder");
const folder = said ?? findFolder(findModel(model), "")?.folder;
if (folder === undefined) throw new Error(`The model ${model} is not here.`);
const place = said === undefined ? { model } : { modelFolder: said };
const embedder = await loadEmbedder({ ...place, workers: 1, intraOpThreads: 1, graphCache: false });
const texts = sourceTexts(Number(argument("--texts", "96")));
await embedder.embed(texts.slice(0, 2));
const counts = await embedder.countTokens(texts);
const tokens = counts.reduce((sum, count) => sum + Math.min(count, embedder.maxTokens), 0);
const before = process.cpuUsage();
await embedder.embed(texts);
const { user, system } = process.cpuUsage(before);
await embedder.close();
// What a second form of the weights takes is not a part of the first.
const files = readdirSync(folder).filter((name) => name !== "model_quantized.onnx");
const bytes = files.reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
say(
  JSON.stringify({
    tokens,
    tokensPerCpuSecond: Math.round(tokens / ((user + system) / 1e6)),
    peakRssMb: Math.round(peakRss() / 1e6),
    megabytes: Number((bytes / 1e6).toFixed(1)),
  }),
);
