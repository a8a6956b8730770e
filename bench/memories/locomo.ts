/*
 * Quality of recall on the LoCoMo conversations, one memory per turn:
 *   node bench/memories/locomo.ts --data ../shared/eval [--keep]
 * Sessions: inside one conversation (a namespace), the sessions of the turns found, in order; recall@10.
 * Turns pooled: all conversations together; recall@10 of the turns that answer.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadEmbedder } from "../../src/embedder.ts";
import { openMemories } from "../../src/engine/memories/memories.ts";
import { argument, keepRows, printMachine, say } from "../common.ts";

interface Turn {
  conv: string;
  session: number;
  date: string;
  dia_id: string;
  speaker: string;
  text: string;
  image_caption?: string;
}

interface Question {
  conv: string;
  question: string;
  gold_turns: string[];
  gold_sessions: number[];
}

const data = argument("--data");
if (data === undefined) throw new Error("Say where the evaluation sets are: --data FOLDER");
const folder = join(data, "locomo");
const read = <T>(name: string): T[] =>
  readFileSync(join(folder, name), "utf8")
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line) => JSON.parse(line) as T);

const here = printMachine();
const turns = read<Turn>("dev-turns.jsonl");
const questions = read<Question>("dev-questions.jsonl").filter((one) => one.gold_turns.length > 0);
const scratch = mkdtempSync(join(tmpdir(), "haypile-locomo-"));
const embedder = await loadEmbedder();
const memories = await openMemories({ database: join(scratch, "memories.db"), embedder });
try {
  const results = await memories.rememberMany(
    turns.map((turn) => ({
      text: [turn.date, `${turn.speaker}: ${turn.text}`, turn.image_caption ?? ""]
        .filter(Boolean)
        .join("\n"),
      kind: "turn",
      namespace: turn.conv,
      tags: [`session-${turn.session}`, turn.dia_id],
    })),
  );
  await memories.settled();
  const turnOf = new Map(results.map(({ id }, at) => [id, turns[at] as Turn]));
  const shareOf = (found: readonly unknown[], gold: readonly unknown[]): number =>
    gold.filter((one) => found.includes(one)).length / gold.length;
  const mean = (values: readonly number[]): number =>
    values.reduce((sum, value) => sum + value, 0) / values.length;

  const bySession = new Map<string, number[]>();
  const pooled: number[] = [];
  for (const { conv, question, gold_turns, gold_sessions } of questions) {
    const inside = await memories.recall(question, { namespace: conv, k: 100 });
    const sessions = new Set(inside.hits.map(({ memory }) => turnOf.get(memory.id)?.session));
    const share = shareOf([...sessions].slice(0, 10), gold_sessions);
    bySession.set(conv, [...(bySession.get(conv) ?? []), share]);
    const all = await memories.recall(question, { k: 10 });
    const found = all.hits.map(({ memory }) => {
      const turn = turnOf.get(memory.id);
      return `${turn?.conv} ${turn?.dia_id}`;
    });
    pooled.push(
      shareOf(
        found,
        gold_turns.map((turn) => `${conv} ${turn}`),
      ),
    );
  }
  const conversations = Object.fromEntries(
    [...bySession].map(([conv, shares]) => [conv, Number(mean(shares).toFixed(3))]),
  );
  const sessions = Number(mean([...bySession.values()].flat()).toFixed(3));
  const row = {
    bench: "memories-locomo",
    turns: turns.length,
    questions: questions.length,
    sessionRecallAt10: sessions,
    conversations,
    turnRecallAt10: Number(mean(pooled).toFixed(3)),
  };
  say(JSON.stringify(row, undefined, 1));
  if (process.argv.includes("--keep")) keepRows("memories", here, [row]);
} finally {
  await memories.close();
  await embedder.close();
  rmSync(scratch, { recursive: true, force: true });
}
