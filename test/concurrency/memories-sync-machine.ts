/** Child of memories-sync.test.ts: a machine with its own data folder, which does what it is told and says when it is done. */

import { writeSync } from "node:fs";
import { createInterface } from "node:readline";
import { openMemories } from "../../src/engine/memories/memories.ts";
import type { MemoryEdit } from "../../src/ports/memories.ts";

export type MachineWork =
  | { remember: string; tags: string[] }
  | { update: string; change: MemoryEdit }
  | { forget: string; hard: boolean }
  | { undelete: string }
  | { merge: string[] }
  | { unmerge: string }
  | { replace: string; text: string }
  | { link: string; to: string }
  | { sync: string }
  | { export: true };

const [database = ""] = process.argv.slice(2);
const memories = await openMemories({ database, embedder: undefined });

async function work(said: MachineWork): Promise<unknown> {
  if ("remember" in said) return await memories.remember(said.remember, { tags: said.tags });
  if ("update" in said) {
    const before = await memories.get(said.update);
    const after = await memories.update(said.update, said.change);
    return { isChange: JSON.stringify(before) !== JSON.stringify(after) };
  }
  if ("forget" in said) return await memories.forget(said.forget, { hard: said.hard });
  if ("undelete" in said) return (await memories.undelete(said.undelete)).id;
  if ("merge" in said) return (await memories.merge(said.merge)).id;
  if ("unmerge" in said) return await memories.unmerge(said.unmerge);
  if ("replace" in said) return await memories.remember(said.text, { replaces: said.replace });
  if ("link" in said) return await memories.link(said.link, said.to, "speaks of");
  if ("sync" in said) return await memories.sync(said.sync);
  const lines: string[] = [];
  for await (const line of memories.export()) lines.push(line);
  return lines.sort();
}

function answer(said: unknown): void {
  const bytes = Buffer.from(`${JSON.stringify(said)}\n`);
  for (let at = 0; at < bytes.length; ) {
    try {
      at += writeSync(1, bytes, at);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EAGAIN") throw error;
    }
  }
}

answer({ ready: true });
for await (const line of createInterface({ input: process.stdin })) {
  try {
    answer({ done: (await work(JSON.parse(line) as MachineWork)) ?? true });
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    answer({ refused: code ?? message, message });
  }
}
await memories.close();
