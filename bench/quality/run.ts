/*
 * How well searches find: words, vectors and both, on the evaluation sets of --data, through the real
 * index. Each document is a file; a document's rank is that of its best chunk.
 *
 *   node bench/quality/run.ts --data DIR [--sets cosqa,…] [--fresh] [--reranker FOLDER]
 */
import { loadEmbedder } from "../../src/embedder.ts";
import { openReranker } from "../../src/engine/open.ts";
import { OnnxEmbedder } from "../../src/native/embedder.ts";
import type { ScoredChunk } from "../../src/ports/store.ts";
import { parseQuery } from "../../src/search/question/query.ts";
import { combine, rank } from "../../src/search/ranking/rank.ts";
import {
  crossEncoder,
  lateInteraction,
  rerank,
  type Wanted,
} from "../../src/search/ranking/rerank.ts";
import { search } from "../../src/search/searcher.ts";
import { argument, keepRows, peakRss, printMachine, say } from "../common.ts";
import { documentsOf, indexSet } from "./indexed.ts";
import { interval, mean, type Scores, score } from "./measures.ts";
import { type EvaluationSet, loadSets } from "./sets.ts";

const data = argument("--data");
if (data === undefined) throw new Error("Name the folder with the sets: --data DIR");
const wanted = argument("--sets")?.split(",");
const candidates = 200;

const rerankerFolder = argument("--reranker");

const here = printMachine();
const embedder = await loadEmbedder();
const staticEmbedder = await loadEmbedder({ model: "static" });
const fresh = process.argv.includes("--fresh");
const reranker = rerankerFolder === undefined ? undefined : await openReranker(rerankerFolder);
await reranker?.prepare();
const late = embedder instanceof OnnxEmbedder ? embedder : undefined;
/** With --reranker a cross-encoder, else the tokens of the packaged model. */
const again: Wanted | undefined =
  reranker === undefined ? late && lateInteraction(late) : crossEncoder(reranker);

type Mode =
  | "words"
  | "static"
  | "static+words"
  | "vectors"
  | "hybrid"
  | "hybrid+rerank"
  | "cascade"
  | "search()";

async function measure(set: EvaluationSet): Promise<void> {
  const store = await indexSet(set, { embedder, staticEmbedder }, fresh);
  const results: Record<Mode, Scores[]> = {
    words: [],
    static: [],
    "static+words": [],
    vectors: [],
    hybrid: [],
    "hybrid+rerank": [],
    cascade: [],
    "search()": [],
  };
  let tokens = 0;
  let hits = 0;
  let rerankMs = 0;
  let rerankCpuMs = 0;
  let pairs = 0;
  for (const { text, gold } of set.questions) {
    const vector = await embedder.embed([text], { kind: "query" });
    const words = store.texts.search(text, candidates);
    const meaning: ScoredChunk[] = store.vectors.search(vector, candidates);
    const query = parseQuery({ query: text });
    const route = { words, vector, isStatic: false };
    const { fused } = combine(store, { ...route, meaning }, query);
    const simple = await staticEmbedder.embed([text]);
    const quick = store.staticVectors.nearest(simple, candidates);
    results.static.push(score(documentsOf(store, quick), gold));
    results["static+words"].push(
      score(
        documentsOf(
          store,
          combine(store, { words, meaning: quick, vector: simple, isStatic: true }, query).fused,
        ),
        gold,
      ),
    );
    // As if no chunk had a vector, and the best 100 of both lists got one for this question.
    const union = [...words.slice(0, 100), ...quick.slice(0, 100)].map(({ chunkId }) => chunkId);
    const some = Uint32Array.from(new Set(union)).sort();
    const embedded = store.vectors.search(vector, candidates, some);
    results.cascade.push(
      score(documentsOf(store, combine(store, { ...route, meaning: embedded }, query).fused), gold),
    );
    results.words.push(score(documentsOf(store, words), gold));
    results.vectors.push(score(documentsOf(store, meaning), gold));
    results.hybrid.push(score(documentsOf(store, fused), gold));
    const ranked = rank(store, { ...route, meaning, symbols: [] }, query);
    if (again !== undefined) {
      const start = performance.now();
      const cpu = process.cpuUsage();
      const end = Number.POSITIVE_INFINITY;
      const looked = await rerank(store.texts, again, ranked, text, end, undefined);
      rerankMs += performance.now() - start;
      const { user, system } = process.cpuUsage(cpu);
      rerankCpuMs += (user + system) / 1000;
      pairs += looked.report?.pairs ?? 0;
      results["hybrid+rerank"].push(score(documentsOf(store, looked.ranked), gold));
    }
    const parts = { store, embedder, reranker, late: late && { scorer: late, isDefault: true } };
    const found = await search(parts, { query: text, k: 10, fillIn: "off" });
    results["search()"].push(
      score(
        [
          ...new Set(
            found.hits
              .flatMap((hit) => [hit, ...hit.alsoAt])
              .map(({ path }) => path.replace(/\.\w+$/, "")),
          ),
        ],
        gold,
      ),
    );
    hits += found.hits.length;
    for (const count of await embedder.countTokens(
      found.hits.map((hit) => hit.snippet.lines.join("\n")),
    )) {
      tokens += count;
    }
  }
  say(
    `\n${set.name}: ${set.documents.size} documents, ${set.questions.length} questions, ${store.facts.stats().chunks} chunks; ${(tokens / Math.max(1, hits)).toFixed(0)} tokens a hit`,
  );
  say("               MRR                   hit@10  R@10                  nDCG@10");
  for (const [mode, list] of Object.entries(results)) {
    if (list.length === 0) continue;
    const of = (key: keyof Scores): number[] => list.map((one) => one[key]);
    const shown = (key: keyof Scores): string => {
      const [low, high] = interval(of(key));
      return `${mean(of(key)).toFixed(3)} (${low.toFixed(3)}-${high.toFixed(3)})`;
    };
    say(
      `${mode.padEnd(13)}  ${shown("mrr")}  ${mean(of("hit10")).toFixed(3)}   ${shown("recall10")}  ${shown("ndcg10")}`,
    );
    keepRows("quality", here, [
      {
        set: set.name,
        mode,
        mrr: mean(of("mrr")),
        hit10: mean(of("hit10")),
        recall10: mean(of("recall10")),
        ndcg10: mean(of("ndcg10")),
        ...(mode === "hybrid+rerank" && {
          pairs,
          msPerPair: rerankMs / pairs,
          cpuMsPerPair: rerankCpuMs / pairs,
        }),
      },
    ]);
  }
  if (pairs > 0) {
    const count = set.questions.length;
    say(
      `reranked ${(pairs / count).toFixed(0)} candidates in ${(rerankMs / count).toFixed(0)} ms a question, ${(rerankMs / pairs).toFixed(1)} ms a pair, ${(rerankCpuMs / pairs).toFixed(1)} ms of CPU`,
    );
  }
  store.close();
}

for (const set of loadSets(data)) {
  if (wanted !== undefined && !wanted.some((one) => set.name.toLowerCase().startsWith(one)))
    continue;
  await measure(set);
}
await embedder.close();
await reranker?.close();
await staticEmbedder.close();
say(`\npeak RSS ${(peakRss() / 1e6).toFixed(0)} MB (with Node's TypeScript loader)`);
