/*
 * Asks as it is typed. A new question aborts what is asked for the one before it, so an older answer never takes the place of
 * a newer one. First every folder answers with what is ready soon (no reranker, no vectors made for the question); when
 * the question still stands, each answers once more with all it has.
 */
import { useEffect, useRef, useState } from "preact/hooks";
import type { SearchHit, SearchResult } from "../../../../src/ports/answers/search.ts";
import type { RecallResult } from "../../../../src/ports/memories.ts";
import { ask } from "../../api/client.ts";
import { onReconnection } from "../../api/events.ts";
import { readable } from "../../parts/use-answer.ts";

export interface FolderAnswer {
  folder: string;
  result?: SearchResult | undefined;
  error?: Error | undefined;
  /** Its refined answer is there. */
  isFinal: boolean;
}

export interface FolderHit extends SearchHit {
  folder: string;
  /** Its file differs from the index. */
  isChanged: boolean;
}

export interface Answers {
  /** The question that the code is of, as a key; "": none. */
  codeOf: string;
  /** Its words. */
  codeText: string;
  folders: FolderAnswer[];
  hits: FolderHit[];
  memoriesOf: string;
  memoriesText: string;
  memories: RecallResult | undefined;
  memoriesError: Error | undefined;
  /** The first answers are on their way. */
  isAsking: boolean;
  /** The refined ones are. */
  isRefining: boolean;
}

export interface Question {
  /** Without filters; "": nothing is asked. */
  text: string;
  folders: readonly string[];
  /** Options of code/search; undefined: no code. */
  code: Record<string, unknown> | undefined;
  /** Options of memories/recall; undefined: no memories. */
  memories: Record<string, unknown> | undefined;
  k: number;
}

/** What tells one question from another. */
export function keyOf(question: Question): string {
  return JSON.stringify(question);
}

const nothing: Answers = {
  codeOf: "",
  codeText: "",
  folders: [],
  hits: [],
  memoriesOf: "",
  memoriesText: "",
  memories: undefined,
  memoriesError: undefined,
  isAsking: false,
  isRefining: false,
};

/** Milliseconds of the first answer: what is not ready by then comes with the second. */
const firstMs = 90;
/** Folders asked at once: the daemon has two turns for those who wait. */
const atOnce = 2;
/** Lines of a snippet. */
const snippetLines = 6;

export function useSearch(question: Question): Answers & { again: () => void } {
  const [answers, setAnswers] = useState(nothing);
  const [turn, setTurn] = useState(0);
  const again = (): void => setTurn((before) => before + 1);
  const latest = useRef(question);
  latest.current = question;
  const key = keyOf(question);
  // The key says all that is asked, and a turn asks it anew.
  useEffect(() => {
    const stop = new AbortController();
    void run(latest.current, stop.signal, (change) => {
      if (!stop.signal.aborted) setAnswers(change);
    });
    return () => stop.abort();
  }, [key, turn]);
  useEffect(() => onReconnection(() => setTurn((before) => before + 1)), []);
  return { ...answers, again };
}

type Change = (change: (before: Answers) => Answers) => void;

async function run(question: Question, signal: AbortSignal, change: Change): Promise<void> {
  const { text, folders, code, memories } = question;
  if (text === "") return change(() => nothing);
  change((before) => ({
    ...before,
    ...(code === undefined && { codeOf: "", folders: [], hits: [] }),
    ...(memories === undefined && {
      memoriesOf: "",
      memories: undefined,
      memoriesError: undefined,
    }),
    isAsking: true,
    isRefining: false,
  }));
  const recalled = memories === undefined ? undefined : recall(question, memories, signal, change);
  if (code !== undefined) {
    await askFolders(question, { ...code, ...soon }, folders, false, signal, change);
  }
  await recalled;
  change((before) => ({ ...before, isAsking: false, isRefining: code !== undefined }));
  if (code === undefined || signal.aborted) return;
  await askFolders(question, code, folders, true, signal, change);
  change((before) => ({ ...before, isRefining: false }));
}

const soon = { rerank: false, fillIn: "off", deadlineMs: firstMs };

async function askFolders(
  question: Question,
  options: Record<string, unknown>,
  folders: readonly string[],
  isFinal: boolean,
  signal: AbortSignal,
  change: Change,
): Promise<void> {
  const { text, k } = question;
  const key = keyOf(question);
  if (folders.length === 0) {
    return change((before) => ({ ...before, codeOf: key, codeText: text, folders: [], hits: [] }));
  }
  const left = [...folders];
  const worker = async (): Promise<void> => {
    for (;;) {
      const folder = left.shift();
      if (folder === undefined || signal.aborted) return;
      const answer: FolderAnswer = { folder, isFinal };
      try {
        answer.result = await ask<SearchResult>(
          "code/search",
          { folder, query: text, k, snippetLines, ...options },
          signal,
        );
      } catch (error) {
        if (signal.aborted) return;
        answer.error = readable(error);
      }
      change((before) => withFolder(before, answer, key, question));
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}

/** The answer of a folder among those of the others. */
function withFolder(
  before: Answers,
  answer: FolderAnswer,
  key: string,
  { text, k, folders: asked }: Question,
): Answers {
  // What is of another question goes with the first answer to this one.
  const ofThis = before.codeOf === key ? before.folders : [];
  const others = ofThis.filter(({ folder }) => folder !== answer.folder);
  // A refined answer that failed does not take away the first one.
  const kept = ofThis.find(({ folder }) => folder === answer.folder);
  const own =
    answer.isFinal && answer.result === undefined && kept?.result !== undefined
      ? { ...kept, isFinal: true }
      : answer;
  const folders = [...others, own].sort(
    (a, b) => asked.indexOf(a.folder) - asked.indexOf(b.folder),
  );
  const hits = merged(folders, k);
  return {
    ...before,
    codeOf: key,
    codeText: text,
    folders,
    hits: sameWhereEqual(before.hits, hits),
  };
}

/** A hit that says what it said before is the one from before: it is not drawn anew. */
function sameWhereEqual(before: readonly FolderHit[], now: readonly FolderHit[]): FolderHit[] {
  const place = ({ folder, path, startLine }: FolderHit): string =>
    `${folder} ${path} ${startLine}`;
  const known = new Map(before.map((hit) => [place(hit), hit]));
  return now.map((hit) => {
    const old = known.get(place(hit));
    return old !== undefined && JSON.stringify(old) === JSON.stringify(hit) ? old : hit;
  });
}

/** Best first; of equal ones as the folders stand. The scores of all indexes are on one scale. */
function merged(folders: readonly FolderAnswer[], k: number): FolderHit[] {
  const hits = folders.flatMap(({ folder, result }) => {
    const changed = new Set(result?.changedFiles);
    return (result?.hits ?? []).map((hit) => ({
      ...hit,
      folder,
      isChanged: changed.has(hit.path),
    }));
  });
  return hits.sort((a, b) => b.score - a.score).slice(0, k);
}

async function recall(
  question: Question,
  options: Record<string, unknown>,
  signal: AbortSignal,
  change: Change,
): Promise<void> {
  const { text, k } = question;
  const key = keyOf(question);
  try {
    const memories = await ask<RecallResult>(
      "memories/recall",
      { query: text, k, why: true, ...options },
      signal,
    );
    change((before) => ({
      ...before,
      memoriesOf: key,
      memoriesText: text,
      memories,
      memoriesError: undefined,
    }));
  } catch (error) {
    change((before) => ({
      ...before,
      memoriesOf: key,
      memoriesText: text,
      memories: undefined,
      memoriesError: readable(error),
    }));
  }
}
