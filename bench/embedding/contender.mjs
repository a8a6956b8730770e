/*
 * One contender in its own process: loads the model, embeds the texts of a file, and prints what it
 * took. Arguments: contender, file with texts (JSON), rivals' node_modules.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

// Plain JavaScript, so that no contender pays for Node's TypeScript loader (30 MB).
const repository = join(import.meta.dirname, "..", "..");
// Another checkout of Haypile, built, in place of this one.
const checkout = process.env.BENCH_CHECKOUT ?? repository;
// An ordinary ONNX file of the model, as other libraries read it.
const stockFolder = process.env.BENCH_STOCK ?? join(repository, "models", "all-minilm-l6-v2");

const [name = "", file = "", rivals = ""] = process.argv.slice(2);
const texts = JSON.parse(readFileSync(file, "utf8"));
const from = createRequire(join(rivals, "x.js"));

async function haypile(options = {}) {
  const { loadEmbedder } = await import(pathToFileURL(join(checkout, "dist", "embedder.js")).href);
  const embedder = await loadEmbedder(options);
  return {
    async embed(list, out) {
      const vectors = await embedder.embed(list);
      out?.set(vectors);
    },
  };
}

/** transformers.js as people use it, with a batch size and a number of threads. */
async function transformers(batch, threads) {
  const library = await import(pathToFileURL(from.resolve("@huggingface/transformers")).href);
  library.env.allowRemoteModels = false;
  library.env.localModelPath = join(repository, "build", "bench", "hub");
  const options = threads === undefined ? {} : { session_options: { intraOpNumThreads: threads } };
  const tokenizer = await library.AutoTokenizer.from_pretrained("minilm");
  const model = await library.AutoModel.from_pretrained("minilm", { dtype: "q8", ...options });
  return {
    async embed(list, out) {
      for (let i = 0; i < list.length; i += batch) {
        const inputs = await tokenizer(list.slice(i, i + batch), {
          padding: true,
          truncation: true,
          max_length: 256,
        });
        const { sentence_embedding } = await model(inputs);
        out?.set(sentence_embedding.data, i * 384);
      }
    },
  };
}

/** onnxruntime-node with the library's tokenizer, one text a run. */
async function raw() {
  const ort = from("onnxruntime-node");
  const { Tokenizer } = await import("@huggingface/tokenizers");
  const json = readFileSync(join(stockFolder, "tokenizer.json"), "utf8");
  const tokenizer = new Tokenizer(JSON.parse(json), {});
  const session = await ort.InferenceSession.create(join(stockFolder, "model.onnx"), {
    intraOpNumThreads: 1,
  });
  return {
    async embed(list, out) {
      for (const [i, text] of list.entries()) {
        const all = tokenizer.encode(text).ids;
        const ids = all.length > 256 ? [...all.slice(0, 255), 102] : all;
        const feed = (values) =>
          new ort.Tensor("int64", BigInt64Array.from(values, BigInt), [1, ids.length]);
        const result = await session.run({
          input_ids: feed(ids),
          attention_mask: feed(ids.map(() => 1)),
        });
        out?.set(result.sentence_embedding.data, i * 384);
      }
    },
  };
}

const contenders = {
  haypile: () => haypile(),
  "haypile, 1 worker": () => haypile({ workers: 1 }),
  "haypile, 1 worker, onnx": () => haypile({ workers: 1, engine: "onnx" }),
  "transformers.js, batch 32": () => transformers(32, undefined),
  "transformers.js, batch 4, 1 thread": () => transformers(4, 1),
  "transformers.js, batch 1": () => transformers(1, undefined),
  "onnxruntime-node, one by one": raw,
};

const make = contenders[name];
if (make === undefined) throw new Error(`no contender ${name}`);
const run = await make();
await run.embed([texts[0] ?? ""]);
// Since the process began: what somebody waits for before the first answer.
const coldMs = performance.now();
if (process.argv[5] === "cold") {
  process.stdout.write(`${JSON.stringify({ coldMs })}\n`);
  process.exit(0);
}
const out = new Float32Array(texts.length * 384);
const cpu = process.cpuUsage();
const start = performance.now();
await run.embed(texts, out);
const seconds = (performance.now() - start) / 1000;
const peakRss = Number(/VmHWM:\s+(\d+)/.exec(readFileSync("/proc/self/status", "utf8"))[1]) * 1024;
const { user, system } = process.cpuUsage(cpu);
writeFileSync(`${file}.${name.replace(/\W+/g, "-")}.f32`, Buffer.from(out.buffer));
process.stdout.write(
  `${JSON.stringify({ seconds, cpuSeconds: (user + system) / 1e6, peakRss, coldMs })}\n`,
);
process.exit(0);
