/*
 * One step of prediction.ts: node prediction-step.ts KIND WORKERS TOKENS SHORTEST LONGEST. A step is what a process
 * does between two readings of its memory, and the governor's answer for it. Build first: it runs dist/.
 */
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { loadBytes, modelBytes } from "../../src/governor/prediction.ts";
import { modelFolder, peakRss, repository, say } from "../common.ts";

const [kind = "batch", ...numbers] = process.argv.slice(2);
const [workers = 1, tokensPerRun = 320, shortest = 20, longest = 220] = numbers.map(Number);
const { loadEmbedder } = (await import(
  join(repository, "dist", "embedder.js")
)) as typeof import("../../src/embedder.ts");

const before =
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync("/proc/self/status", "utf8"))?.[1] ?? 0) * 1024;
const embedder = await loadEmbedder({ workers, tokensPerRun });
const isBatch = kind === "batch" || kind === "first-load";
if (isBatch) {
  const words = "read write index search memory vector token model cache page lock thread".split(
    " ",
  );
  // Enough of them that every worker has two full runs.
  const count = Math.ceil((2 * workers * tokensPerRun) / Math.min(256, (shortest + longest) / 2));
  const texts = Array.from({ length: Math.max(16, count) }, (_, i) =>
    Array.from(
      { length: shortest + ((i * 37) % (longest - shortest + 1)) },
      (_, at) => words[(i + at * 7) % words.length],
    ).join(" "),
  );
  await embedder.embed(texts);
}
const measuredBytes = peakRss();
await embedder.close();
const facts = {
  fileBytes: statSync(join(modelFolder, "model.onnx")).size,
  dimensions: 384,
  workers,
  tokensPerRun,
  maxTokens: 256,
  // A word of these is about a token; two more are the model's own.
  longestTokens: Math.min(256, longest + 2),
  isFirstLoad: kind === "first-load",
};
const predictedBytes = before + (isBatch ? modelBytes(facts) : loadBytes(facts));
say(
  JSON.stringify({
    what: `${kind}: ${workers} workers, ${tokensPerRun} tokens a run, ${shortest}-${longest} words`,
    measuredBytes,
    predictedBytes,
  }),
);
process.exit(0);
