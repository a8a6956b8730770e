/* Sets of memories that numbers are learnt on: the same in every run, split by their sources, and of our own words. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { noonOf, whensAt } from "../../../bench/quality/own/dates.ts";
import { ownRecallSets } from "../../../bench/quality/own/memory-sets.ts";
import { readDomain, readDomains, splits } from "../../../bench/quality/own/source-text.ts";
import { askedThen, type RecallSet } from "../../../bench/quality/recall-sets.ts";
import { repository } from "../../helpers/model.ts";

const plain = (set: RecallSet): unknown => ({
  ...set,
  questions: set.questions.map(({ gold, older, ...rest }) => ({
    ...rest,
    gold: [...gold],
    older: older && [...older],
  })),
});
const kinds = ["facts", "pooled", "notes", "chats", "turns", "dates"];

describe.each(splits)("made memories, %s", (split) => {
  const sets = ownRecallSets(split);

  it("are the same each time", () => {
    expect(ownRecallSets(split).map(plain)).toEqual(sets.map(plain));
  });

  it("have every kind, and hundreds of questions of each", () => {
    for (const kind of kinds) {
      const mine = sets.filter(({ group }) => group === `own ${kind}, ${split}`);
      const asked = mine.reduce((sum, { questions }) => sum + questions.length, 0);
      expect(asked, kind).toBeGreaterThan(100);
    }
  });

  it("have every answer among the memories, once, and known when it is asked for", () => {
    for (const { name, memories, questions } of sets) {
      const byId = new Map(memories.map((memory) => [memory.id, memory]));
      expect(byId.size, name).toBe(memories.length);
      for (const { text, gold, older, askedAt } of questions) {
        expect(gold.size, text).toBeGreaterThan(0);
        for (const id of [...gold, ...(older ?? [])]) {
          const at = Date.parse(byId.get(id)?.createdAt ?? "");
          expect(at, `${name}: ${text}`).toBeLessThanOrEqual(askedAt ?? 0);
        }
      }
    }
  });

  it("have what was said before in an older memory", () => {
    const updates = sets.flatMap(({ memories, questions }) => {
      const byId = new Map(memories.map((memory) => [memory.id, memory]));
      return questions.flatMap(({ gold, older }) =>
        [...(older ?? [])].map((id) => [byId.get(id), byId.get([...gold][0] as string)] as const),
      );
    });
    expect(updates.length).toBeGreaterThan(50);
    for (const [before, now] of updates) {
      expect(Date.parse(before?.createdAt ?? "")).toBeLessThan(Date.parse(now?.createdAt ?? ""));
    }
  });

  it("take the number of questions that is wanted", () => {
    for (const kind of kinds) {
      const mine = ownRecallSets(split, 40).filter(({ group }) => group.startsWith(`own ${kind}`));
      const asked = mine.reduce((sum, { questions }) => sum + questions.length, 0);
      expect(asked, kind).toBeGreaterThanOrEqual(32);
      expect(asked, kind).toBeLessThanOrEqual(44);
    }
  });
});

describe("domains", () => {
  const domains = readDomains();

  it("are many, each in one split, and no text is in two of them", () => {
    expect(domains.length).toBeGreaterThanOrEqual(12);
    expect(new Set(domains.map(({ name }) => name)).size).toBe(domains.length);
    const splitOf = new Map<string, string>();
    for (const { split, facts, series, dialogue, talk } of domains) {
      const texts = [
        ...facts.flatMap(({ text, older }) => [text, older ?? text]),
        ...series.flatMap(({ entries }) => entries),
        ...dialogue.map(({ text }) => text),
        ...talk,
      ];
      for (const text of new Set(texts)) {
        expect(splitOf.get(text), text).toBeUndefined();
        splitOf.set(text, split);
      }
    }
  });

  it("ask in other words: few of them are in the answer", () => {
    const wordsOf = (text: string): string[] => text.toLowerCase().match(/[a-z]{4,}/g) ?? [];
    const share = (isFar: boolean): number => {
      const shares = domains.flatMap(({ facts }) =>
        facts.flatMap(({ text, asked }) => {
          const known = new Set(wordsOf(text));
          return asked
            .filter((one) => one.isFar === isFar)
            .map((one) => wordsOf(one.text))
            .filter((words) => words.length > 0)
            .map((words) => words.filter((word) => known.has(word)).length / words.length);
        }),
      );
      return shares.reduce((sum, one) => sum + one, 0) / shares.length;
    };
    expect(share(true)).toBeLessThan(0.15);
    expect(share(false)).toBeGreaterThan(0.5);
  });

  it("refuse a file without a split, and a line without a section", () => {
    expect(() => readDomain("# garden\n")).toThrow('"# name | split"');
    expect(() => readDomain("# garden | learn\nA text.\n")).toThrow("no section");
  });

  const data = join(repository, "..", "shared", "eval");
  it.skipIf(!existsSync(data))("have no eight words in a row of the evaluation sets", () => {
    const shingles = (text: string): string[] => {
      const words = text.toLowerCase().match(/[a-z0-9']+/g) ?? [];
      return words.slice(7).map((_, at) => words.slice(at, at + 8).join(" "));
    };
    const own = new Set(
      domains.flatMap(({ facts, series, dialogue, talk }) =>
        [
          ...facts.flatMap(({ text, asked }) => [text, ...asked.map((one) => one.text)]),
          ...series.flatMap(({ entries }) => entries),
          ...dialogue.map(({ text }) => text),
          ...talk,
        ].flatMap(shingles),
      ),
    );
    expect(own.size).toBeGreaterThan(5_000);
    const files = readdirSync(data, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && /\.(?:jsonl?|txt|gz|tsv)$/.test(entry.name))
      .map((entry) => join(entry.parentPath, entry.name));
    for (const file of files) {
      const bytes = readFileSync(file);
      const text = (file.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("utf8");
      expect(shingles(text).filter((one) => own.has(one))).toEqual([]);
    }
  });
});

describe("days as people say them", () => {
  // A Wednesday.
  const asked = noonOf("2026-03-18");
  const span = (said: string): [string, string] | undefined => {
    const when = whensAt(asked).find((one) => one.said === said);
    const day = (at: number): string => new Date(at).toISOString().slice(0, 10);
    return when && [day(when.from), day(when.to)];
  };

  it.each([
    ["yesterday", "2026-03-17", "2026-03-18"],
    ["last week", "2026-03-09", "2026-03-16"],
    ["two weeks ago", "2026-03-02", "2026-03-09"],
    ["on Monday", "2026-03-16", "2026-03-17"],
    ["on Thursday", "2026-03-12", "2026-03-13"],
    ["last month", "2026-02-01", "2026-03-01"],
    ["in January", "2026-01-01", "2026-02-01"],
    ["on 10 March", "2026-03-10", "2026-03-11"],
  ])("%s", (said, from, to) => {
    expect(span(said)).toEqual([from, to]);
  });
});

describe("asking at another time", () => {
  it("sets the clock for the call alone, also when it fails", async () => {
    const then = noonOf("2026-03-18");
    const seen = await askedThen(then, async () => [Date.now(), new Date().toISOString()]);
    expect(seen).toEqual([then, "2026-03-18T12:00:00.000Z"]);
    expect(await askedThen(then, async () => new Date(5).getTime())).toBe(5);
    await expect(askedThen(then, () => Promise.reject(new Error("no")))).rejects.toThrow("no");
    expect(Date.now()).not.toBe(then);
  });
});
