/**
 * Vectors of a sample of the clean pairs, by the packaged MiniLM (int8) through this project's own embedder.
 *
 * Run: node teacher.mjs WORK [path of dist/embedder.js]
 * Writes WORK/teacher.json (line numbers in clean.jsonl) and WORK/teacher.f32 (two rows of 384 for each:
 * the query's and the passage's).
 */
import { createWriteStream, readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";

const PASSAGE_CHARACTERS = 500;
const BATCH = 256;
const QUOTAS = {
  python: 22000,
  rest: 8000,
  doc: 15000,
  script: 6000,
  go: 2500,
  readme: 1500,
  gloss: 9000,
};

const [work, built = new URL("../../../dist/embedder.js", import.meta.url).pathname] =
  process.argv.slice(2);
const { loadEmbedder } = await import(pathToFileURL(resolve(built)).href);

/** Numbers in [0, 1), the same at each run (a linear congruential generator, Knuth's constants). */
let state = 1n;
function random() {
  state = BigInt.asUintN(64, state * 6364136223846793005n + 1442695040888963407n);
  return Number(state >> 33n) / 2 ** 31;
}

const pairs = readFileSync(`${work}/clean.jsonl`, "utf8")
  .trimEnd()
  .split("\n")
  .map((line, index) => ({ ...JSON.parse(line), index, order: random() }));
pairs.sort((a, b) => a.order - b.order);
const left = { ...QUOTAS };
const chosen = pairs.filter((pair) => left[pair.kind]-- > 0);
writeFileSync(`${work}/teacher.json`, JSON.stringify(chosen.map((pair) => pair.index)));

await using embedder = await loadEmbedder();
const out = createWriteStream(`${work}/teacher.f32`);
const started = performance.now();
for (let at = 0; at < chosen.length; at += BATCH) {
  const texts = chosen
    .slice(at, at + BATCH)
    .flatMap((pair) => [pair.query, pair.passage.slice(0, PASSAGE_CHARACTERS)]);
  const vectors = await embedder.embed(texts);
  out.write(Buffer.from(vectors.buffer, vectors.byteOffset, vectors.byteLength));
  if ((at / BATCH) % 20 === 0) {
    const seconds = ((performance.now() - started) / 1000).toFixed(0);
    process.stdout.write(`${at + BATCH} of ${chosen.length} pairs, ${seconds} s\n`);
  }
}
await new Promise((done) => out.end(done));
