/*
 * Quality of recall on short memories of twelve kinds, and what a question without an answer gets:
 *   node bench/memories/notes.ts [--set NAME] [--keep]
 * Each set of bench/memories/notes has some sixty memories, forty questions with their answers (a third in other words
 * than the memory, a third as key words, a third in between, beside memories that have more of their words) and twenty
 * without: fourteen on the set's own subject, four on another, two that are no words at all.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadEmbedder } from "../../src/embedder.ts";
import { openMemories } from "../../src/engine/memories/memories.ts";
import { argument, keepRows, printMachine, say } from "../common.ts";
import { mean, score } from "../quality/measures.ts";

interface NoteSet {
  name: string;
  memories: { id: string; text: string }[];
  questions: { q: string; gold: string[] }[];
  unanswerable: string[];
}

/** Of the questions without an answer, the first are on the set's own subject. */
const onSubject = 14;

const folder = join(import.meta.dirname, "notes");
const wanted = argument("--set", "");
const here = printMachine();
const embedder = await loadEmbedder();
const scratch = mkdtempSync(join(tmpdir(), "haypile-notes-"));
const all = { first: [] as number[], mrr: [] as number[], recall10: [] as number[] };
const lost: number[] = [];
const none = { onSubject: [] as number[], elsewhere: [] as number[] };
try {
  for (const file of readdirSync(folder).sort()) {
    const set = JSON.parse(readFileSync(join(folder, file), "utf8")) as NoteSet;
    if (!file.includes(wanted)) continue;
    const memories = await openMemories({ database: join(scratch, `${file}.db`), embedder });
    const stored = await memories.rememberMany(
      set.memories.map(({ text }) => ({ text, onDuplicate: "keep" as const })),
    );
    await memories.settled();
    const idOf = new Map(stored.map(({ id }, at) => [id, set.memories[at]?.id ?? ""]));
    const firsts: number[] = [];
    for (const { q, gold } of set.questions) {
      const { hits } = await memories.recall(q, { k: 100, minScore: 0 });
      const ids = hits.map(({ memory }) => idOf.get(memory.id) ?? "");
      const one = score(ids, new Set(gold));
      firsts.push(gold.includes(ids[0] ?? "") ? 1 : 0);
      all.mrr.push(one.mrr);
      all.recall10.push(one.recall10);
      if (!ids.slice(0, 8).some((id) => gold.includes(id))) continue;
      const shown = (await memories.recall(q)).hits.map(({ memory }) => idOf.get(memory.id) ?? "");
      lost.push(shown.some((id) => gold.includes(id)) ? 0 : 1);
    }
    all.first.push(...firsts);
    for (const [at, question] of set.unanswerable.entries()) {
      const { hits } = await memories.recall(question);
      (at < onSubject ? none.onSubject : none.elsewhere).push(hits.length === 0 ? 1 : 0);
    }
    say(`${set.name}: first ${firsts.filter(Boolean).length} of ${firsts.length}`);
    await memories.close();
  }
  const rounded = (values: readonly number[]): number => Number(mean(values).toFixed(3));
  const row = {
    bench: "memories-notes",
    questions: all.first.length,
    first: rounded(all.first),
    mrr: rounded(all.mrr),
    recall10: rounded(all.recall10),
    /** Of the answers among the first eight, those that the floor hides. */
    lostToFloor: rounded(lost),
    noneOnSubject: rounded(none.onSubject),
    noneElsewhere: rounded(none.elsewhere),
  };
  say(JSON.stringify(row, undefined, 1));
  if (process.argv.includes("--keep")) keepRows("memories", here, [row]);
} finally {
  await embedder.close();
  rmSync(scratch, { recursive: true, force: true });
}
