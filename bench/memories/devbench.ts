/*
 * A smoke test of recall: the 30 memories and 20 questions of DevBench.
 *   node bench/memories/devbench.ts --data ../shared/eval [--keep]
 * A question's gold are the memories whose id is among its expected tags; questions without gold are left out.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadEmbedder } from "../../src/embedder.ts";
import { openMemories } from "../../src/engine/memories/memories.ts";
import { argument, keepRows, printMachine, say } from "../common.ts";

interface Dataset {
  memories: { id: string; content: string; tags?: string[] }[];
  queries: { question: string; expected_tags: string[] }[];
}

const data = argument("--data");
if (data === undefined) throw new Error("Say where the evaluation sets are: --data FOLDER");
const here = printMachine();
const text = readFileSync(join(data, "devbench", "devbench_dataset.json"), "utf8");
const { memories: given, queries: all } = JSON.parse(text) as Dataset;
const known = new Set(given.map(({ id }) => id));
const queries = all
  .map(({ question, expected_tags }) => ({
    question,
    gold: expected_tags.filter((id) => known.has(id)),
  }))
  .filter(({ gold }) => gold.length > 0);
const scratch = mkdtempSync(join(tmpdir(), "haypile-devbench-"));
const embedder = await loadEmbedder();
const memories = await openMemories({ database: join(scratch, "memories.db"), embedder });
try {
  const stored = await memories.rememberMany(given.map(({ content }) => ({ text: content })));
  await memories.settled();
  const nameOf = new Map(stored.map(({ id }, at) => [id, given[at]?.id]));
  let first = 0;
  let reciprocal = 0;
  let recalled = 0;
  for (const { question, gold } of queries) {
    const { hits } = await memories.recall(question, { k: 10 });
    const names = hits.map(({ memory }) => nameOf.get(memory.id) ?? "");
    const rank = names.findIndex((name) => gold.includes(name));
    if (rank === 0) first += 1;
    if (rank >= 0) reciprocal += 1 / (rank + 1);
    recalled += gold.filter((id) => names.slice(0, 5).includes(id)).length / gold.length;
  }
  const row = {
    bench: "memories-devbench",
    questions: queries.length,
    hit1: first / queries.length,
    mrr: Number((reciprocal / queries.length).toFixed(3)),
    recallAt5: Number((recalled / queries.length).toFixed(3)),
  };
  say(JSON.stringify(row, undefined, 1));
  if (process.argv.includes("--keep")) keepRows("memories", here, [row]);
} finally {
  await memories.close();
  await embedder.close();
  rmSync(scratch, { recursive: true, force: true });
}
