/*
 * 200 memories of five topics, 40 each (bench/quality/own): is the first hit of a topic's name of that topic, do ten come
 * when only that topic is let in, and is the memory that answers a question among the first five?
 *   node bench/memories/topics.ts [--split report] [--each 40]
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadEmbedder } from "../../src/embedder.ts";
import { openMemories } from "../../src/engine/memories/memories.ts";
import { argument, keepRows, printMachine, say } from "../common.ts";
import { ownRecallSets } from "../quality/own/memory-sets.ts";

const here = printMachine();
const each = Number(argument("--each", "40"));
const splits = ["report", "check", "learn"] as const;
const topics = splits
  .flatMap((split) => ownRecallSets(split))
  .filter(({ name, memories }) => name.startsWith("own facts ") && memories.length >= each)
  .slice(0, 5)
  .map((set) => ({ ...set, topic: set.name.slice("own facts ".length) }));
if (topics.length !== 5) throw new Error(`Expected five topics, but found ${topics.length}.`);

const scratch = mkdtempSync(join(tmpdir(), "haypile-topics-"));
const embedder = await loadEmbedder();
const memories = await openMemories({ database: join(scratch, "memories.db"), embedder });
/** The id that each memory of the sets got. */
const ids = new Map<string, string>();
for (const { topic, memories: all } of topics) {
  const some = all.slice(0, each);
  const kept = await memories.rememberMany(
    some.map(({ text }) => ({ text, tags: [topic], onDuplicate: "keep" as const })),
  );
  for (const [at, { id }] of kept.entries()) ids.set(some[at]?.id as string, id);
}
await memories.settled();

const found: string[] = [];
let filled = 0;
let questions = 0;
let inTopic = 0;
let amongFive = 0;
for (const { topic, questions: all } of topics) {
  const query = topic.replaceAll("-", " ");
  const { hits } = await memories.recall(query, { k: 10, minScore: 0 });
  if (hits[0]?.memory.tags.includes(topic) === true) found.push(topic);
  const only = await memories.recall(query, { k: 10, tags: { any: [topic] } });
  if (only.hits.length === 10 && only.hits.every(({ memory }) => memory.tags.includes(topic))) {
    filled += 1;
  }
  for (const { text, gold } of all) {
    const right = [...gold].flatMap((id) => ids.get(id) ?? []);
    if (right.length === 0) continue;
    const { hits: five } = await memories.recall(text, { k: 5, minScore: 0 });
    questions += 1;
    if (five[0]?.memory.tags.includes(topic) === true) inTopic += 1;
    if (five.some(({ memory }) => right.includes(memory.id))) amongFive += 1;
  }
}
const row = {
  bench: "memories-topics",
  memories: ids.size,
  topics: topics.map(({ topic }) => topic),
  found: found.length,
  notFound: topics.map(({ topic }) => topic).filter((topic) => !found.includes(topic)),
  filled,
  questions,
  inTopic: inTopic / questions,
  amongFive: amongFive / questions,
};
say(JSON.stringify(row, undefined, 1));
keepRows("memories", here, [row]);
await memories.close();
await embedder.close();
rmSync(scratch, { recursive: true, force: true });
