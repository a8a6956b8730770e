/*
 * What is asked of memories: conversations, chats, short notes and facts. The sets of --data are read and never copied;
 * notes and facts are our own (bench/memories/notes, bench/memories/facts), and so is what bench/quality/own makes.
 */
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { ownFormat } from "../../src/memories/formats/own-format.ts";
import type { Memories, MemoryKind } from "../../src/ports/memories.ts";
import { repository } from "../common.ts";
import { ownRecallSets } from "./own/memory-sets.ts";
import type { Split } from "./own/source-text.ts";

export interface RecallSet {
  name: string;
  /** Sets of one group are one row: questions of all of them, each asked in its own database. */
  group: string;
  memories: {
    id: string;
    text: string;
    kind?: MemoryKind | undefined;
    namespace?: string;
    /** ISO 8601. Default: when the bench runs. */
    createdAt?: string;
  }[];
  questions: {
    text: string;
    gold: ReadonlySet<string>;
    namespace?: string;
    /** When it is asked, milliseconds since 1970. Default: now. See askedThen(). */
    askedAt?: number;
    /** What is no longer so: it should stand below what answers. */
    older?: ReadonlySet<string>;
    /** What sort of question it is, for figures by sort. */
    kind?: string;
  }[];
  /** Questions that nothing answers: on the set's own subject, and on another. */
  none: { near: string[]; far: string[] };
}

export interface RecallSetOptions {
  /** Which of our made sets; undefined: none of them. */
  split?: Split | undefined;
  /** Questions of each group of these at most. */
  most?: number | undefined;
}

/**
 * @param chats of BEAM, the first so many
 * @param own numbers are learnt on "learn", chosen by "check", and told by "report"
 */
export function loadRecallSets(
  data: string | undefined,
  chats = 100,
  own: RecallSetOptions = { split: "learn", most: 300 },
): RecallSet[] {
  const given = data === undefined ? [] : [locomo(data), beam(data, chats), devbench(data)];
  const written = [ownSets("notes", "notes, 12 sets"), ownSets("facts", "short facts")];
  const made = own.split === undefined ? [] : ownRecallSets(own.split, own.most);
  return [...given.filter((set) => set !== undefined), ...written.flat(), ...made];
}

/** Calls with the clock at a time: what is asked then. No other work may run meanwhile. */
export async function askedThen<T>(askedAt: number | undefined, ask: () => Promise<T>): Promise<T> {
  if (askedAt === undefined) return await ask();
  const own = globalThis.Date;
  const now = (): number => askedAt;
  globalThis.Date = new Proxy(own, {
    construct: (target, args) => Reflect.construct(target, args.length === 0 ? [askedAt] : args),
    get: (target, name) => (name === "now" ? now : Reflect.get(target, name)),
  });
  try {
    return await ask();
  } finally {
    globalThis.Date = own;
  }
}

/** Remembers all of a set as it is. @returns the set's own id by that of each memory */
export async function rememberSet(
  set: RecallSet,
  memories: Memories,
): Promise<Map<string, string>> {
  if (set.memories.some(({ createdAt }) => createdAt !== undefined)) {
    return await importSet(set, memories);
  }
  const stored = await memories.rememberMany(
    set.memories.map(({ text, kind, namespace }) => ({
      text,
      kind,
      namespace,
      onDuplicate: "keep" as const,
      allowSecrets: true,
    })),
  );
  await memories.settled();
  return new Map(stored.map(({ id }, at) => [id, set.memories[at]?.id ?? ""]));
}

/** With the times of the set, which only an import may say. */
async function importSet(set: RecallSet, memories: Memories): Promise<Map<string, string>> {
  const own = new Map<string, string>();
  const lines = set.memories.map(({ id, ...memory }) => {
    const key = createHash("sha256").update(id).digest("hex").slice(0, 16);
    own.set(key, id);
    return JSON.stringify({ format: ownFormat, id: key, ...memory });
  });
  const { stored, refused } = await memories.import(lines, { allowSecrets: true });
  if (stored + refused.length < own.size) {
    // Small talk that was said twice in the very same words is one memory.
    const texts = new Set(set.memories.map(({ text, namespace }) => `${namespace} ${text}`));
    if (stored < texts.size) throw new Error(`${set.name}: ${stored} of ${texts.size} were stored`);
  }
  await memories.settled();
  return own;
}

function rows<T>(bytes: Buffer): T[] {
  return bytes
    .toString("utf8")
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line) => JSON.parse(line) as T);
}

function locomo(data: string): RecallSet | undefined {
  const folder = join(data, "locomo");
  if (!existsSync(folder)) return undefined;
  type Turn = { conv: string; date: string; dia_id: string; speaker: string; text: string };
  const turns = rows<Turn & { image_caption?: string }>(
    readFileSync(join(folder, "dev-turns.jsonl")),
  );
  const questions = rows<{ conv: string; question: string; gold_turns: string[] }>(
    readFileSync(join(folder, "dev-questions.jsonl")),
  );
  const name = "LoCoMo turns pooled";
  return {
    name,
    group: name,
    memories: turns.map((turn) => ({
      id: `${turn.conv} ${turn.dia_id}`,
      text: [turn.date, `${turn.speaker}: ${turn.text}`, turn.image_caption ?? ""]
        .filter(Boolean)
        .join("\n"),
      kind: "turn",
      namespace: turn.conv,
    })),
    questions: questions
      .filter(({ gold_turns }) => gold_turns.length > 0)
      .map(({ conv, question, gold_turns }) => ({
        text: question,
        gold: new Set(gold_turns.map((turn) => `${conv} ${turn}`)),
      })),
    none: { near: [], far: [] },
  };
}

function beam(data: string, chats: number): RecallSet | undefined {
  const folder = join(data, "beam-100k");
  if (!existsSync(folder)) return undefined;
  const messages = rows<{ chat: string; id: number; role: string; content: string }>(
    gunzipSync(readFileSync(join(folder, "dev-messages.jsonl.gz"))),
  );
  const questions = rows<{ chat: string; question: string; gold_ids: (number | number[])[] }>(
    readFileSync(join(folder, "dev-questions.jsonl")),
  );
  const known = [...new Set(messages.map(({ chat }) => chat))];
  const kept = new Set(known.slice(0, chats));
  const name = kept.size < known.length ? `BEAM, ${kept.size} chats` : "BEAM chats";
  const idOf = (chat: string, id: number): string => `${chat} ${id}`;
  return {
    name,
    group: name,
    memories: messages
      .filter(({ chat }) => kept.has(chat))
      .map(({ chat, id, role, content }) => ({
        id: idOf(chat, id),
        text: `${role}: ${content}`,
        kind: "turn",
        namespace: chat,
      })),
    questions: questions
      .filter(({ chat, gold_ids }) => kept.has(chat) && gold_ids.length > 0)
      .map(({ chat, question, gold_ids }) => ({
        text: question,
        gold: new Set(gold_ids.flat().map((id) => idOf(chat, id))),
        namespace: chat,
      })),
    none: { near: [], far: [] },
  };
}

/** What the chats of beam() do not answer, each asked within its chat. */
export function beamUnanswered(
  data: string,
  set: RecallSet,
): { text: string; namespace: string | undefined }[] {
  const chats = new Set(set.memories.map(({ namespace }) => namespace));
  return rows<{ chat: string; question: string; gold_ids: unknown[] }>(
    readFileSync(join(data, "beam-100k", "dev-questions.jsonl")),
  )
    .filter(({ chat, gold_ids }) => chats.has(chat) && gold_ids.length === 0)
    .map(({ chat, question }) => ({ text: question, namespace: chat }));
}

export interface LocomoViews {
  /** Each question inside its conversation. */
  turns: RecallSet["questions"];
  /** The same, asked for sessions. */
  sessions: RecallSet["questions"];
  sessionOf: (id: string) => string;
}

/** Other ways to look at the set of locomo(), whose questions are asked of all conversations. */
export function locomoViews(data: string): LocomoViews {
  const folder = join(data, "locomo");
  const session = new Map(
    rows<{ conv: string; dia_id: string; session: number }>(
      readFileSync(join(folder, "dev-turns.jsonl")),
    ).map((turn) => [`${turn.conv} ${turn.dia_id}`, `${turn.conv} session ${turn.session}`]),
  );
  const sessionOf = (id: string): string => session.get(id) ?? id;
  const turns = rows<{ conv: string; question: string; gold_turns: string[] }>(
    readFileSync(join(folder, "dev-questions.jsonl")),
  )
    .filter(({ gold_turns }) => gold_turns.length > 0)
    .map(({ conv, question, gold_turns }) => ({
      text: question,
      namespace: conv,
      gold: new Set(gold_turns.map((turn) => `${conv} ${turn}`)),
    }));
  const sessions = turns.map((one) => ({ ...one, gold: new Set([...one.gold].map(sessionOf)) }));
  return { turns, sessions, sessionOf };
}

function devbench(data: string): RecallSet | undefined {
  const path = join(data, "devbench", "devbench_dataset.json");
  if (!existsSync(path)) return undefined;
  const { memories, queries } = JSON.parse(readFileSync(path, "utf8")) as {
    memories: { id: string; content: string }[];
    queries: { question: string; expected_tags: string[] }[];
  };
  const known = new Set(memories.map(({ id }) => id));
  return {
    name: "DevBench",
    group: "DevBench",
    memories: memories.map(({ id, content }) => ({ id, text: content })),
    questions: queries
      .map(({ question, expected_tags }) => ({
        text: question,
        gold: new Set(expected_tags.filter((id) => known.has(id))),
      }))
      .filter(({ gold }) => gold.size > 0),
    none: { near: [], far: [] },
  };
}

/** Of the questions without an answer the first are on the set's own subject. */
const nearQuestions = 14;

function ownSets(kind: "notes" | "facts", group: string): RecallSet[] {
  const folder = join(repository, "bench", "memories", kind);
  return readdirSync(folder)
    .sort()
    .map((file) => {
      const set = JSON.parse(readFileSync(join(folder, file), "utf8")) as {
        name: string;
        memories: { id: string; text: string }[];
        questions: { q: string; gold: string[] }[];
        unanswerable: string[];
      };
      return {
        name: set.name,
        group,
        memories: set.memories,
        questions: set.questions.map(({ q, gold }) => ({ text: q, gold: new Set(gold) })),
        none: {
          near: set.unanswerable.slice(0, nearQuestions),
          far: set.unanswerable.slice(nearQuestions),
        },
      };
    });
}
