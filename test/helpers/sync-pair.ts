/* Memories of several machines in this process, each a database, and folders that they share. */
import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import {
  type MemoriesOptions,
  type OpenMemories,
  openMemories,
} from "../../src/engine/memories/memories.ts";
import { lineText } from "../../src/memories/sync/lines.ts";
import type { MemorySyncOptions, MemorySyncResult } from "../../src/ports/memory/sync-call.ts";
import { tempFolder } from "./temp-tree.ts";

export interface SyncedMachine {
  memories: OpenMemories;
  database: string;
  sync(options?: MemorySyncOptions): Promise<MemorySyncResult>;
  /** Lines of an export, in order. */
  lines(): Promise<string[]>;
}

/** A folder that is shared. */
export function sharedFolder(): { shared: string; files: string } {
  const shared = join(tempFolder(), "shared");
  mkdirSync(shared);
  return { shared, files: join(shared, "haypile-memories") };
}

export async function openMachine(
  shared: string,
  options: Partial<MemoriesOptions> = {},
): Promise<SyncedMachine> {
  const database = options.database ?? join(tempFolder(), "memories.db");
  const memories = await openMemories({ embedder: undefined, ...options, database });
  return {
    memories,
    database,
    sync: (given) => memories.sync(shared, given),
    lines: async () => {
      const lines: string[] = [];
      for await (const line of memories.export()) lines.push(line);
      return lines.sort();
    },
  };
}

/** All bytes of all files in a folder, as text. */
export function allText(files: string): string {
  return readdirSync(files)
    .map((name) => readFileSync(join(files, name), "latin1"))
    .join("");
}

/** A file as a machine would write it, with whatever it says. */
export function madeFile(
  machine: string,
  lines: readonly Record<string, unknown>[],
  header: Record<string, unknown> = {},
): string {
  const first = { format: 1, machine, generation: "made1", ...header };
  return [first, ...lines].map((said, at) => `${lineText(at + 1, said)}\n`).join("");
}
