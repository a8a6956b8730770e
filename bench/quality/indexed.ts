/* An evaluation set as a real index: each document a file; a document's rank is that of its best chunk. */
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { indexFolder } from "../../src/indexing/indexer.ts";
import { scanKernels } from "../../src/native/vector-scan.ts";
import type { TextEmbedder } from "../../src/ports/embedder.ts";
import { openSqliteStore, type SqliteStore } from "../../src/storage/sqlite/store.ts";
import { grammarsFolder } from "../../src/syntax/grammars.ts";
import { TreeSitterParser } from "../../src/syntax/parser.ts";
import { work } from "../common.ts";
import type { EvaluationSet } from "./sets.ts";

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
  const base = join(work, "quality", set.name.replaceAll(" ", "-"));
  if (fresh) rmSync(base, { recursive: true, force: true });
  const files = join(base, "files");
  if (!existsSync(files)) {
    mkdirSync(files, { recursive: true });
    for (const [name, text] of set.documents) {
      const path = join(files, `${name}${set.ending}`);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text);
    }
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

/** Documents in the order of their best chunks. */
export function documentsOf(store: SqliteStore, chunks: readonly { chunkId: number }[]): string[] {
  const places = store.texts.places(chunks.map(({ chunkId }) => chunkId));
  const order = new Map(chunks.map(({ chunkId }, at) => [chunkId, at]));
  const ranked = places
    .map(({ chunkId, path }) => ({ path, at: order.get(chunkId) ?? 0 }))
    .sort((a, b) => a.at - b.at);
  return [...new Set(ranked.map(({ path }) => path.replace(/\.\w+$/, "")))];
}

/** Indexes a folder as it stands, or what is new of it since the last time. */
export async function indexTree(
  root: string,
  path: string,
  embedders: Embedders,
): Promise<SqliteStore> {
  const store = openSqliteStore({ path, kernels: scanKernels() });
  const parser = new TreeSitterParser({ grammars: grammarsFolder() });
  await indexFolder({ root, store, parser, ...embedders });
  await parser.close();
  return store;
}
