/* An evaluation set as a real index: each document a file; a document's rank is that of its best chunk. */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { indexFolder } from "../../src/indexing/indexer.ts";
import { scanKernels } from "../../src/native/vector-scan.ts";
import type { TextEmbedder } from "../../src/ports/embedder.ts";
import { openSqliteStore, type SqliteStore } from "../../src/storage/sqlite/store.ts";
import { grammarsFolder } from "../../src/syntax/grammars.ts";
import { TreeSitterParser } from "../../src/syntax/parser.ts";
import { work } from "../common.ts";
import type { EvaluationSet, Question } from "./sets.ts";

export interface Embedders {
  embedder: TextEmbedder;
  /** Undefined: no static vectors. */
  staticEmbedder: TextEmbedder | undefined;
}

/** Indexes the documents of a set, or what is new of them since the last time; `fresh`: all. */
export async function indexSet(
  set: EvaluationSet,
  embedders: Embedders,
  fresh: boolean,
): Promise<SqliteStore> {
  const base = join(work, "quality", (set.index ?? set.name).replaceAll(/[ ,/]+/g, "-"));
  if (fresh) rmSync(base, { recursive: true, force: true });
  const files = join(base, "files");
  const sum = sumOf(set);
  const sumPath = join(base, "documents.sum");
  // Documents are made anew where they are others than the last time.
  if (!existsSync(sumPath) || readFileSync(sumPath, "utf8") !== sum) {
    rmSync(files, { recursive: true, force: true });
    mkdirSync(files, { recursive: true });
    for (const [name, text] of set.documents) {
      const path = join(files, `${name}${set.ending}`);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text);
    }
    writeFileSync(sumPath, sum);
  }
  const store = openSqliteStore({
    path: join(base, "index.db"),
    kernels: scanKernels(),
  });
  const parser = new TreeSitterParser({ grammars: grammarsFolder() });
  await indexFolder({ root: files, store, parser, ...embedders });
  await parser.close();
  return store;
}

function sumOf({ documents, ending }: EvaluationSet): string {
  const hash = createHash("sha256").update(ending);
  for (const [name, text] of documents) hash.update(`\0${name}\0${text}`);
  return hash.digest("hex");
}

/**
 * What a question ranks, in the order of the best chunks: documents, or, where the answer is a place in one, places. A
 * place that is not asked for is named by its first line.
 */
export function rankingOf(
  store: SqliteStore,
  chunks: readonly { chunkId: number }[],
  set: Pick<EvaluationSet, "ending">,
  question: Pick<Question, "places">,
): string[] {
  const order = new Map(chunks.map(({ chunkId }, at) => [chunkId, at]));
  const places = store.texts
    .places(chunks.map(({ chunkId }) => chunkId))
    .sort((a, b) => (order.get(a.chunkId) ?? 0) - (order.get(b.chunkId) ?? 0));
  return namesOf(places, set, question);
}

/** The same for hits of search(): lines from 1, the last one in it. */
export function namesOf(
  places: readonly { path: string; startLine: number; endLine: number }[],
  { ending }: Pick<EvaluationSet, "ending">,
  { places: asked }: Pick<Question, "places">,
): string[] {
  const names = places.map(({ path, startLine, endLine }) => {
    const name = ending === "" ? path : path.replace(/\.\w+$/, "");
    if (asked === undefined) return name;
    const right = asked.find(
      (one) => one.name === name && startLine <= one.to && endLine > one.from,
    );
    return right === undefined ? `${name}:${startLine}` : placeName(right);
  });
  return [...new Set(names)];
}

/** What the gold of a question for a place is called. */
export function placeName({ name, from }: { name: string; from: number }): string {
  return `${name} at ${from}`;
}

/** Documents in the order of their best chunks. */
export function documentsOf(store: SqliteStore, chunks: readonly { chunkId: number }[]): string[] {
  const places = store.texts.places(chunks.map(({ chunkId }) => chunkId));
  const order = new Map(chunks.map(({ chunkId }, at) => [chunkId, at]));
  const ranked = places
    .map(({ chunkId, path }) => ({ path, at: order.get(chunkId) ?? 0 }))
    .sort((a, b) => a.at - b.at);
  return [...new Set(ranked.map(({ path }) => path.replace(/\.\w+$/, "")))];
}
