/*
 * Quality of recall as it is asked, and of its halves: every set of memories through Memories.recall(), at the time that each
 * question is asked, beside words alone (BM25) and vectors alone (cosine) of the same store:
 *
 *   node bench/quality/recall.ts --data DIR [--split learn|check|report] [--most 300] [--sets own,notes] [--kinds]
 *
 * A row: MRR and recall@10 of the three; how often an older memory that is no longer so stands above the one that is; of the
 * answers among the first eight, those that the floor hides; of questions on another subject, those that get nothing.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openMemories } from "../../src/engine/memories/memories.ts";
import { scanKernels } from "../../src/native/vector-scan.ts";
import { wordSplitter } from "../../src/native/words.ts";
import type { PartHit } from "../../src/ports/memory-rows.ts";
import { openMemoryStore } from "../../src/storage/sqlite/memories/store.ts";
import { argument, printMachine, say } from "../common.ts";
import { type KeptEmbedder, openCounter, openModels } from "./kept-vectors.ts";
import { mean, type Scores, score } from "./measures.ts";
import type { Split } from "./own/source-text.ts";
import { loadRecallSets, type RecallSet, rememberSet } from "./recall-sets.ts";

interface Row {
  recall: Scores[];
  words: Scores[];
  vectors: Scores[];
  /** 1 where an older one stands first. */
  stale: number[];
  lost: number[];
  none: number[];
}

const emptyRow = (): Row => ({
  ...{ recall: [], words: [], vectors: [], stale: [], lost: [], none: [] },
});
const limit = 200;
const shownUsually = 8;
const scratch = mkdtempSync(join(tmpdir(), "haypile-recall-"));

async function measure(
  set: RecallSet,
  embedder: KeptEmbedder,
  rowsOf: (kind: string | undefined) => Row[],
): Promise<void> {
  const path = join(scratch, `${set.name}.db`);
  let now = Date.now();
  const memories = await openMemories({ database: path, embedder, clock: () => now });
  const own = await rememberSet(set, memories);
  const store = openMemoryStore({ path, kernels: scanKernels(), wordSplitter: wordSplitter() });
  store.vectors.claimModel({ id: embedder.modelId, dimensions: embedder.dimensions });
  await store.scope.prepare();
  for (const { text, gold, namespace, askedAt, older, kind } of set.questions) {
    now = askedAt ?? Date.now();
    const { hits } = await memories.recall(text, { namespace, k: 100, minScore: 0, why: true });
    const names = hits.map(({ memory }) => own.get(memory.id) ?? "");
    const allowed = store.scope.allowed({
      now,
      ...(namespace !== undefined && { namespaces: [namespace] }),
    });
    const vector = await embedder.embed([text], { kind: "query" });
    const nameOf = (found: readonly PartHit[]): string[] => {
      const ids = [...new Set(found.map(({ rowId }) => rowId))];
      return store.rows.get(ids).map(({ key }) => own.get(key) ?? "");
    };
    const words = nameOf(store.words.search(text, limit, allowed));
    const vectors = nameOf(await store.vectors.search({ vector, limit, allowed }));
    const best = hits.findIndex((_, at) => gold.has(names[at] ?? ""));
    const shown = await memories.recall(text, { namespace, k: shownUsually });
    const isLost = !shown.hits.some(({ memory }) => gold.has(own.get(memory.id) ?? ""));
    for (const row of rowsOf(kind)) {
      row.recall.push(score(names, gold));
      row.words.push(score(words, gold));
      row.vectors.push(score(vectors, gold));
      if (best >= 0 && best < shownUsually) row.lost.push(isLost ? 1 : 0);
      if (older === undefined) continue;
      const stale = names.findIndex((name) => older.has(name));
      row.stale.push(stale >= 0 && (best < 0 || stale < best) ? 1 : 0);
    }
  }
  for (const text of set.none.far) {
    now = set.questions[0]?.askedAt ?? Date.now();
    const { hits } = await memories.recall(text);
    for (const row of rowsOf(undefined)) row.none.push(hits.length === 0 ? 1 : 0);
  }
  store.close();
  await memories.close();
}

function show(name: string, row: Row): void {
  const two = (scores: readonly Scores[]): string =>
    `${mean(scores.map(({ mrr }) => mrr)).toFixed(3)} / ${mean(scores.map(({ recall10 }) => recall10)).toFixed(3)}`;
  const part = (values: readonly number[]): string =>
    values.length === 0 ? "-" : mean(values).toFixed(3);
  say(
    `${name.padEnd(28)} ${String(row.recall.length).padStart(4)}  recall ${two(row.recall)}  words ${two(row.words)}  vectors ${two(row.vectors)}  stale ${part(row.stale)}  lost ${part(row.lost)}  none ${part(row.none)}`,
  );
}

printMachine();
const wanted = argument("--sets", "").toLowerCase().split(",");
const split = argument("--split", "learn") as Split;
const most = Number(argument("--most", "300"));
const sets = loadRecallSets(argument("--data"), 100, { split, most }).filter(({ group }) =>
  wanted.some((one) => group.toLowerCase().startsWith(one)),
);
try {
  for (const embedder of openModels(
    argument("--models", "all-minilm-l6-v2"),
    await openCounter(),
  )) {
    const groups = new Map<string, Row>();
    const rowOf = (name: string): Row => {
      const row = groups.get(name) ?? emptyRow();
      groups.set(name, row);
      return row;
    };
    for (const set of sets) {
      await measure(set, embedder, (kind) => {
        const isSplit = kind !== undefined && process.argv.includes("--kinds");
        return [rowOf(set.group), ...(isSplit ? [rowOf(`  ${set.group}: ${kind}`)] : [])];
      });
    }
    for (const [name, row] of groups) show(name, row);
    await embedder.close();
  }
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
