/*
 * Embedding: ours against what people have today, the same model with the same inputs.
 *   node bench/embedding/run.ts --stock DIR [--data DIR | --tree DIR] [--texts N]
 * DIR: a folder with model.onnx of ONNX Runtime's own ops and tokenizer.json, for the others; scripts/models/build.py
 * --stock makes it (the packaged model.onnx has an op of ours).
 */
import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readTokenizer } from "../../src/models/tokenizer-json.ts";
import { loadBinding } from "../../src/native/load.ts";
import {
  argument,
  keepRows,
  modelFolder,
  needRivals,
  printMachine,
  runChild,
  say,
  sourceTexts,
  work,
} from "../common.ts";
import { measurePeak } from "./gemm-peak.ts";
import { setsOf } from "./sets.ts";

const names = [
  "haypile",
  "haypile, 1 worker",
  "transformers.js, batch 32",
  "transformers.js, batch 4, 1 thread",
  "transformers.js, batch 1",
  "onnxruntime-node, one by one",
];
const coldRuns = 5;
/** Linear layers of MiniLM-L6: 2 × 6 × (4 × 384² + 2 × 384 × 1536) multiply-adds a token. */
const operationsPerToken = 2 * 6 * (4 * 384 * 384 + 2 * 384 * 1536);

interface Measured {
  seconds: number;
  cpuSeconds: number;
  peakRss: number;
  coldMs: number;
}

function prepareHub(stock: string): void {
  const folder = join(work, "hub", "minilm");
  mkdirSync(join(folder, "onnx"), { recursive: true });
  cpSync(join(stock, "model.onnx"), join(folder, "onnx", "model_quantized.onnx"));
  cpSync(join(stock, "tokenizer.json"), join(folder, "tokenizer.json"));
  writeFileSync(
    join(folder, "tokenizer_config.json"),
    JSON.stringify({
      tokenizer_class: "BertTokenizer",
      pad_token: "[PAD]",
      unk_token: "[UNK]",
      cls_token: "[CLS]",
      sep_token: "[SEP]",
      mask_token: "[MASK]",
      model_max_length: 256,
    }),
  );
  writeFileSync(
    join(folder, "config.json"),
    JSON.stringify({ model_type: "bert", hidden_size: 384 }),
  );
}

function median(values: number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

function cosines(a: string, b: string): { mean: number; least: number } {
  const read = (path: string): Float32Array =>
    new Float32Array(new Uint8Array(readFileSync(path)).buffer);
  const [x, y] = [read(a), read(b)];
  const all = Array.from({ length: x.length / 384 }, (_, row) => {
    let sum = 0;
    for (let i = row * 384; i < (row + 1) * 384; i += 1) sum += (x[i] ?? 0) * (y[i] ?? 0);
    return sum;
  });
  return { mean: all.reduce((s, v) => s + v, 0) / all.length, least: Math.min(...all) };
}

async function main(): Promise<void> {
  const here = printMachine();
  mkdirSync(work, { recursive: true });
  const rivals = needRivals();
  const stock = argument("--stock");
  if (stock === undefined) throw new Error("expected --stock DIR (see the head of this file)");
  prepareHub(stock);
  const tokenizer = await readTokenizer(join(modelFolder, "tokenizer.json"));
  if (tokenizer.kind !== "wordpiece") throw new Error("expected WordPiece");
  const counter = new (loadBinding().Tokenizer)(tokenizer.spec);
  const mixed = sourceTexts(Number(argument("--texts", "640")));
  const sets = setsOf(mixed);
  const contender = join(import.meta.dirname, "contender.mjs");
  const rows: object[] = [];
  for (const [set, texts] of Object.entries(sets)) {
    const tokens = texts.reduce((sum, text) => sum + counter.encode(text, 256).length, 0);
    const file = join(work, `texts-${set}.json`);
    writeFileSync(file, JSON.stringify(texts));
    say(
      `\n${set}: ${texts.length} texts, ${tokens} tokens (${(tokens / texts.length).toFixed(0)} a text)`,
    );
    say(`${"contender".padEnd(38)}tokens/CPU-s   tokens/s   peak RSS   first vector`);
    const best: Record<string, number> = {};
    for (const name of names) {
      const one = runChild<Measured>(contender, [name, file, rivals], { BENCH_STOCK: stock });
      const cold =
        set === "mixed"
          ? median(
              Array.from(
                { length: coldRuns },
                () =>
                  runChild<Measured>(contender, [name, file, rivals, "cold"], {
                    BENCH_STOCK: stock,
                  }).coldMs,
              ),
            )
          : one.coldMs;
      const perCpu = tokens / one.cpuSeconds;
      best[name] = perCpu;
      say(
        `${name.padEnd(38)}${perCpu.toFixed(0).padStart(12)}${(tokens / one.seconds).toFixed(0).padStart(11)}${`${(one.peakRss / 1e6).toFixed(0)} MB`.padStart(11)}${`${cold.toFixed(0)} ms`.padStart(15)}`,
      );
      rows.push({
        set,
        name,
        tokens,
        perCpu,
        perSecond: tokens / one.seconds,
        peakRss: one.peakRss,
        coldMs: cold,
      });
    }
    const ours = best.haypile ?? 0;
    const usual = best["transformers.js, batch 32"] ?? 0;
    const theirs = Math.max(
      ...names.filter((name) => name.startsWith("transformers")).map((name) => best[name] ?? 0),
    );
    const single = best["haypile, 1 worker"] ?? 0;
    const theirSingle = best["transformers.js, batch 4, 1 thread"] ?? 0;
    say(
      `ratio: ${(ours / usual).toFixed(2)}x batch 32, ${(ours / theirs).toFixed(2)}x its best setting; one thread each: ${(single / theirSingle).toFixed(2)}x`,
    );
    const equal = cosines(`${file}.haypile.f32`, `${file}.onnxruntime-node-one-by-one.f32`);
    say(
      `cosine to onnxruntime-node: mean ${equal.mean.toFixed(6)}, least ${equal.least.toFixed(6)}`,
    );
    rows.push({ set, name: "cosine", ...equal });
  }
  const peak = await measurePeak(rivals);
  const mixedRow = rows.find(
    (row) => (row as { set: string; name: string }).name === "haypile",
  ) as { perCpu: number };
  const share = (mixedRow.perCpu * operationsPerToken) / (peak.int8 * 1e9);
  say(
    `\nproducts of the model's shapes alone, one thread: int8 ${peak.int8.toFixed(0)} GOP/s, fp32 ${peak.fp32.toFixed(0)} GFLOP/s`,
  );
  say(
    `the embedder's linear layers run at ${((mixedRow.perCpu * operationsPerToken) / 1e9).toFixed(0)} GOP/s a core: ${(100 * share).toFixed(0)} % of that`,
  );
  rows.push({ set: "peak", ...peak, share });
  keepRows("embedding", here, rows);
}

await main();
