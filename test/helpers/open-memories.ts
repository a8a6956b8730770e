/* A memory service over a database file of the test's own, with an embedder that needs no model. */
import { join } from "node:path";
import {
  type MemoriesOptions,
  type OpenMemories,
  openMemories,
} from "../../src/engine/memories/memories.ts";
import { HashEmbedder } from "./hash-embedder.ts";
import { addonFolder } from "./model.ts";
import { makeFolder } from "./sqlite-files.ts";

export interface MemoryBench {
  path: string;
  embedder: HashEmbedder;
  /** Opens one; all are closed by end(). */
  open(options?: Partial<MemoriesOptions>): Promise<OpenMemories>;
  end(): Promise<void>;
}

export function memoryBench(): MemoryBench {
  const { folder, remove } = makeFolder();
  const opened: OpenMemories[] = [];
  const embedder = new HashEmbedder();
  const path = join(folder, "memories.db");
  return {
    path,
    embedder,
    open: async (options = {}) => {
      const memories = await openMemories({ database: path, embedder, addonFolder, ...options });
      opened.push(memories);
      return memories;
    },
    end: async () => {
      for (const memories of opened) await memories.close();
      remove();
    },
  };
}

export async function codeOf(work: Promise<unknown>): Promise<string> {
  return await work.then(
    () => "none",
    (error: { code?: string }) => error.code ?? String(error),
  );
}
