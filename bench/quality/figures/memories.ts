/* Figures of sets of memories: the lists of the store's words and of its vectors alone, and recall(). */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openMemories } from "../../../src/engine/memories/memories.ts";
import { scanKernels } from "../../../src/native/vector-scan.ts";
import { wordSplitter } from "../../../src/native/words.ts";
import type { MemoryStore } from "../../../src/ports/memory-rows.ts";
import { openMemoryStore } from "../../../src/storage/sqlite/memories/store.ts";
import type { KeptEmbedder } from "../kept-vectors.ts";
import { score } from "../measures.ts";
import { askedThen, type RecallSet, rememberSet } from "../recall-sets.ts";
import type { Figures } from "./rows.ts";

/** What somebody sees of an answer. */
const k = 10;
/** Parts of each list; several are of one memory. */
const parts = 200;

/** One way to look at a set: its own questions, or others over the same memories. */
export interface View {
  figures: Figures;
  questions: RecallSet["questions"];
  /** Asked of a list of memories, what counts: a session in place of its turns. */
  labelOf?: (id: string) => string;
  /** Questions that nothing answers, with their namespaces. */
  none?: { text: string; namespace: string | undefined }[];
}

/** Measures several views of one set; the memories are stored once. */
export async function measureRecall(
  set: RecallSet,
  views: readonly View[],
  embedder: KeptEmbedder,
): Promise<void> {
  const scratch = mkdtempSync(join(tmpdir(), "haypile-figures-"));
  const path = join(scratch, "memories.db");
  const memories = await openMemories({ database: path, embedder });
  let store: MemoryStore | undefined;
  try {
    const idOf = await rememberSet(set, memories);
    const setId = (key: string): string => idOf.get(key) ?? "";
    store = openMemoryStore({ path, kernels: scanKernels(), wordSplitter: wordSplitter() });
    store.vectors.claimModel({ id: embedder.modelId, dimensions: embedder.dimensions });
    await store.scope.prepare();
    for (const view of views) {
      for (const question of view.questions) {
        const { text, namespace, askedAt } = question;
        const inside = namespace === undefined ? {} : { namespace };
        const lists = await halves(store, text, namespace, askedAt, embedder);
        // More where only some of them count.
        const wanted = view.labelOf === undefined ? k : parts / 2;
        const { hits } = await askedThen(askedAt, () =>
          memories.recall(text, { k: wanted, minScore: 0, ...inside }),
        );
        const found = hits.map(({ memory }) => memory.id);
        add(view, question, { ...lists, product: found }, setId);
        const seen = hits.slice(0, k);
        const counts = await embedder.countTokens(seen.map(({ part }) => part.text));
        const tokens = counts.reduce((sum, count) => sum + count, 0);
        view.figures.answers.push({ tokens, files: seen.length, boilerplate: 0 });
      }
      for (const { text, namespace } of view.none ?? []) {
        const askedAt = view.questions[0]?.askedAt;
        const inside = namespace === undefined ? {} : { namespace };
        const { hits } = await askedThen(askedAt, () => memories.recall(text, { k, ...inside }));
        view.figures.unanswered.push(hits.length === 0 ? 1 : 0);
      }
    }
  } finally {
    store?.close();
    await memories.close();
    rmSync(scratch, { recursive: true, force: true });
  }
}

async function halves(
  store: MemoryStore,
  text: string,
  namespace: string | undefined,
  askedAt: number | undefined,
  embedder: KeptEmbedder,
): Promise<{ words: string[]; vectors: string[] }> {
  const allowed = store.scope.allowed({
    now: askedAt ?? Date.now(),
    ...(namespace !== undefined && { namespaces: [namespace] }),
  });
  const vector = await embedder.embed([text], { kind: "query" });
  const words = store.words.search(text, parts, allowed);
  const meaning = await store.vectors.search({ vector, limit: parts, allowed });
  const keysOf = (rows: readonly { rowId: number }[]): string[] => {
    const ids = [...new Set(rows.map(({ rowId }) => rowId))];
    const known = new Map(store.rows.get(ids).map((row) => [row.rowId, row.key]));
    return ids.map((id) => known.get(id) ?? "");
  };
  return { words: keysOf(words), vectors: keysOf(meaning) };
}

function add(
  { figures, labelOf }: View,
  { gold, older, kind }: RecallSet["questions"][number],
  lists: Record<"words" | "vectors" | "product", string[]>,
  setId: (key: string) => string,
): void {
  for (const [how, keys] of Object.entries(lists) as [
    "words" | "vectors" | "product",
    string[],
  ][]) {
    const names = keys.map(setId);
    const ranked = labelOf === undefined ? names : [...new Set(names.map(labelOf))];
    const scores = score(ranked.slice(0, k), gold);
    figures.scores[how].push(scores);
    if (how !== "product") continue;
    if (kind !== undefined) {
      figures.byKind.set(kind, [...(figures.byKind.get(kind) ?? []), scores]);
    }
    if (older === undefined) continue;
    const at = (wanted: ReadonlySet<string>): number => {
      const place = ranked.findIndex((name) => wanted.has(name));
      return place === -1 ? Number.POSITIVE_INFINITY : place;
    };
    figures.newerFirst.push(at(gold) < at(older) ? 1 : 0);
  }
}
