/*
 * One question to memories and code at once, as of one moment: a person who asks "why is the port 3030" does not know which
 * of the two has the answer. Both are asked side by side under one deadline. A side that cannot answer says why, and the
 * other one answers.
 */
import { resolve } from "node:path";
import { abortedError, throwIfAborted } from "../../base/abort.ts";
import { checkOptions, checkTextArgument } from "../../base/check-options.ts";
import { untilTime } from "../../base/deadline.ts";
import { defined } from "../../base/defined.ts";
import { HaypileError } from "../../base/errors.ts";
import { timed, timesOf } from "../../base/stages.ts";
import { localDay, localMinute } from "../../base/text/local-time.ts";
import { readEnvironment } from "../../config/environment/env.ts";
import { projectOf } from "../../config/places/projects.ts";
import { checkCount, checkNamespaces } from "../../memories/checks/options.ts";
import { askShape } from "../../ports/answers/call-shapes.ts";
import type { SearchHit, SearchResult } from "../../ports/answers/search.ts";
import type {
  AskedCodeSide,
  AskedMemories,
  AskOptions,
  AskProblem,
  AskResult,
} from "../../ports/answers/time/ask.ts";
import type { Haypile } from "../../ports/haypile.ts";
import type { RecallHit, RecallResult } from "../../ports/memories.ts";
import { parseFilters } from "../../search/question/filter.ts";
import { fitTokens, mergeHits } from "./merge.ts";
import { type Moment, momentOf } from "./moment.ts";

/** Where memories are kept that hold everywhere. */
const sharedNamespace = "default";
const everyNamespace = "*";
const defaultK = 10;
const mostTokens = 10_000_000;
const mostDeadlineMs = 3_600_000;
/** Each side minds the deadline itself; one that has not come so much later is left out. */
const graceMs = 250;
/** What was removed is looked through so far back. */
const mostRemoved = 10_000;

type Parts = Pick<Haypile, "code" | "memories">;

interface Asked {
  query: string;
  options: AskOptions;
  k: number;
  /** Absolute. */
  folder: string;
  namespaces: string[];
  moment: Moment | undefined;
  /** As performance.now() tells time. */
  began: number;
}

/**
 * @throws HaypileError HAYPILE_USAGE, HAYPILE_REVISION_MISSING for a moment that is neither a time nor in the repository,
 *   HAYPILE_ABORTED; and that of the memories where neither side answers
 */
export async function askBoth(
  parts: Parts,
  query: string,
  options: AskOptions,
): Promise<AskResult> {
  const began = performance.now();
  check(query, options);
  const { asOf, deadlineMs, signal } = options;
  const folder = resolve(options.folder);
  const { namespace = namespacesIn(folder) } = options;
  const namespaces = namespace === everyNamespace ? [] : [namespace].flat();
  const k = checkCount("k", options.k ?? defaultK, 1, 1_000);
  return await timed(async (clock) => {
    const limits = { signal, ...(deadlineMs !== undefined && { limitMs: deadlineMs + graceMs }) };
    const moment = await momentOf(folder, asOf, limits);
    const asked = { query, options, k, folder, namespaces, moment, began };
    const [memories, code] = await Promise.all([
      inTime("memories", asked, (stop) => askMemories(parts, asked, stop)),
      inTime("code", asked, (stop) => askCode(parts, asked, stop)),
    ]);
    throwIfAborted(signal, "The question");
    if ("failed" in memories && "failed" in code) throw memories.failed;
    const found = answered(memories, code, namespaces);
    const merged = mergeHits(found.memories.hits, found.code.hits, k);
    const { hits, omitted } = fitTokens(merged, options.maxTokens);
    const isPartial =
      omitted > 0 || found.memories.isPartial || found.code.isPartial || hasProblem(found);
    return {
      hits,
      asOf: moment && { said: moment.said, at: new Date(moment.ms).toISOString() },
      memories: found.memories.side,
      code: found.code.side,
      omitted,
      isPartial,
      timesMs: timesOf(clock.times()),
    };
  });
}

/** @throws HaypileError HAYPILE_USAGE */
function check(query: string, options: AskOptions): void {
  checkTextArgument("ask()", "query", query);
  checkOptions("ask()", options, askShape);
  checkTextArgument("ask()", "folder", options?.folder);
  if (query.trim() === "") {
    throw new HaypileError("HAYPILE_USAGE", "Expected a question, but it is empty. Ask in words.");
  }
  const { maxTokens, deadlineMs, namespace } = options;
  checkNamespaces(namespace);
  if (maxTokens !== undefined) checkCount("maxTokens", maxTokens, 1, mostTokens);
  if (deadlineMs !== undefined) checkCount("deadlineMs", deadlineMs, 1, mostDeadlineMs);
  // A filter that is none is told before either side is asked.
  parseFilters(query);
}

interface FoundMemories {
  hits: RecallHit[];
  side: AskedMemories;
  isPartial: boolean;
}

interface FoundCode {
  hits: SearchHit[];
  side: AskedCodeSide;
  isPartial: boolean;
}

interface Failed {
  failed: HaypileError;
}

function answered(
  memories: FoundMemories | Failed,
  code: FoundCode | Failed,
  namespaces: string[],
): { memories: FoundMemories; code: FoundCode } {
  const none = { found: 0, nearest: undefined, notes: [] };
  return {
    memories:
      "failed" in memories
        ? {
            hits: [],
            isPartial: true,
            side: {
              ...none,
              problem: told(memories),
              namespaces,
              searched: 0,
            },
          }
        : memories,
    code:
      "failed" in code
        ? { hits: [], isPartial: true, side: { ...none, problem: told(code), at: undefined } }
        : code,
  };
}

function hasProblem({ memories, code }: { memories: FoundMemories; code: FoundCode }): boolean {
  return memories.side.problem !== undefined || code.side.problem !== undefined;
}

function told({ failed: { code, message } }: Failed): AskProblem {
  return { code, message };
}

/** One side, up to the deadline; its failure becomes a part of the answer. */
async function inTime<T>(
  what: string,
  { options, began }: Asked,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T | Failed> {
  const { deadlineMs, signal } = options;
  const end = deadlineMs === undefined ? Number.POSITIVE_INFINITY : began + deadlineMs + graceMs;
  try {
    const found = await untilTime(work, end, signal);
    if (found !== "late") return found as T;
    const message = `The ${what} did not answer in ${deadlineMs} ms. Ask again with a longer deadline.`;
    return { failed: new HaypileError("HAYPILE_ABORTED", message) };
  } catch (error) {
    if (signal?.aborted === true) throw abortedError("The question");
    if (!HaypileError.isInstance(error)) throw error;
    return { failed: error };
  }
}

function leftOf({ options: { deadlineMs }, began }: Asked): number | undefined {
  if (deadlineMs === undefined) return undefined;
  return Math.max(1, Math.floor(began + deadlineMs - performance.now()));
}

async function askMemories(
  { memories }: Parts,
  asked: Asked,
  signal: AbortSignal,
): Promise<FoundMemories> {
  const { options, moment, k, namespaces } = asked;
  const { text } = parseFilters(asked.query);
  const result = await memories.recall(text, {
    ...among(namespaces),
    k,
    signal,
    ...defined({
      asOf: moment && new Date(moment.ms).toISOString(),
      minScore: options.minScore,
      cache: options.cache,
      deadlineMs: leftOf(asked),
    }),
  });
  const notes = moment === undefined ? [] : await notesOf(memories, namespaces, moment, result);
  const { hits, searched, nearest, isPartial, withoutVector } = result;
  if (withoutVector > 0) notes.push(`${withoutVector} have no vector yet and are found by word.`);
  const side = { found: hits.length, nearest, problem: undefined, notes, namespaces, searched };
  return { hits, side, isPartial };
}

/** None: all of them. */
function among(namespaces: readonly string[]): { namespace?: readonly string[] } {
  return namespaces.length === 0 ? {} : { namespace: namespaces };
}

/** The project's names, and where is kept what holds everywhere. */
function namespacesIn(folder: string): string[] {
  const { namespaces } = projectOf(folder, readEnvironment());
  return [...new Set([...namespaces, sharedNamespace])];
}

/** What the memories of then are not: still to come, not yet begun, or removed since. */
async function notesOf(
  memories: Haypile["memories"],
  namespaces: readonly string[],
  { ms }: Moment,
  { searched }: RecallResult,
): Promise<string[]> {
  const notes: string[] = [];
  if (ms > Date.now()) {
    notes.push(
      `${localMinute(ms)} is still to come: these are the memories of now that hold then.`,
    );
  }
  if (searched === 0) {
    const [first] = (await memories.list({ ...among(namespaces), order: "oldest", limit: 1 }))
      .memories;
    if (first !== undefined && Date.parse(first.createdAt) > ms) {
      notes.push(
        `Nothing was remembered by ${localMinute(ms)}; the first is of ${localDay(first.createdAt)}.`,
      );
    }
  }
  const removed = (await memories.removed(mostRemoved)).filter(
    ({ namespace, at }) =>
      (namespaces.length === 0 || namespaces.includes(namespace)) && Date.parse(at) > ms,
  );
  if (removed.length > 0) {
    const counts = new Map<string, number>();
    for (const { why } of removed) counts.set(why, (counts.get(why) ?? 0) + 1);
    const parts = [...counts].map(([why, count]) => `${count} ${why}`).join(", ");
    notes.push(
      `Memories that were removed since then are not shown, some may be of then: ${parts}.`,
    );
  }
  return notes;
}

async function askCode(parts: Parts, asked: Asked, signal: AbortSignal): Promise<FoundCode> {
  const { query, options, moment, k, folder } = asked;
  const revision = await moment?.revision;
  const at = revision && { at: revision.commit };
  const result: SearchResult = await parts.code(folder).search(query, {
    k,
    signal,
    ...at,
    ...defined({
      minScore: options.minScore,
      snippetLines: options.snippetLines,
      cache: options.cache,
      deadlineMs: leftOf(asked),
    }),
  });
  const { hits, nearest, cut, changedFiles, withoutVector, indexing, takenIn } = result;
  const notes = [...cut];
  const isTakenIn = takenIn === undefined || takenIn.files >= takenIn.of;
  if (!isTakenIn) {
    notes.push(
      `Of that commit ${takenIn.files} of ${takenIn.of} files that differ were searched so far; ask again for the rest.`,
    );
  }
  if (indexing !== undefined) notes.push("An index run is at work; hits may be missing.");
  else if (changedFiles.length > 0) {
    notes.push(
      `${changedFiles.length} of the files looked at have changed since the index was made.`,
    );
  } else if (withoutVector > 0) {
    notes.push(`${withoutVector} chunks have no vector yet and are found by word.`);
  }
  const side = {
    ...{ found: hits.length, nearest, problem: undefined, notes },
    at: revision && {
      commit: revision.commit,
      date: new Date(revision.at).toISOString(),
      said: revision.said,
    },
  };
  return { hits, side, isPartial: cut.length > 0 || indexing !== undefined || !isTakenIn };
}
