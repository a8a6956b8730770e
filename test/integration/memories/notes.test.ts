/*
 * Recall on short notes that nobody tuned to by hand, with the real model: the right one first more often than
 * by words alone, and nothing for questions about something else. The sets are those of
 * bench/memories/notes.ts, which prints the figures of all.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Embedder, loadEmbedder } from "../../../src/embedder.ts";
import { type OpenMemories, openMemories } from "../../../src/engine/memories/memories.ts";
import type { RecallWhy } from "../../../src/ports/answers/memory-reports.ts";
import type { RecallHit } from "../../../src/ports/memories.ts";
import { makeFolder } from "../../helpers/sqlite-files.ts";

interface NoteSet {
  memories: { id: string; text: string }[];
  questions: { q: string; gold: string[] }[];
  unanswerable: string[];
}

/** Of the questions without an answer the first are on the set's own subject. */
const onSubject = 14;
/** Of the questions with one the first have no word in common with it. */
const inOtherWords = 14;

const names = ["01-webshop-backend", "05-household", "10-sre-runbooks"];
const folder = join(import.meta.dirname, "../../../bench/memories/notes");
const { folder: scratch, remove } = makeFolder();

let embedder: Embedder;
beforeAll(async () => {
  embedder = await loadEmbedder();
}, 120_000);
afterAll(async () => {
  await embedder.close();
  remove();
});

describe.each(names)("recall on %s", (name) => {
  const set = JSON.parse(readFileSync(join(folder, `${name}.json`), "utf8")) as NoteSet;
  const textOf = new Map(set.memories.map(({ id, text }) => [id, text]));
  let memories: OpenMemories;

  beforeAll(async () => {
    memories = await openMemories({ database: join(scratch, `${name}.db`), embedder });
    await memories.rememberMany(
      set.memories.map(({ text }) => ({ text, onDuplicate: "keep" as const })),
    );
    await memories.settled();
  }, 300_000);
  afterAll(() => memories.close());

  it("has the right one first more often than words alone have it", async () => {
    const rights = set.questions.map(({ gold }) => new Set(gold.map((id) => textOf.get(id))));
    const first = { both: 0, words: 0, meaning: 0 };
    for (const [at, { q }] of set.questions.entries()) {
      const { hits } = await memories.recall(q, { k: 100, minScore: 0, why: true });
      const best = (value: (why: RecallWhy) => number): string => {
        const worth = ({ why }: RecallHit): number => (why === undefined ? -1 : value(why));
        return hits.toSorted((a, b) => worth(b) - worth(a))[0]?.memory.text ?? "";
      };
      const right = rights[at] as Set<string | undefined>;
      first.both += right.has(hits[0]?.memory.text) ? 1 : 0;
      first.words += right.has(best((why) => why.words ?? 0)) ? 1 : 0;
      first.meaning += right.has(best((why) => why.meaning ?? -1)) ? 1 : 0;
    }
    // Memories that have more of the question's words than the answer are what these sets are full of.
    expect(first.both).toBeGreaterThan(first.words);
    expect(first.both).toBeGreaterThanOrEqual(first.meaning - 4);
    expect(first.both).toBeGreaterThanOrEqual(21);
  }, 300_000);

  it("gives nothing for a question about something else, and keeps answers that share words", async () => {
    const elsewhere = set.unanswerable.slice(onSubject);
    let none = 0;
    for (const question of elsewhere) {
      const { hits, nearest } = await memories.recall(question);
      if (hits.length > 0) continue;
      none += 1;
      expect(nearest).toBeLessThan(0.25);
    }
    expect(none).toBeGreaterThanOrEqual(elsewhere.length - 2);
    const lost: string[] = [];
    for (const { q, gold } of set.questions.slice(inOtherWords)) {
      const right = new Set(gold.map((id) => textOf.get(id)));
      const has = (texts: string[]): boolean => texts.some((text) => right.has(text));
      const all = await memories.recall(q, { minScore: 0 });
      if (!has(all.hits.map(({ memory }) => memory.text))) continue;
      const shown = await memories.recall(q);
      if (!has(shown.hits.map(({ memory }) => memory.text))) lost.push(q);
    }
    expect(lost.length).toBeLessThanOrEqual(1);
  }, 300_000);
});
